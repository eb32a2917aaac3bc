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
import {
  CONNECTION_LOST,
  EXITED,
  failureOfError,
  failureOfReading,
  isHeldBack,
  NOT_READ,
  NO_USAGE,
  type Thrown,
} from "./failures.ts";
import { isNews } from "./heard-errors.ts";
import { observeResponse, watchTargetOf, type ResponseListener } from "./observe-response.ts";
import { ReadingWatch } from "./reading-watch.ts";
import type { Recorder } from "./recorder.ts";

/** Attempts that are not over, for the case that the process is before they are. */
const open = new Set<Attempt>();
/** Records every attempt that is not over yet: the process is about to exit. */
export function abandonOpenAttempts(): void {
  for (const attempt of open) attempt.abandon(EXITED);
}

/** One attempt of a call, from when it is sent until it is recorded. Nothing here throws. */
export class Attempt implements ResponseListener {
  readonly call: CallFacts;
  readonly recorder: Recorder;
  readonly recipient: object;
  answer: AnswerFacts = NO_ANSWER;
  readonly #prefixes: PromptPrefixes;
  #reader: BodyReader | null = null;
  #firstTokenMs: number | null = null;
  #watch: ReadingWatch | null = null;
  #isOver = false;
  #hasRecorded = false;

  constructor(recorder: Recorder, call: CallFacts, prefixes: PromptPrefixes) {
    this.recorder = recorder;
    this.recipient = recorder.sink;
    this.call = call;
    this.#prefixes = prefixes;
    open.add(this);
  }

  /** An answer came; its body is still to be read. */
  answered(response: Response): void {
    let isHeard = true;
    try {
      if (!observeResponse(response, this)) {
        this.#over();
        return;
      }
    } catch (error) {
      // It allows no changes, so that nobody will say how it is read.
      isHeard = false;
      this.recorder.report(error);
    }
    try {
      // Limits change slowly, and are a large part of an event: those of a success are kept once a second.
      this.answer = readAnswer(response, !response.ok || this.recorder.isTimeForLimits());
      this.#reader = readerOf(this);
    } catch (error) {
      this.#misread(error);
    }
    if (isHeard) this.#watch = new ReadingWatch(this, watchTargetOf(response));
    else this.abandon(NOT_READ);
  }

  /** No answer came. What a budget held back was never sent, and is no attempt. */
  threw(error: unknown, thrown: Thrown): void {
    let failure = CONNECTION_LOST;
    try {
      if (isHeldBack(error) || !isNews(this.recorder, error)) {
        this.#over();
        return;
      }
      failure = failureOfError(error, thrown);
    } catch (own) {
      this.#misread(own);
    }
    this.#finish(failure);
  }

  readThrough(target: object | null): void {
    this.#watch?.readThrough(target);
  }

  json(value: unknown): void {
    try {
      this.#reader?.json(value);
    } catch (error) {
      this.#misread(error);
    }
    this.#finish(NO_USAGE);
  }

  chunk(bytes: Uint8Array): void {
    try {
      this.#reader?.chunk(bytes);
    } catch (error) {
      this.#misread(error);
    }
  }

  end(): void {
    try {
      this.#reader?.end();
    } catch (error) {
      this.#misread(error);
    }
    this.#finish(NO_USAGE);
  }

  cancel(): void {
    this.abandon(NOT_READ);
  }

  fail(error: unknown): void {
    let failure = CONNECTION_LOST;
    try {
      failure = failureOfReading(error);
    } catch (own) {
      this.recorder.report(own);
    }
    this.abandon(failure);
  }

  /** It will not be heard of any more. Says what is known, unless that has been said. */
  abandon(why: Failure): void {
    try {
      this.#reader?.stop(why);
    } catch (error) {
      this.#misread(error);
    }
    this.#finish(why);
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
    const { kind } = this.call.endpoint;
    const isFree = kind !== "message" && kind !== "batch-create";
    const told: Failure = isFree ? { ...failure, cost: "free" } : failure;
    this.recorder.record(failedEvent(this.call, this.answer, told, this.#times()));
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

  #misread(error: unknown): void {
    this.recorder.report(error);
    this.#reader = null;
  }

  /** What cannot be understood is an attempt of which nothing is known, and is said to be. */
  #finish(why: Failure): void {
    if (this.#isOver) return;
    if (!this.#hasRecorded) {
      try {
        this.failed(why);
      } catch (error) {
        this.recorder.report(error);
      }
    }
    this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader = null;
    open.delete(this);
    this.#watch?.stop();
    this.#watch = null;
    this.recorder.callEnded();
  }
}
