import {
  type CallContext,
  type CallIds,
  eventIdOf,
  formatInstant,
  NO_CONTEXT,
  type RequestCompleted,
  type RequestFailed,
  type RequestInterrupted,
  type RequestShape,
  type Timing,
  type TokensCounted,
} from "@farthing/ledger";
import { failureOfStatus } from "../capture/failures.ts";
import { type JsonObject, ownValue } from "../ndjson/json-object.ts";
import { ownWord } from "../capture/own-word.ts";
import { ATTRIBUTES, ownCount } from "./attributes.ts";
import { type EndedSpan, millisecondsOf, STATUS_ERROR, STATUS_OK } from "./span.ts";
import { usageOfSpan } from "./usage-of-span.ts";

/** Where events of spans were seen. */
export const OTEL_SOURCE = "otel";

/** The scope of the SDK's spans; on other platforms a dot and the platform's name follow. */
const SDK_SCOPE = "com.anthropic.sdk.typescript";

export interface SpanEventOptions {
  readonly labels: Readonly<Record<string, string>>;
  /** Beats what the span's resource says. */
  readonly context: Partial<CallContext>;
  /** See `LedgerSpanProcessorOptions`. */
  readonly spansAlone: boolean;
}

/** Why a call's span brought no event. */
export type SpanSkipReason =
  /** The call failed, and no request id says which attempt that was: `attach` records it, or nobody does. */
  | "failed-without-id"
  /** The API answered, and the span does not say what: the answer was read elsewhere, or did not parse. */
  | "answer-not-seen"
  /** Its times, model or counts cannot be. */
  | "invalid";

export type SpanEvent = RequestCompleted | RequestInterrupted | RequestFailed | TokensCounted;

/** The event that a span stands for, why it stands for none, or null for a span that is no call of the SDK. */
export function eventOfSpan(span: EndedSpan, options: SpanEventOptions): SpanEvent | SpanSkipReason | null {
  if (!isOfSdk(span)) return null;
  if (span.name === "anthropic.messages.create") {
    return ownWord(span.attributes, ATTRIBUTES.responseId) === null ? failure(span, options) : response(span, options);
  }
  return span.name === "anthropic.messages.count_tokens" ? counted(span, options) : null;
}

function isOfSdk({ instrumentationScope, instrumentationLibrary }: EndedSpan): boolean {
  const scope = (instrumentationScope ?? instrumentationLibrary)?.name ?? "";
  return scope === SDK_SCOPE || scope.startsWith(`${SDK_SCOPE}.`);
}

function response(span: EndedSpan, options: SpanEventOptions): SpanEvent | SpanSkipReason {
  const { attributes } = span;
  const times = timesOf(span);
  const servedModel = ownWord(attributes, ATTRIBUTES.servedModel);
  const stopReason = ownWord(attributes, ATTRIBUTES.stopReason);
  const billed = usageOfSpan(attributes, stopReason);
  if (times === null || servedModel === null || billed === null) return "invalid";
  const ids = idsOf(attributes);
  const seen = {
    version: 1,
    id: eventIdOf(ids),
    occurredAt: times.occurredAt,
    sources: [OTEL_SOURCE],
    requestedModel: ownWord(attributes, ATTRIBUTES.requestedModel),
    servedModel,
    usage: billed.usage,
    stopReason,
    billedTo: billed.billedTo,
    ids,
    timing: times.timing,
    attempt: attemptOf(attributes),
    request: requestShape(attributes),
    context: contextOf(span, options),
    labels: options.labels,
    cacheMissReason: null,
    conflicts: [],
  } as const;
  // The output is told with the stop reason, at the end; a stream that ended before has neither.
  if (stopReason === null && span.status.code !== STATUS_OK) {
    return {
      ...seen,
      type: "RequestInterrupted",
      finality: "interrupted",
      output: "lower-bound",
      observedCharacters: null,
    };
  }
  const output = billed.mayHaveMore ? "lower-bound" : "final";
  return { ...seen, type: "RequestCompleted", finality: "complete", output };
}

/**
 * A call that failed. Its span is that of all its attempts and tells of the last one; the attempts before it are not
 * told.
 *
 * Only an answer with an error status and a request id is one that other sources name the same. What failed without
 * either, such as a timeout, is recorded only where no other source records it: it would count twice.
 */
function failure(span: EndedSpan, options: SpanEventOptions): SpanEvent | SpanSkipReason {
  const { attributes } = span;
  const status = ownCount(attributes, ATTRIBUTES.status);
  const ids = idsOf(attributes);
  const refused = status !== null && status >= 400;
  const named = refused && ids.request !== null;
  if (!named && !options.spansAlone) return status !== null && !refused ? "answer-not-seen" : "failed-without-id";
  const times = timesOf(span);
  if (times === null) return "invalid";
  const { traceId, spanId } = span.spanContext();
  return {
    type: "RequestFailed",
    version: 1,
    id: named ? eventIdOf(ids) : `span:${traceId}/${spanId}`,
    occurredAt: times.occurredAt,
    sources: [OTEL_SOURCE],
    ids,
    requestedModel: ownWord(attributes, ATTRIBUTES.requestedModel),
    cost: refused ? failureOfStatus(status, null).cost : "unknown",
    status,
    errorType: errorTypeOf(span, status),
    attempt: attemptOf(attributes),
    timing: times.timing,
    context: contextOf(span, options),
    labels: options.labels,
  };
}

function counted(span: EndedSpan, options: SpanEventOptions): SpanEvent | SpanSkipReason | null {
  const { attributes } = span;
  const promptTokens = ownCount(attributes, ATTRIBUTES.countedTokens);
  const model = ownWord(attributes, ATTRIBUTES.requestedModel);
  const request = ownWord(attributes, ATTRIBUTES.requestId);
  const times = timesOf(span);
  // Counting is free, so that a count which failed is no loss.
  if (promptTokens === null) return null;
  if (times === null || model === null) return "invalid";
  if (request === null && !options.spansAlone) return "answer-not-seen";
  const { traceId, spanId } = span.spanContext();
  return {
    type: "TokensCounted",
    version: 1,
    id: request === null ? `span:${traceId}/${spanId}` : eventIdOf({ request }),
    occurredAt: times.occurredAt,
    sources: [OTEL_SOURCE],
    model,
    promptTokens,
    context: contextOf(span, options),
    labels: options.labels,
  };
}

function timesOf({ startTime, endTime, attributes }: EndedSpan): {
  readonly occurredAt: string;
  readonly timing: Timing;
} | null {
  const [start, end] = [millisecondsOf(startTime), millisecondsOf(endTime)];
  if (start === null || end === null) return null;
  const wait = ownValue(attributes, ATTRIBUTES.timeToFirstChunk);
  const firstToken = typeof wait === "number" && wait >= 0 ? Math.min(start + Math.round(wait * 1_000), end) : null;
  // The span starts with the call: of an attempt after the first it does not tell when it was sent.
  const isFirst = ownCount(attributes, ATTRIBUTES.resendCount) === null;
  return {
    occurredAt: formatInstant(end),
    timing: {
      startedAt: isFirst ? formatInstant(Math.min(start, end)) : null,
      startedAtProvenance: isFirst ? "reported" : "missing",
      occurredAtProvenance: "reported",
      firstTokenAt: firstToken === null ? null : formatInstant(firstToken),
    },
  };
}

function idsOf(attributes: JsonObject): CallIds {
  return {
    message: ownWord(attributes, ATTRIBUTES.responseId),
    request: ownWord(attributes, ATTRIBUTES.requestId),
    workspace: ownWord(attributes, ATTRIBUTES.workspaceId),
    batch: null,
    custom: null,
    previousMessage: null,
  };
}

/** Null where no attempt got as far as the network. */
function attemptOf(attributes: JsonObject): number | null {
  const resent = ownCount(attributes, ATTRIBUTES.resendCount);
  return resent ?? (ownWord(attributes, ATTRIBUTES.method) === null ? null : 0);
}

/** What `attach` calls the SDK's own kinds of failure. */
const ERROR_TYPES: Readonly<Record<string, string>> = {
  client_timeout_error: "timeout",
  connection_error: "connection_lost",
};

/** The kind of an error, never its text. A span gives the status where the API gave no kind. */
function errorTypeOf({ attributes, status }: EndedSpan, httpStatus: number | null): string {
  const type = ownWord(attributes, ATTRIBUTES.errorType);
  if (httpStatus !== null && httpStatus >= 400) {
    return failureOfStatus(httpStatus, { error: { type: type === String(httpStatus) ? null : type } }).errorType;
  }
  if (type === null) return status.code === STATUS_ERROR ? "unknown_error" : "aborted";
  return ERROR_TYPES[type] ?? (/^\w{1,64}$/.test(type) ? type : "unknown_error");
}

function requestShape(attributes: JsonObject): RequestShape {
  const thinking = ownValue(attributes, ATTRIBUTES.thinkingType);
  return {
    maxTokens: ownCount(attributes, ATTRIBUTES.maxTokens),
    thinking: thinking === "enabled" || thinking === "adaptive" || thinking === "disabled" ? thinking : null,
    thinkingBudgetTokens: ownCount(attributes, ATTRIBUTES.thinkingBudget),
    effort: ownWord(attributes, ATTRIBUTES.effort),
    stream: ownValue(attributes, ATTRIBUTES.stream) === true ? true : null,
    toolCount: null,
    cacheBreakpoints: null,
    temperature: null,
  };
}

function contextOf({ resource }: EndedSpan, { context }: SpanEventOptions): CallContext {
  const told = resource?.attributes ?? {};
  const service = ownWord(told, "service.name");
  return {
    ...NO_CONTEXT,
    // What OpenTelemetry writes where nobody named the service.
    service: service?.startsWith("unknown_service") === true ? null : service,
    release: ownWord(told, "service.version"),
    host: ownWord(told, "host.name"),
    environment: ownWord(told, "deployment.environment.name") ?? ownWord(told, "deployment.environment"),
    ...context,
  };
}
