import {
  convertUsage,
  eventIdOf,
  formatInstant,
  promptTokens,
  totalTokens,
  type CallIds,
  type LedgerKey,
  type PromptFingerprint,
  type RequestCompleted,
  type RequestFailed,
  type RequestInterrupted,
  type Timing,
  type TokensCounted,
  type Usage,
} from "@farthing/ledger";
import type { AnsweredMessage } from "./answered-message.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import type { CallFacts } from "./call-facts.ts";
import { fingerprintOf } from "../prompts/index.ts";

/** Where events of clients were seen, however they were attached to. */
export const CAPTURE_SOURCE = "anthropic";

// Fields are in the order of canonical JSON, which is then written faster.

const NOTHING = {};
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
  const { usage, isFree } = usageOf(message);
  const prompt = promptOf(call, usage, key);
  const { rateLimits } = answer;
  // The beginning, and then field by field: after a spread in the middle, engines define each field much more slowly.
  const event: Unfinished = {
    attempt: call.attempt,
    billedTo: isFree ? "nobody" : call.billedTo,
    cacheMissReason: message.cacheMissReason,
    conflicts: NO_CONFLICTS,
    context: call.context,
    finality: "complete",
    id: eventIdOf({ message: message.id, request: answer.request }),
    ids: idsOf(call, answer, message.id),
    labels: call.labels,
    occurredAt: formatInstant(times.nowMs),
    output: "final",
  };
  if (prompt !== null) event.prompt = prompt;
  if (rateLimits !== null) event.rateLimits = rateLimits;
  event.request = call.shape;
  event.requestedModel = call.requestedModel;
  event.servedModel = message.model ?? call.requestedModel ?? UNNAMED_MODEL;
  event.sources = SOURCES;
  event.stopReason = message.stopReason;
  event.timing = timingOf(call, times.firstTokenMs);
  event.type = "RequestCompleted";
  event.usage = usage;
  event.version = 1;
  return event as RequestCompleted;
}

type Unfinished = { -readonly [Field in keyof RequestCompleted]?: RequestCompleted[Field] };

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
    ...completedEvent(call, answer, message, times, key),
    type: "RequestInterrupted",
    finality: "interrupted",
    output: "lower-bound",
    observedCharacters,
  };
}

function usageOf({ usage, stopReason, outputBlocks }: AnsweredMessage): {
  readonly usage: Usage;
  readonly isFree: boolean;
} {
  const converted = convertUsage(usage, { stopReason, outputBlocks });
  return { usage: converted.usage, isFree: converted.billedTo === "nobody" };
}

function promptOf({ digest }: CallFacts, usage: Usage, key: LedgerKey | null): PromptFingerprint | null {
  return digest === null || key === null ? null : fingerprintOf(digest, key, promptTokens(totalTokens(usage)));
}

/** Why a call brought no response that could be billed. */
export interface Failure {
  readonly errorType: string;
  readonly cost: RequestFailed["cost"];
}

export function failedEvent(call: CallFacts, answer: AnswerFacts, failure: Failure, times: CallTimes): RequestFailed {
  return {
    attempt: call.attempt,
    context: call.context,
    cost: failure.cost,
    errorType: failure.errorType,
    id: eventIdOf({ request: answer.request }),
    ids: idsOf(call, answer, null),
    labels: call.labels,
    occurredAt: formatInstant(times.nowMs),
    ...(answer.rateLimits === null ? NOTHING : { rateLimits: answer.rateLimits }),
    requestedModel: call.requestedModel,
    sources: SOURCES,
    status: answer.status === 0 ? null : answer.status,
    timing: timingOf(call, times.firstTokenMs),
    type: "RequestFailed",
    version: 1,
  };
}

export function countedEvent(call: CallFacts, answer: AnswerFacts, tokens: number, times: CallTimes): TokensCounted {
  return {
    context: call.context,
    id: eventIdOf({ request: answer.request }),
    labels: call.labels,
    model: call.requestedModel ?? UNNAMED_MODEL,
    occurredAt: formatInstant(times.nowMs),
    promptTokens: tokens,
    sources: SOURCES,
    type: "TokensCounted",
    version: 1,
  };
}

function idsOf(call: CallFacts, answer: AnswerFacts, message: string | null): CallIds {
  return {
    batch: null,
    custom: null,
    message,
    previousMessage: call.previousMessage,
    request: answer.request,
    workspace: answer.workspace,
  };
}

function timingOf(call: CallFacts, firstTokenMs: number | null): Timing {
  return {
    firstTokenAt: firstTokenMs === null ? null : formatInstant(firstTokenMs),
    occurredAtProvenance: "reported",
    startedAt: formatInstant(call.startedAtMs),
    startedAtProvenance: "reported",
  };
}
