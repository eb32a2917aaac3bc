import type { RequestCompleted, RequestInterrupted } from "@farthing/ledger";
import { NO_ANSWER, readAnswer, type AnswerFacts } from "./answer-facts.ts";
import type { AnsweredMessage } from "./answered-message.ts";
import { readerOf, type BodyReader } from "./body-readers.ts";
import type { CallFacts } from "./call-facts.ts";
import type { PromptPrefixes } from "./conversations.ts";
import {
  completedEvent,
  countedEvent,
  failedEvent,
  interruptedEvent,
  type CallTimes,
  type Failure,
} from "./events-of-call.ts";
import { CONNECTION_LOST, EXITED, failureOfError, isHeldBack, NOT_READ, NO_USAGE } from "./failures.ts";
import { observeResponse, type ResponseListener } from "./observe-response.ts";
import type { Recorder } from "./recorder.ts";

/** Attempts that are not over, for the case that the process is before they are. */
const open = new Set<Attempt>();
/** A response that nobody read, and nobody can read any more. */
const forgotten = new FinalizationRegistry<Attempt>((attempt) => {
  attempt.abandon(NOT_READ);
});

/** Records every attempt that is not over yet: the process is about to exit. */
export function abandonOpenAttempts(): void {
  for (const attempt of open) attempt.abandon(EXITED);
}

/** By sink: the answers and errors it has heard of, so that what is attached to twice is recorded once. */
const heard = new WeakMap<object, WeakSet<object>>();

function isNews(sink: object, thing: unknown): boolean {
  if (typeof thing !== "object" || thing === null) return true;
  let seen = heard.get(sink);
  if (seen === undefined) heard.set(sink, (seen = new WeakSet()));
  if (seen.has(thing)) return false;
  seen.add(thing);
  return true;
}

/** One attempt of a call, from when it is sent until it is recorded. Nothing here throws. */
export class Attempt implements ResponseListener {
  readonly call: CallFacts;
  readonly recorder: Recorder;
  answer: AnswerFacts = NO_ANSWER;
  readonly #prefixes: PromptPrefixes;
  #reader: BodyReader | null = null;
  #firstTokenMs: number | null = null;
  #isOver = false;
  #hasRecorded = false;

  constructor(recorder: Recorder, call: CallFacts, prefixes: PromptPrefixes) {
    this.recorder = recorder;
    this.call = call;
    this.#prefixes = prefixes;
    open.add(this);
  }

  /** An answer came; its body is still to be read. */
  answered(response: Response): void {
    if (!isNews(this.recorder.sink, response)) {
      this.#over();
      return;
    }
    this.#guard(() => {
      this.answer = readAnswer(response);
      this.#reader = readerOf(this);
      observeResponse(response, this);
      forgotten.register(response, this, this);
    });
  }

  /** No answer came. What a budget held back was never sent, and is no attempt. */
  threw(error: unknown, isAbortedByUser: boolean): void {
    if (!isHeldBack(error) && isNews(this.recorder.sink, error)) {
      this.#guard(() => {
        this.failed(failureOfError(error, isAbortedByUser));
      });
    }
    this.#over();
  }

  json(value: unknown): void {
    this.#read((reader) => {
      reader.json(value);
    });
    this.abandon(NO_USAGE);
  }

  chunk(bytes: Uint8Array): void {
    this.#read((reader) => {
      reader.chunk(bytes);
    });
  }

  end(): void {
    this.#read((reader) => {
      reader.end();
    });
    this.abandon(NO_USAGE);
  }

  cancel(): void {
    this.#read((reader) => {
      reader.stop(NOT_READ);
    });
    this.abandon(NOT_READ);
  }

  fail(error: unknown): void {
    const why = error instanceof SyntaxError ? NO_USAGE : CONNECTION_LOST;
    this.#read((reader) => {
      reader.stop(why);
    });
    this.abandon(why);
  }

  /** It will not be heard of any more. Says what is known, unless that has been said. */
  abandon(why: Failure): void {
    if (this.#isOver) return;
    this.#read((reader) => {
      reader.stop(why);
    });
    this.#guard(() => {
      if (!this.#hasRecorded) this.failed(why);
    });
    this.#over();
  }

  started(): void {
    this.#firstTokenMs ??= this.recorder.now();
  }

  completed(message: AnsweredMessage): void {
    this.#record(completedEvent(this.call, this.answer, message, this.#times(), this.recorder.key));
    if (message.id !== null) this.recorder.conversations?.answered(this.#prefixes, message.id);
  }

  interrupted(message: AnsweredMessage, characters: number): void {
    this.#record(interruptedEvent(this.call, this.answer, message, this.#times(), this.recorder.key, characters));
  }

  counted(tokens: number): void {
    this.recorder.record(countedEvent(this.call, this.answer, tokens, this.#times()));
    this.#hasRecorded = true;
  }

  failed(failure: Failure): void {
    if (this.#hasRecorded) return;
    this.#hasRecorded = true;
    this.recorder.record(failedEvent(this.call, this.answer, failure, this.#times()));
  }

  /** What it came to is not for this to say, or costs nothing that anybody counts. */
  settled(): void {
    this.#hasRecorded = true;
  }

  #record(event: RequestCompleted | RequestInterrupted): void {
    this.#hasRecorded = true;
    this.recorder.record(event);
  }

  #times(): CallTimes {
    return { firstTokenMs: this.#firstTokenMs, nowMs: this.recorder.now() };
  }

  #read(what: (reader: BodyReader) => void): void {
    const reader = this.#reader;
    if (reader === null || this.#isOver) return;
    this.#guard(() => {
      what(reader);
    });
  }

  /** What cannot be understood is an attempt of which nothing is known, and is said to be. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.recorder.report(error);
      this.#reader = null;
    }
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader = null;
    open.delete(this);
    forgotten.unregister(this);
    this.recorder.callEnded();
  }
}
