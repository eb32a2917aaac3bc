import { isJsonObject, parseJson } from "../ndjson/json-object.ts";
import { readMessage, type AnsweredMessage } from "./answered-message.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import { readBatchResults, recordBatchAnswer } from "./batch-observer.ts";
import type { CallFacts } from "./call-facts.ts";
import type { Failure } from "./events-of-call.ts";
import { failureOfStatus, NO_USAGE, NOT_JSON, TOO_LONG } from "./failures.ts";
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
  if (answer.status < 200 || answer.status > 299) return errorReader(findings);
  switch (call.endpoint.kind) {
    case "message":
      return isStream(call, answer) ? streamReader(findings) : messageReader(findings);
    case "count-tokens":
      return jsonReader(findings, JSON_BYTES_MAX, (value) => {
        const tokens = isJsonObject(value) ? value["input_tokens"] : null;
        if (Number.isSafeInteger(tokens)) findings.counted(tokens as number);
        else findings.failed({ ...NO_USAGE, cost: "free" });
      });
    case "batch-results":
      return resultsReader(findings, call.endpoint.batch);
    case "batch-create":
    case "batch-list":
    case "batch-read":
    case "batch-cancel":
      return batchReader(findings);
  }
}

function isStream({ isStream: isExpected }: CallFacts, { contentType }: AnswerFacts): boolean {
  if (contentType === "text/event-stream") return true;
  return isExpected && contentType?.includes("json") !== true;
}

function messageReader(findings: Findings): BodyReader {
  return jsonReader(findings, JSON_BYTES_MAX, (value) => {
    const message = readMessage(value);
    if (message === null) findings.failed(value === undefined ? NOT_JSON : NO_USAGE);
    else findings.completed(message);
  });
}

function errorReader(findings: Findings): BodyReader {
  const { status } = findings.answer;
  const reader = jsonReader(findings, ERROR_BYTES_MAX, (value) => {
    findings.failed(failureOfStatus(status, value));
  });
  return {
    ...reader,
    stop: () => {
      findings.failed(failureOfStatus(status, null));
    },
  };
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
    failed: (errorType) => {
      findings.failed({ errorType, cost: "free" });
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

function batchReader(findings: Findings): BodyReader {
  const { call, recorder } = findings;
  const reader = jsonReader(findings, JSON_BYTES_MAX, (value) => {
    findings.settled();
    recordBatchAnswer(recorder, call, value);
  });
  // Whatever it was, it is free: what a batch costs is in its results.
  return {
    ...reader,
    stop: () => {
      findings.settled();
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

/** JSON that the client parses itself is not parsed again; only what it reads as text or bytes is. */
function jsonReader(findings: Findings, bytesMax: number, take: (value: unknown) => void): BodyReader {
  let pieces: Uint8Array[] = [];
  let length = 0;
  return {
    json: take,
    chunk(bytes) {
      length += bytes.length;
      if (length > bytesMax) pieces = [];
      else pieces.push(bytes.slice());
    },
    end() {
      if (length > bytesMax) findings.failed(TOO_LONG);
      else take(parseJson(Buffer.concat(pieces).toString("utf8")));
      pieces = [];
    },
    stop(why) {
      findings.failed(why);
    },
  };
}
