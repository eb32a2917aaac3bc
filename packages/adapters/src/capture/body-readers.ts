import { isJsonObject, parseJson } from "../ndjson/json-object.ts";
import { readMessage, type AnsweredMessage } from "./answered-message.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import { readBatchResults, recordBatchAnswer } from "./batch-observer.ts";
import type { CallFacts } from "./call-facts.ts";
import type { Failure } from "./events-of-call.ts";
import { failureOfStatus, failureOfStream, NO_USAGE, NOT_JSON, TOO_LONG } from "./failures.ts";
import { LineSplitter } from "./line-splitter.ts";
import { MessageStream } from "./message-stream.ts";
import type { Recorder } from "./recorder.ts";

/** Makes of a body, as it is read, what there is to record. */
export interface BodyReader {
  json(value: unknown): void;
  chunk(bytes: Uint8Array): void;
  /** All of it was read. */
  end(): void;
  /** It is read no further. */
  stop(why: Failure): void;
}

/** Whom a reader tells what it finds. */
export interface Findings {
  readonly call: CallFacts;
  readonly answer: AnswerFacts;
  readonly recorder: Recorder;
  started(): void;
  completed(message: AnsweredMessage): void;
  interrupted(message: AnsweredMessage, characters: number): void;
  counted(tokens: number): void;
  failed(failure: Failure): void;
  settled(): void;
}

/** A message is not longer, and what is longer is not kept. */
const JSON_BYTES_MAX = 32 * 1024 * 1024;
const ERROR_BYTES_MAX = 64 * 1024;
/** As long as the API lets a whole batch be. */
const RESULT_BYTES_MAX = 32 * 1024 * 1024;

export function readerOf(findings: Findings): BodyReader {
  const { call, answer } = findings;
  if (answer.status < 200 || answer.status > 299) return new JsonReader(findings, ERROR_BYTES_MAX, readError, true);
  switch (call.endpoint.kind) {
    case "message":
      if (isStream(call, answer)) return streamReader(findings);
      return new JsonReader(findings, JSON_BYTES_MAX, takeMessage);
    case "count-tokens":
      return new JsonReader(findings, JSON_BYTES_MAX, takeCount);
    case "batch-results":
      return resultsReader(findings, call.endpoint.batch);
    case "batch-create":
    case "batch-list":
    case "batch-read":
    case "batch-cancel":
      // Whatever comes of it, it is free: what a batch costs is in its results.
      findings.settled();
      return new JsonReader(findings, JSON_BYTES_MAX, takeBatch);
  }
}

function isStream({ isStream: isExpected }: CallFacts, { contentType }: AnswerFacts): boolean {
  if (contentType === "text/event-stream") return true;
  return isExpected && contentType?.includes("json") !== true;
}

function takeMessage(findings: Findings, value: unknown): void {
  const message = readMessage(value);
  if (message === null) findings.failed(value === undefined ? NOT_JSON : NO_USAGE);
  else findings.completed(message);
}

function takeCount(findings: Findings, value: unknown): void {
  const tokens = isJsonObject(value) ? value["input_tokens"] : null;
  if (Number.isSafeInteger(tokens)) findings.counted(tokens as number);
  else findings.failed({ ...NO_USAGE, cost: "free" });
}

function takeBatch({ call, recorder }: Findings, value: unknown): void {
  recordBatchAnswer(recorder, call, value);
}

/** The status alone says most, and is all there is where the SDK does not read on because it tries again. */
function readError(findings: Findings, value: unknown): void {
  findings.failed(failureOfStatus(findings.answer.status, value));
}

function streamReader(findings: Findings): BodyReader {
  const stream = new MessageStream({
    started: () => {
      findings.started();
    },
    completed: (message) => {
      findings.completed(message);
    },
    interrupted: (message, characters) => {
      findings.interrupted(message, characters);
    },
    failed: (named) => {
      findings.failed(failureOfStream(named));
    },
  });
  return {
    json: () => undefined,
    chunk: (bytes) => {
      stream.push(bytes);
    },
    end: () => {
      stream.end();
    },
    stop: () => {
      stream.end();
    },
  };
}

function resultsReader(findings: Findings, batch: string): BodyReader {
  const { call, recorder } = findings;
  const results = readBatchResults(recorder, call, batch);
  const lines = new LineSplitter(
    (bytes, start, end) => {
      if (end > start) results.line(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8"));
    },
    RESULT_BYTES_MAX,
    () => {
      recorder.report(new Error(`a result of batch ${batch} is too long to be read`));
    },
  );
  findings.settled();
  return {
    json: () => undefined,
    chunk: (bytes) => {
      lines.push(bytes);
    },
    end: () => {
      lines.end();
      results.end();
    },
    // A line that was cut off is none.
    stop: () => {
      results.end();
    },
  };
}

/** Reads JSON. What the client parses itself is not parsed again; only what it reads as text or bytes is. */
class JsonReader implements BodyReader {
  readonly #findings: Findings;
  readonly #bytesMax: number;
  readonly #take: (findings: Findings, value: unknown) => void;
  readonly #takesNothing: boolean;
  #pieces: Uint8Array[] | null = null;
  #length = 0;

  constructor(
    findings: Findings,
    bytesMax: number,
    take: (findings: Findings, value: unknown) => void,
    takesNothing = false,
  ) {
    this.#findings = findings;
    this.#bytesMax = bytesMax;
    this.#take = take;
    this.#takesNothing = takesNothing;
  }

  json(value: unknown): void {
    this.#take(this.#findings, value);
  }

  chunk(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length > this.#bytesMax) this.#pieces = null;
    else (this.#pieces ??= []).push(bytes.slice());
  }

  end(): void {
    if (this.#length > this.#bytesMax) this.stop(TOO_LONG);
    else this.json(parseJson(Buffer.concat(this.#pieces ?? []).toString("utf8")));
    this.#pieces = null;
  }

  stop(why: Failure): void {
    if (this.#takesNothing) this.json(null);
    else this.#findings.failed(why);
  }
}
