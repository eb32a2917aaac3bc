import { InvalidInstantError } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import type { EventType, LedgerEvent } from "./event.ts";
import { CURRENT_VERSIONS, isEventType } from "./known-event.ts";
import { isNormalRequest } from "./normal-form.ts";

/** What is wrong with an event. */
export interface EventFault {
  /** Path of the field, such as `usage.parts.0.tokens.output`. */
  readonly field: string;
  readonly why: string;
}

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

/** Why a value is not what is expected at a path; null where it is. */
type Check = (value: unknown, path: string) => EventFault | null;

type Checks = Readonly<Record<string, Check>>;

function expected(what: string, is: (value: unknown) => boolean): Check {
  return (value, path) => (is(value) ? null : { field: path, why: `expected ${what}` });
}

function faultIn(value: object, checks: Checks, path: string): EventFault | null {
  if (Object.hasOwn(value, "__proto__")) return { field: join(path, "__proto__"), why: "cannot be used as a name" };
  for (const [name, check] of Object.entries(checks)) {
    const fault = check((value as Readonly<Record<string, unknown>>)[name], join(path, name));
    if (fault !== null) return fault;
  }
  return null;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function fields(checks: Checks): Check {
  return (value, path) => (isObject(value) ? faultIn(value, checks, path) : { field: path, why: "expected an object" });
}

function listOf(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return { field: path, why: "expected a list" };
    for (const [index, item] of value.entries()) {
      const fault = check(item, join(path, String(index)));
      if (fault !== null) return fault;
    }
    return null;
  };
}

function orNull(check: Check): Check {
  return (value, path) => (value === null ? null : check(value, path));
}

function orAbsent(check: Check): Check {
  return (value, path) => (value === undefined ? null : check(value, path));
}

function oneOf(...texts: readonly string[]): Check {
  return expected(`one of ${texts.join(", ")}`, (value) => typeof value === "string" && texts.includes(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const text = expected("a text", (value) => typeof value === "string");
const name = expected("a text that is not empty", (value) => typeof value === "string" && value !== "");
const truth = expected("true or false", (value) => typeof value === "boolean");
const count = expected("a whole number from 0", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
const number = expected("a number", Number.isFinite);
const anything: Check = () => null;
const usd = expected(
  "decimal US dollars",
  (value) => typeof value === "string" && /^-?\d+(?:\.\d{1,12})?$/.test(value),
);
const hash = expected(
  "16 lower-case hexadecimal digits",
  (value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value),
);
const instant = expected("a time such as 2026-11-22T09:30:00.000Z", (value) => {
  if (typeof value !== "string" || !/[Tt]/.test(value)) return false;
  try {
    parseInstant(value);
    return true;
  } catch (error) {
    if (error instanceof InvalidInstantError) return false;
    throw error;
  }
});
const labels: Check = (value, path) =>
  isObject(value)
    ? faultIn(value, Object.fromEntries(Object.keys(value).map((key) => [key, text])), path)
    : { field: path, why: "expected an object" };
const values = fields({});

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
  BatchEnded: { batch: name, succeeded: count, errored: count, canceled: count, expired: count },
  BatchResultRecorded: {
    batch: name,
    custom: name,
    result: oneOf("errored", "canceled", "expired"),
    errorType: orNull(text),
  },
  TokensCounted: { model: name, promptTokens: count, context, labels },
  CaptureStarted: { context },
  CaptureStopped: { context },
  EventsDropped: { count, tokens, context },
  UsageCorrected: { corrects: name, reason: text },
  PriceSet: { card: expected("a rate card", (value) => value !== undefined) },
  PeriodClosed: {
    from: instant,
    until: instant,
    usd,
    position: text,
    priceBookHash: text,
    chainHead: text,
  },
  OutcomeRecorded: { labels, ok: truth },
  AdviceIssued: ADVICE,
  AdviceAccepted: ADVICE,
  AdviceDismissed: ADVICE,
  AdviceApplied: ADVICE,
  AdviceVerified: ADVICE,
  AdviceRefuted: ADVICE,
  BillReported: { from: instant, until: instant, usd, dimensions: labels, raw: anything },
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
