import type {
  CallContext,
  LedgerEvent,
  RequestFailed,
  RequestShape,
  ResponseRecorded,
  Timing,
  TokenBuckets,
  UnknownEvent,
  Usage,
  UsagePart,
} from "@farthing/ledger";
import fc from "fast-check";
import { anAdviceEvent } from "./advice-builders.ts";
import { aRequestEstimated } from "./an-estimate.ts";
import { aCostReported } from "./a-cost-reported.ts";
import { aTrialRecorded } from "./a-trial.ts";
import { aBatchRequestSubmitted } from "./batch-builders.ts";
import { aBillReport } from "./bill-builders.ts";
import {
  aBatchEnded,
  aBatchResultRecorded,
  aBatchSubmitted,
  aBillReported,
  aCaptureStarted,
  anEventsDropped,
  anOutcomeRecorded,
  anUnknownEvent,
  aPriceSet,
  aRequestCompleted,
  aRequestFailed,
  aRequestInterrupted,
  aRequestStarted,
  aTokensCounted,
  aUsageCorrected,
  NO_CONTEXT,
  NO_IDS,
  NO_SHAPE,
} from "./builders.ts";
import { anyText } from "./any-text.ts";

// Choices are few on purpose: events that share ids, models and counts meet, agree and conflict.

const MODELS: readonly string[] = ["claude-opus-5", "claude-haiku-4-5", "claude-sonnet-5"];

const fewTokens = fc.constantFrom(0, 1, 7, 1_000);
const tokens = fc.oneof({ weight: 4, arbitrary: fewTokens }, { weight: 1, arbitrary: fc.nat({ max: 1_000_000_000 }) });
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "", "ü💶", '\u2028\n"') },
  { weight: 1, arbitrary: anyText({ maxLength: 12 }) },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const name = text.filter((value) => value !== "");

const timestamps: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom(Date.UTC(2026, 9, 1), Date.UTC(2026, 9, 1, 0, 0, 0, 1), Date.UTC(2026, 9, 2)),
    fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }),
  )
  .map((instant) => new Date(instant).toISOString());

const tokenBuckets: fc.Arbitrary<TokenBuckets> = fc.record({
  uncachedInput: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  cacheRead: tokens,
  output: tokens,
});

/** So that snapshots meet that bill the same and differ in all else. */
const ONE_TOKEN: TokenBuckets = { uncachedInput: 1, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };

const part: fc.Arbitrary<UsagePart> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("response"),
      iteration: fc.constant(null),
      model: fc.constant(null),
      tokens: tokenBuckets,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("message", "compaction", "advisor_message", "fallback_message"),
      iteration: fc.nat({ max: 3 }),
      model: maybe(fc.constantFrom(...MODELS)),
      tokens: tokenBuckets,
    }),
  },
);

/** JSON values without `__proto__` as a name, which events refuse. */
const json: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

const usages: fc.Arbitrary<Usage> = fc.record({
  parts: fc.oneof(
    { weight: 3, arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant([{ kind: "response", iteration: null, model: null, tokens: ONE_TOKEN }]) },
  ),
  thinkingTokens: maybe(fewTokens),
  webSearchRequests: fc.nat({ max: 2 }),
  webFetchRequests: fc.nat({ max: 2 }),
  serviceTier: maybe(fc.constantFrom("standard", "batch", "priority")),
  inferenceGeo: maybe(fc.constantFrom("us", "global")),
  speed: maybe(fc.constantFrom("standard", "fast")),
  notes: fc.subarray<Usage["notes"][number]>([
    "cache-write-lifetime-assumed-5m",
    "unknown-iteration-type",
    "details-not-reported",
  ]),
  raw: fc.oneof(fc.constant(null), json),
});

const contexts: fc.Arbitrary<CallContext> = fc.record({
  ...nothing(NO_CONTEXT),
  session: maybe(text),
  service: maybe(text),
  callSite: maybe(text),
});

const optionalShape = fc.record(
  {
    toolChoice: fc.constantFrom("auto" as const, "any" as const, "tool" as const, "none" as const),
    outputFormat: fc.constant(true as const),
    promptBytes: fc.nat({ max: 1_000_000 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const wholeShape = fc.record({
  ...nothing(NO_SHAPE),
  maxTokens: maybe(fc.nat()),
  stream: maybe(fc.boolean()),
  temperature: maybe(fc.constantFrom(0, 0.5, 1)),
  cacheBreakpoints: maybe(
    fc.array(fc.record({ section: fc.constantFrom("tools", "system", "messages"), ttl: fc.constantFrom("5m", "1h") }), {
      maxLength: 2,
    }),
  ),
});

const shapes: fc.Arbitrary<RequestShape> = fc
  .tuple(wholeShape, optionalShape)
  .map(([shape, optional]) => ({ ...shape, ...optional }));

const provenances = fc.constantFrom("reported", "derived", "estimated", "missing");

const timings: fc.Arbitrary<Timing> = fc.record({
  startedAt: maybe(timestamps),
  startedAtProvenance: provenances,
  occurredAtProvenance: provenances,
  firstTokenAt: maybe(timestamps),
});

const labels = fc.dictionary(fc.constantFrom("team", "ticket", "__x", "constructor"), text, {
  maxKeys: 2,
  noNullPrototype: true,
});

const sources = fc.subarray(["claude-code", "middleware", "test"], { minLength: 1 });

/** What a release that does not exist yet might add. */
const unknownFields: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ colour: json }) },
);

/** Absent more often than not, as it is of everything imported. */
const limits: fc.Arbitrary<{ readonly rateLimits?: Readonly<Record<string, string>> }> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      rateLimits: fc.dictionary(fc.constantFrom("requests-remaining", "retry-after"), text, { noNullPrototype: true }),
    }),
  },
);

const evidence = fc.record({
  occurredAt: timestamps,
  sources,
  requestedModel: maybe(fc.constantFrom(...MODELS)),
  ids: fc.record({ ...nothing(NO_IDS), message: maybe(name), request: maybe(name), workspace: maybe(name) }),
  timing: timings,
  attempt: maybe(fc.nat({ max: 3 })),
  request: maybe(shapes),
  context: contexts,
  labels,
  cacheMissReason: maybe(fc.constantFrom("model_changed", "tools_changed")),
});

const snapshot = fc.record({
  servedModel: fc.constantFrom(...MODELS),
  usage: usages,
  stopReason: maybe(fc.constantFrom("end_turn", "tool_use")),
  billedTo: fc.constantFrom("self", "user-profile", "nobody"),
  output: fc.constantFrom("final", "lower-bound"),
  conflicts: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ servedModel: fc.constantFrom(...MODELS), usage: usages }), { maxLength: 3 }),
    },
  ),
});

/** Responses of every finality, in conflict or not; `id` is theirs. */
function responses(id: fc.Arbitrary<string>): fc.Arbitrary<ResponseRecorded> {
  const shared = fc
    .tuple(unknownFields, fc.record({ id }), evidence, limits, snapshot)
    .map((parts) => Object.assign({}, ...parts));
  return fc.oneof(
    {
      weight: 4,
      arbitrary: shared.map((fields) => ({ ...aRequestCompleted(), ...fields, finality: "complete" as const })),
    },
    {
      weight: 1,
      arbitrary: shared.map((fields) => ({ ...aRequestCompleted(), ...fields, finality: "placeholder" as const })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(shared, maybe(fc.nat({ max: 9_999 })))
        .map(([fields, observedCharacters]) => ({ ...aRequestInterrupted(), ...fields, observedCharacters })),
    },
  );
}

/** Events of unknown types, and of versions yet to come of known ones. */
function unknownEvents(id: fc.Arbitrary<string>): fc.Arbitrary<UnknownEvent> {
  return fc
    .tuple(
      id,
      fc.constantFrom<readonly [string, number]>(["TeapotBrewed", 1], ["TeapotBrewed", 2], ["RequestCompleted", 2]),
      timestamps,
      json,
    )
    .map(([eventId, [type, version], occurredAt, content]) =>
      anUnknownEvent({ id: eventId, type, version, occurredAt, content }),
    );
}

/** Events of every kind. */
export function events(id: fc.Arbitrary<string>): fc.Arbitrary<LedgerEvent> {
  const others = fc
    .tuple(
      id,
      timestamps,
      sources,
      fc.constantFrom<LedgerEvent>(
        aRequestFailed(),
        aRequestStarted(),
        aBatchSubmitted(),
        aBatchRequestSubmitted(),
        aBatchEnded(),
        aBatchResultRecorded(),
        aTokensCounted(),
        aRequestEstimated(),
        aRequestEstimated({ usd: null, outputTokens: { expected: null, high: null }, prompt: null }),
        aCaptureStarted(),
        anEventsDropped(),
        aPriceSet(),
        anOutcomeRecorded(),
        anAdviceEvent(),
        anAdviceEvent({ type: "AdviceDismissed", detail: { reason: "an audit wants it" } }),
        aTrialRecorded(),
        aTrialRecorded({ workload: null, promptRatio: null, agreement: { compared: 0, share: null } }),
        aBillReported(),
        aCostReported(),
        aBillReported({ usd: null, report: aBillReport() }),
      ),
    )
    .map(([eventId, occurredAt, seenIn, event]) => ({ ...event, id: eventId, occurredAt, sources: seenIn }));
  const corrections = fc
    .tuple(id, id, timestamps)
    .map(([eventId, corrects, occurredAt]) => aUsageCorrected({ id: eventId, corrects, occurredAt }));
  return fc.oneof(
    { weight: 6, arbitrary: responses(id) },
    { weight: 2, arbitrary: others },
    { weight: 1, arbitrary: corrections },
    { weight: 1, arbitrary: unknownEvents(id) },
  );
}

/** Few ids, so that events meet. */
export const eventIds: fc.Arbitrary<string> = fc.constantFrom("msg:1", "msg:2", "req:3", "batch:b/\u00fc 4");

/** A ledger's worth of events, many of which share an id. */
export const eventLists: fc.Arbitrary<LedgerEvent[]> = fc.array(events(eventIds), { maxLength: 8 });

function nothing<T extends object>(nulls: T): { [Field in keyof T]: fc.Arbitrary<T[Field]> } {
  const entries = Object.entries(nulls).map(([field]) => [field, fc.constant(null)]);
  return Object.fromEntries(entries);
}

const failures: fc.Arbitrary<RequestFailed> = fc
  .record({
    occurredAt: timestamps,
    sources,
    ids: fc.record({ ...nothing(NO_IDS), message: maybe(name), request: maybe(name), workspace: maybe(name) }),
    requestedModel: maybe(fc.constantFrom(...MODELS)),
    cost: fc.constantFrom("free" as const, "unknown" as const),
    status: maybe(fc.constantFrom(408, 529)),
    errorType: fc.constantFrom("overloaded_error", "timeout"),
    attempt: maybe(fc.nat({ max: 3 })),
    timing: timings,
    context: contexts,
    labels,
  })
  .map((fields) => aRequestFailed({ ...fields }));

/** Responses and failures of different ids, as an account has them. */
export const requestLists: fc.Arbitrary<(ResponseRecorded | RequestFailed)[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: responses(fc.constant("")) }, { weight: 1, arbitrary: failures }), {
    maxLength: 12,
  })
  .map((events) => events.map((event, index) => ({ ...event, id: `msg:${String(index)}` })));
