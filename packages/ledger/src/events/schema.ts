import { z } from "zod";
import { InvalidEventError } from "../errors.ts";
import { isNormalRequest } from "./normal-form.ts";
import { readEnvelope } from "./envelope.ts";
import type {
  AdviceEvent,
  EventType,
  KnownEvent,
  LedgerEvent,
  RequestCompleted,
  RequestInterrupted,
  UnknownEvent,
} from "./event.ts";
import {
  billReport,
  boundedRange,
  callContext,
  callIds,
  conflictingSnapshot,
  count,
  estimatedRange,
  fraction,
  hash64,
  measuredRatio,
  name,
  open,
  orNull,
  promptFingerprint,
  rateLimits,
  requestShape,
  sources,
  textsByName,
  timestamp,
  timing,
  tokenBuckets,
  trialSide,
  usage,
  usageNote,
  usagePartKind,
  usd,
  valuesByName,
} from "./field-schemas.ts";
import { isKnownEvent, type EventOf } from "./known-event.ts";

// Importing zod takes longer than opening a ledger: nothing that only reads may import this file.

const base = { id: name, version: z.literal(1), occurredAt: timestamp, sources };

const response = {
  ...base,
  requestedModel: orNull(name),
  servedModel: name,
  usage,
  stopReason: orNull(z.string()),
  billedTo: z.enum(["self", "user-profile", "nobody"]).default("self"),
  output: z.enum(["final", "lower-bound"]),
  ids: callIds,
  timing,
  attempt: orNull(count),
  request: orNull(requestShape),
  context: callContext,
  labels: textsByName,
  cacheMissReason: orNull(z.string()),
  prompt: promptFingerprint.exactOptional(),
  rateLimits: rateLimits.exactOptional(),
  conflicts: z.array(conflictingSnapshot).default([]),
};

const requestCompleted: z.ZodType<RequestCompleted> = open({
  ...response,
  type: z.literal("RequestCompleted"),
  finality: z.enum(["complete", "placeholder"]),
});

const requestInterrupted: z.ZodType<RequestInterrupted> = open({
  ...response,
  type: z.literal("RequestInterrupted"),
  finality: z.literal("interrupted"),
  observedCharacters: orNull(count),
});

function adviceEvent(type: AdviceEvent["type"]): z.ZodType<AdviceEvent> {
  return open({ ...base, type: z.literal(type), advice: name, detail: valuesByName });
}

const SCHEMAS: { readonly [T in EventType]: z.ZodType<EventOf<T>> } = {
  RequestCompleted: requestCompleted,
  RequestInterrupted: requestInterrupted,
  RequestFailed: open({
    ...base,
    type: z.literal("RequestFailed"),
    ids: callIds,
    requestedModel: orNull(name),
    cost: z.enum(["free", "unknown"]),
    status: orNull(count),
    errorType: name,
    attempt: orNull(count),
    timing,
    context: callContext,
    labels: textsByName,
    rateLimits: rateLimits.exactOptional(),
  }),
  RequestStarted: open({
    ...base,
    type: z.literal("RequestStarted"),
    requestedModel: orNull(name),
    context: callContext,
    labels: textsByName,
  }),
  BatchSubmitted: open({
    ...base,
    type: z.literal("BatchSubmitted"),
    batch: name,
    requestCount: count,
    expiresAt: orNull(timestamp),
    context: callContext,
    labels: textsByName,
  }),
  BatchRequestSubmitted: open({
    ...base,
    type: z.literal("BatchRequestSubmitted"),
    batch: name,
    custom: name,
    requestedModel: orNull(name),
    request: orNull(requestShape),
    prompt: promptFingerprint.exactOptional(),
    context: callContext,
    labels: textsByName,
  }),
  BatchEnded: open({
    ...base,
    type: z.literal("BatchEnded"),
    batch: name,
    succeeded: count,
    errored: count,
    canceled: count,
    expired: count,
  }),
  BatchResultRecorded: open({
    ...base,
    type: z.literal("BatchResultRecorded"),
    batch: name,
    custom: name,
    result: z.enum(["errored", "canceled", "expired"]),
    errorType: orNull(z.string()),
  }),
  TokensCounted: open({
    ...base,
    type: z.literal("TokensCounted"),
    model: name,
    promptTokens: count,
    context: callContext,
    labels: textsByName,
  }),
  RequestEstimated: open({
    ...base,
    type: z.literal("RequestEstimated"),
    model: name,
    basis: z.enum(["counted", "history", "rule"]),
    promptTokens: estimatedRange(count),
    outputTokens: boundedRange(count),
    usd: orNull(boundedRange(usd)),
    prompt: orNull(open({ key: name, hash: hash64 })),
    context: callContext,
    labels: textsByName,
  }),
  CaptureStarted: open({ ...base, type: z.literal("CaptureStarted"), context: callContext }),
  CaptureStopped: open({ ...base, type: z.literal("CaptureStopped"), context: callContext }),
  EventsDropped: open({
    ...base,
    type: z.literal("EventsDropped"),
    count,
    tokens: tokenBuckets,
    context: callContext,
  }),
  UsageCorrected: open({ ...base, type: z.literal("UsageCorrected"), corrects: name, reason: z.string() }),
  PriceSet: open({ ...base, type: z.literal("PriceSet"), card: z.unknown() }),
  PeriodClosed: open({
    ...base,
    type: z.literal("PeriodClosed"),
    from: timestamp,
    until: timestamp,
    usd,
    position: z.string(),
    priceBookHash: z.string(),
    chainHead: z.string(),
    timeZone: name.exactOptional(),
    pricesKnownAt: timestamp.exactOptional(),
    requests: count.exactOptional(),
    unpricedRequests: count.exactOptional(),
    models: z.array(open({ model: orNull(name), usd, requests: count, unpricedRequests: count })).exactOptional(),
    heads: z.array(open({ writer: name, seq: count, chain: z.string() })).exactOptional(),
    prunes: count.exactOptional(),
    pruneRecord: orNull(z.string()).exactOptional(),
  }),
  OutcomeRecorded: open({ ...base, type: z.literal("OutcomeRecorded"), labels: textsByName, ok: z.boolean() }),
  TrialRecorded: open({
    ...base,
    type: z.literal("TrialRecorded"),
    workload: orNull(name),
    advice: orNull(name),
    samples: count,
    repeat: count,
    from: trialSide,
    to: trialSide,
    pairs: count,
    promptRatio: orNull(measuredRatio),
    outputRatio: orNull(measuredRatio),
    agreement: open({
      by: z.enum(["exact", "json-fields", "function"]),
      compared: count,
      share: orNull(fraction),
    }),
    budgetUsd: usd,
    spentUsd: usd,
    callsAtUnknownCost: count,
  }),
  AdviceIssued: adviceEvent("AdviceIssued"),
  AdviceAccepted: adviceEvent("AdviceAccepted"),
  AdviceDismissed: adviceEvent("AdviceDismissed"),
  AdviceApplied: adviceEvent("AdviceApplied"),
  AdviceVerified: adviceEvent("AdviceVerified"),
  AdviceRefuted: adviceEvent("AdviceRefuted"),
  BillReported: open({
    ...base,
    type: z.literal("BillReported"),
    from: timestamp,
    until: timestamp,
    usd: orNull(usd),
    dimensions: textsByName,
    report: billReport.exactOptional(),
    raw: z.unknown().default(null),
  }),
  UsageRolledUp: open({
    ...base,
    type: z.literal("UsageRolledUp"),
    firstAt: timestamp,
    outcome: z.enum(["response", "failure"]),
    requests: count,
    model: orNull(name),
    billedTo: z.enum(["self", "user-profile", "nobody"]),
    output: z.enum(["final", "lower-bound"]),
    cost: orNull(z.enum(["free", "unknown"])),
    serviceTier: orNull(z.string()),
    inferenceGeo: orNull(z.string()),
    speed: orNull(z.string()),
    notes: z.array(usageNote),
    parts: z.array(open({ kind: usagePartKind, model: orNull(name), tokens: tokenBuckets, longestPrompt: count })),
    longestPrompt: count,
    thinkingTokens: count,
    webSearchRequests: count,
    webFetchRequests: count,
    startEstimated: z.boolean(),
    context: callContext,
    workspace: z.string().nullable().exactOptional(),
    labels: textsByName,
  }),
};

const unknownEvent: z.ZodType<UnknownEvent> = open({ id: name, type: name, version: count, occurredAt: timestamp });

/**
 * Reads an event that comes from outside.
 *
 * Times become UTC with milliseconds, and what may be absent becomes null, zero or empty. Fields this release does not
 * know are kept; so are events of unknown types and newer versions, of which only id, type, version and time are read.
 *
 * @throws InvalidEventError naming the first field that is missing or wrong.
 */
export function parseEvent(json: unknown): LedgerEvent {
  if (isNormalRequest(json)) return json;
  const event: LedgerEvent = readEnvelope(json);
  return isKnownEvent(event) ? parse<KnownEvent>(SCHEMAS[event.type], event) : parse<UnknownEvent>(unknownEvent, event);
}

/** A JSON Schema of the events of this release, for documents and other languages. */
export function eventJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(z.union(Object.values<z.ZodType<KnownEvent>>(SCHEMAS)), { io: "input" });
}

function parse<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InvalidEventError(
    issue?.path.join(".") ?? "",
    issue?.message.replace(/^Invalid input: /, "") ?? "not an event",
  );
}
