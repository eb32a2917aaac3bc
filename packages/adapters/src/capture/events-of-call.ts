import {
  convertUsage,
  eventIdOf,
  formatInstant,
  promptTokens,
  totalTokens,
  type CallIds,
  type LedgerKey,
  type RequestCompleted,
  type RequestFailed,
  type RequestInterrupted,
  type Timing,
  type TokensCounted,
} from "@farthing/ledger";
import type { AnsweredMessage } from "./answered-message.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import type { CallFacts } from "./call-facts.ts";
import { fingerprintOf } from "./prompt-facts.ts";

/** Where events of clients were seen, however they were attached to. */
export const CAPTURE_SOURCE = "anthropic";

const SOURCES: readonly string[] = [CAPTURE_SOURCE];
const NO_CONFLICTS: RequestCompleted["conflicts"] = [];
/** Of a response that names no model and whose request named none: no card has it, so it is unpriced, not mispriced. */
const UNNAMED_MODEL = "<unnamed model>";

/** When things happened, in milliseconds. */
export interface CallTimes {
  readonly firstTokenMs: number | null;
  readonly nowMs: number;
}

/** @throws InvalidUsageError where the usage is none. */
export function completedEvent(
  call: CallFacts,
  answer: AnswerFacts,
  message: AnsweredMessage,
  times: CallTimes,
  key: LedgerKey | null,
): RequestCompleted {
  return {
    type: "RequestCompleted",
    finality: "complete",
    output: "final",
    ...responseFields(call, answer, message, times, key),
  };
}

/** @throws InvalidUsageError where the usage is none. */
export function interruptedEvent(
  call: CallFacts,
  answer: AnswerFacts,
  message: AnsweredMessage,
  times: CallTimes,
  key: LedgerKey | null,
  observedCharacters: number,
): RequestInterrupted {
  return {
    type: "RequestInterrupted",
    finality: "interrupted",
    output: "lower-bound",
    observedCharacters,
    ...responseFields(call, answer, message, times, key),
  };
}

type SharedFields = Omit<RequestCompleted, "type" | "finality" | "output">;

function responseFields(
  call: CallFacts,
  answer: AnswerFacts,
  message: AnsweredMessage,
  times: CallTimes,
  key: LedgerKey | null,
): SharedFields {
  const { stopReason, outputBlocks } = message;
  const { usage, billedTo } = convertUsage(message.usage, { stopReason, outputBlocks });
  const prompt =
    call.digest === null || key === null ? null : fingerprintOf(call.digest, key, promptTokens(totalTokens(usage)));
  return {
    version: 1,
    id: eventIdOf({ message: message.id, request: answer.request }),
    occurredAt: formatInstant(times.nowMs),
    sources: SOURCES,
    requestedModel: call.requestedModel,
    servedModel: message.model ?? call.requestedModel ?? UNNAMED_MODEL,
    usage,
    stopReason,
    billedTo: billedTo === "nobody" ? "nobody" : call.billedTo,
    ids: idsOf(call, answer, message.id),
    timing: timingOf(call, times.firstTokenMs),
    attempt: call.attempt,
    request: call.shape,
    context: call.context,
    labels: call.labels,
    cacheMissReason: message.cacheMissReason,
    ...(prompt === null ? {} : { prompt }),
    ...(answer.rateLimits === null ? {} : { rateLimits: answer.rateLimits }),
    conflicts: NO_CONFLICTS,
  };
}

/** Why a call brought no response that could be billed. */
export interface Failure {
  readonly errorType: string;
  readonly cost: RequestFailed["cost"];
}

export function failedEvent(call: CallFacts, answer: AnswerFacts, failure: Failure, times: CallTimes): RequestFailed {
  return {
    type: "RequestFailed",
    version: 1,
    id: eventIdOf({ request: answer.request }),
    occurredAt: formatInstant(times.nowMs),
    sources: SOURCES,
    ids: idsOf(call, answer, null),
    requestedModel: call.requestedModel,
    cost: failure.cost,
    status: answer.status === 0 ? null : answer.status,
    errorType: failure.errorType,
    attempt: call.attempt,
    timing: timingOf(call, times.firstTokenMs),
    context: call.context,
    labels: call.labels,
    ...(answer.rateLimits === null ? {} : { rateLimits: answer.rateLimits }),
  };
}

export function countedEvent(call: CallFacts, answer: AnswerFacts, tokens: number, times: CallTimes): TokensCounted {
  return {
    type: "TokensCounted",
    version: 1,
    id: eventIdOf({ request: answer.request }),
    occurredAt: formatInstant(times.nowMs),
    sources: SOURCES,
    model: call.requestedModel ?? UNNAMED_MODEL,
    promptTokens: tokens,
    context: call.context,
    labels: call.labels,
  };
}

function idsOf(call: CallFacts, answer: AnswerFacts, message: string | null): CallIds {
  return {
    message,
    request: answer.request,
    workspace: answer.workspace,
    batch: null,
    custom: null,
    previousMessage: call.previousMessage,
  };
}

function timingOf(call: CallFacts, firstTokenMs: number | null): Timing {
  return {
    startedAt: formatInstant(call.startedAtMs),
    startedAtProvenance: "reported",
    occurredAtProvenance: "reported",
    firstTokenAt: firstTokenMs === null ? null : formatInstant(firstTokenMs),
  };
}
