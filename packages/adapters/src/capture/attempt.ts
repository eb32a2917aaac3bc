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
import { isReadWhole, observeResponse, type ResponseListener } from "./observe-response.ts";
import type { Recorder } from "./recorder.ts";

/** Attempts that are not over, for the case that the process is before they are. */
const open = new Set<Attempt>();
/** A response that nobody read, and nobody can read any more. */
const forgotten = new FinalizationRegistry<Attempt>((attempt) => {
  attempt.abandon(NOT_READ);
});

/** More are not held at once, so that none is kept for long where the event loop does not turn. */
const ANSWERED_MAX = 16;
/** Answered in this turn of the event loop. */
let justAnswered: { readonly response: Response; readonly attempt: Attempt }[] = [];

/**
 * Sees to it that a response which nobody reads is noticed. Most are being read at once before the turn is over, and need
 * no watching, which takes longer than all else that is done for them.
 */
function watchForForgetting(response: Response, attempt: Attempt): void {
  justAnswered.push({ response, attempt });
  if (justAnswered.length === 1) setImmediate(watchUnread).unref();
  else if (justAnswered.length === ANSWERED_MAX) watchUnread();
}

function watchUnread(): void {
  const answered = justAnswered;
  justAnswered = [];
  for (const { response, attempt } of answered) {
    if (!attempt.isOver && !isReadWhole(response)) forgotten.register(response, attempt, attempt);
  }
}

/** Records every attempt that is not over yet: the process is about to exit. */
export function abandonOpenAttempts(): void {
  for (const attempt of open) attempt.abandon(EXITED);
}

/** By sink: the errors it has heard of, so that what is attached to twice is recorded once. */
const heard = new WeakMap<object, WeakSet<object>>();

function isNews(sink: object, error: unknown): boolean {
  if (typeof error !== "object" || error === null) return true;
  let seen = heard.get(sink);
  if (seen === undefined) heard.set(sink, (seen = new WeakSet()));
  if (seen.has(error)) return false;
  seen.add(error);
  return true;
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
    try {
      if (!observeResponse(response, this)) {
        this.#over();
        return;
      }
      // Limits change slowly, and are a large part of an event: those of a success are kept once a second.
      this.answer = readAnswer(response, !response.ok || this.recorder.isTimeForLimits());
      this.#reader = readerOf(this);
      watchForForgetting(response, this);
    } catch (error) {
      this.#misread(error);
    }
  }

  /** No answer came. What a budget held back was never sent, and is no attempt. */
  threw(error: unknown, isAbortedByUser: boolean): void {
    if (isHeldBack(error) || !isNews(this.recorder.sink, error)) this.#over();
    else this.#finish(failureOfError(error, isAbortedByUser));
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
    this.abandon(error instanceof SyntaxError ? NO_USAGE : CONNECTION_LOST);
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

  get isOver(): boolean {
    return this.#isOver;
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
    forgotten.unregister(this);
    this.recorder.callEnded();
  }
}
