import { BILL_REPORT_KINDS } from "./bill-reported.ts";
import type { EventType, LedgerEvent } from "./event.ts";
import { CURRENT_VERSIONS, isEventType } from "./known-event.ts";
import {
  type Checks,
  anything,
  boundedRangeOf,
  count,
  expected,
  faultIn,
  fields,
  fraction,
  hash,
  instant,
  labels,
  listOf,
  name,
  number,
  oneOf,
  orAbsent,
  orNull,
  rangeOf,
  text,
  truth,
  usd,
  values,
  type EventFault,
} from "./field-checks.ts";
import { PERIOD_CLOSED } from "./closing-checks.ts";
import { isNormalRequest } from "./normal-form.ts";

export type { EventFault } from "./field-checks.ts";

/**
 * Why an event is not what its type says; null where it is. Of a type that this release does not know, only the time is
 * looked at.
 *
 * The schema says the same and more, but takes longer to load than a ledger to read. Whatever the schema gives back has no
 * fault, and the schema accepts whatever has none.
 */
export function faultOf(event: LedgerEvent): EventFault | null {
  const { type, version } = event;
  if (isNormalRequest(event)) return null;
  const isKnown = isEventType(type) && version === CURRENT_VERSIONS[type];
  return (
    faultIn(event, EVENT, "") ?? (isKnown ? (faultIn(event, KNOWN, "") ?? faultIn(event, EVENTS[type], "")) : null)
  );
}

const provenance = oneOf("reported", "derived", "estimated", "missing");
const section = oneOf("tools", "system", "messages");
const ttl = oneOf("5m", "1h");
const payer = oneOf("self", "user-profile", "nobody");
const outputKind = oneOf("final", "lower-bound");
const failureCost = oneOf("free", "unknown");
const partKind = oneOf("response", "message", "compaction", "advisor_message", "fallback_message");
const notes = listOf(
  oneOf(
    "cache-write-lifetime-assumed-5m",
    "cache-write-remainder-assumed-5m",
    "cache-write-split-exceeds-total",
    "iterations-differ-from-total",
    "unknown-iteration-type",
    "details-not-reported",
  ),
);

const tokens = fields({
  uncachedInput: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  cacheRead: count,
  output: count,
});
const parts = listOf(fields({ kind: partKind, iteration: orNull(count), model: orNull(name), tokens }));
const usage = fields({
  parts: (value, path) =>
    parts(value, path) ??
    expected("at least one part", () => (value as unknown[]).length > 0)(value, path) ??
    expected(`tokens that add up to at most ${String(Number.MAX_SAFE_INTEGER)}`, isExactSum)(value, path),
  thinkingTokens: orNull(count),
  webSearchRequests: count,
  webFetchRequests: count,
  serviceTier: orNull(text),
  inferenceGeo: orNull(text),
  speed: orNull(text),
  notes,
  raw: anything,
});
const ids = fields({
  message: orNull(text),
  request: orNull(text),
  workspace: orNull(text),
  batch: orNull(text),
  custom: orNull(text),
  previousMessage: orNull(text),
});
const context = fields({
  session: orNull(text),
  project: orNull(text),
  agent: orNull(text),
  gitBranch: orNull(text),
  clientVersion: orNull(text),
  service: orNull(text),
  release: orNull(text),
  host: orNull(text),
  environment: orNull(text),
  callSite: orNull(text),
});
const timing = fields({
  startedAt: orNull(instant),
  startedAtProvenance: provenance,
  occurredAtProvenance: provenance,
  firstTokenAt: orNull(instant),
});
const shape = fields({
  maxTokens: orNull(count),
  thinking: orNull(oneOf("enabled", "adaptive", "disabled")),
  thinkingBudgetTokens: orNull(count),
  effort: orNull(text),
  stream: orNull(truth),
  toolCount: orNull(count),
  cacheBreakpoints: orNull(listOf(fields({ section, ttl }))),
  temperature: orNull(number),
  toolChoice: orAbsent(oneOf("auto", "any", "tool", "none")),
  outputFormat: orAbsent(expected("true", (value) => value === true)),
  promptBytes: orAbsent(count),
});
const omitted = fields({ kind: oneOf("omitted"), hash, blocks: count, tokens: count });
const block = fields({ section, kind: name, hash, tokens: count, ttl: orAbsent(ttl) });
const prompt = fields({
  key: name,
  blocks: listOf((value, path) => (omitted(value, path) === null ? null : block(value, path))),
});

const EVENT: Checks = { occurredAt: instant };
const KNOWN: Checks = { sources: listOf(name) };
const RESPONSE: Checks = {
  requestedModel: orNull(name),
  servedModel: name,
  usage,
  stopReason: orNull(text),
  billedTo: payer,
  output: outputKind,
  ids,
  timing,
  attempt: orNull(count),
  request: orNull(shape),
  context,
  labels,
  cacheMissReason: orNull(text),
  prompt: orAbsent(prompt),
  rateLimits: orAbsent(labels),
  conflicts: listOf(fields({ servedModel: name, usage })),
};
const ratio = fields({ low: fraction, expected: fraction, high: fraction });
const trialSide = fields({
  model: name,
  answers: count,
  truncated: count,
  failures: listOf(fields({ errorType: name, requests: count })),
  tokens,
  usd: orNull(usd),
  latencyMs: orNull(fields({ p50: count, p95: count })),
});
const billReport = fields({
  kind: oneOf(...BILL_REPORT_KINDS),
  groupedBy: listOf(name),
  complete: truth,
  lines: listOf(
    fields({
      dimensions: labels,
      usd: orNull(usd),
      listUsd: orNull(usd),
      tokens: orNull(tokens),
      webSearchRequests: orNull(count),
      requests: orNull(count),
    }),
  ),
});
const ITEM: Checks = { batch: name, custom: name };
const ADVICE: Checks = { advice: name, detail: values };

const EVENTS: Readonly<Record<EventType, Checks>> = {
  RequestCompleted: { ...RESPONSE, finality: oneOf("complete", "placeholder") },
  RequestInterrupted: { ...RESPONSE, finality: oneOf("interrupted"), observedCharacters: orNull(count) },
  RequestFailed: {
    ids,
    requestedModel: orNull(name),
    cost: failureCost,
    status: orNull(count),
    errorType: name,
    attempt: orNull(count),
    timing,
    context,
    labels,
    rateLimits: orAbsent(labels),
  },
  RequestStarted: { requestedModel: orNull(name), context, labels },
  BatchSubmitted: { batch: name, requestCount: count, expiresAt: orNull(instant), context, labels },
  BatchRequestSubmitted: {
    ...ITEM,
    requestedModel: orNull(name),
    request: orNull(shape),
    prompt: orAbsent(prompt),
    context,
    labels,
  },
  BatchEnded: { batch: name, succeeded: count, errored: count, canceled: count, expired: count },
  BatchResultRecorded: {
    ...ITEM,
    result: oneOf("errored", "canceled", "expired"),
    errorType: orNull(text),
  },
  TokensCounted: { model: name, promptTokens: count, context, labels },
  RequestEstimated: {
    model: name,
    basis: oneOf("counted", "history", "rule"),
    promptTokens: rangeOf(count),
    outputTokens: boundedRangeOf(count),
    usd: orNull(boundedRangeOf(usd)),
    prompt: orNull(fields({ key: name, hash })),
    context,
    labels,
  },
  CaptureStarted: { context },
  CaptureStopped: { context },
  EventsDropped: { count, tokens, context },
  UsageCorrected: { corrects: name, reason: text },
  PriceSet: { card: expected("a rate card", (value) => value !== undefined) },
  PeriodClosed: PERIOD_CLOSED,
  OutcomeRecorded: { labels, ok: truth },
  TrialRecorded: {
    workload: orNull(name),
    advice: orNull(name),
    samples: count,
    repeat: count,
    from: trialSide,
    to: trialSide,
    pairs: count,
    promptRatio: orNull(ratio),
    outputRatio: orNull(ratio),
    agreement: fields({ by: oneOf("exact", "json-fields", "function"), compared: count, share: orNull(fraction) }),
    budgetUsd: usd,
    spentUsd: usd,
    callsAtUnknownCost: count,
  },
  AdviceIssued: ADVICE,
  AdviceAccepted: ADVICE,
  AdviceDismissed: ADVICE,
  AdviceApplied: ADVICE,
  AdviceVerified: ADVICE,
  AdviceRefuted: ADVICE,
  BillReported: {
    from: instant,
    until: instant,
    usd: orNull(usd),
    dimensions: labels,
    report: orAbsent(billReport),
    raw: anything,
  },
  UsageRolledUp: {
    firstAt: instant,
    outcome: oneOf("response", "failure"),
    requests: count,
    model: orNull(name),
    billedTo: payer,
    output: outputKind,
    cost: orNull(failureCost),
    serviceTier: orNull(text),
    inferenceGeo: orNull(text),
    speed: orNull(text),
    notes,
    parts: listOf(fields({ kind: partKind, model: orNull(name), tokens, longestPrompt: count })),
    longestPrompt: count,
    thinkingTokens: count,
    webSearchRequests: count,
    webFetchRequests: count,
    startEstimated: truth,
    context,
    workspace: orAbsent(orNull(text)),
    labels,
  },
};

function isExactSum(value: unknown): boolean {
  let sum = 0;
  for (const part of value as readonly { readonly tokens: Readonly<Record<string, number>> }[]) {
    const { uncachedInput = 0, cacheWrite5m = 0, cacheWrite1h = 0, cacheRead = 0, output = 0 } = part.tokens;
    sum += uncachedInput + cacheWrite5m + cacheWrite1h + cacheRead + output;
  }
  // Doubles may round a sum beyond 2^53, but never to below it.
  return sum <= Number.MAX_SAFE_INTEGER;
}
