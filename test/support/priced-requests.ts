import {
  listPriceBook,
  parseRateCard,
  TOKEN_BUCKETS,
  type PriceBook,
  type RequestFailed,
  type ResponseRecorded,
  type TokenBuckets,
  type Usage,
} from "@farthing/ledger";
import fc from "fast-check";
import { aRequestCompleted, aRequestFailed, aRequestInterrupted, aUsage, NO_CONTEXT } from "./builders.ts";

// Requests made to meet every edge of a price: the instants at which cards change and the prompts at which tiers do.

const MODELS = [
  "claude-opus-5",
  "claude-opus-4-6",
  "claude-opus-4-7",
  "claude-sonnet-4-6",
  "claude-sonnet-5-5",
  "claude-haiku-5-5",
  "claude-2.1",
  "claude-mythos-preview",
  "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  "claude-haiku-9",
  "own-model",
] as const;

const LIMITS = [0, 99_999, 100_000, 100_001, 200_000, 200_001];

const CARD_CHANGES = listPriceBook().cards.flatMap(({ effectiveFrom, fast }) =>
  [effectiveFrom, fast?.from, fast?.until].filter((instant) => typeof instant === "number"),
);

const instants: fc.Arbitrary<number> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...CARD_CHANGES), fc.integer({ min: -1, max: 1 })).map(([at, by]) => at + by),
  },
  { weight: 2, arbitrary: fc.integer({ min: Date.UTC(2026, 9, 24), max: Date.UTC(2026, 9, 27) }) },
  { weight: 1, arbitrary: fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2027, 0, 1) }) },
);

/** Buckets that sum to a prompt at or beside a limit, in any proportion. */
const tokens: fc.Arbitrary<TokenBuckets> = fc
  .record({
    prompt: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...LIMITS) },
      { weight: 2, arbitrary: fc.nat(300_000) },
      { weight: 1, arbitrary: fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 46) },
    ),
    cuts: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
    output: fc.nat(5000),
  })
  .map(({ prompt, cuts, output }) => {
    const [a = 0, b = 0, c = 0] = cuts.map((cut) => Math.floor((prompt * cut) / 1000)).sort((x, y) => x - y);
    return { uncachedInput: a, cacheWrite5m: b - a, cacheWrite1h: c - b, cacheRead: prompt - c, output };
  });

const usages: fc.Arbitrary<Usage> = fc
  .record({
    parts: fc.oneof(
      { weight: 5, arbitrary: fc.tuple(tokens) },
      { weight: 1, arbitrary: fc.array(tokens, { minLength: 2, maxLength: 3 }) },
    ),
    partModel: fc.option(fc.constantFrom(...MODELS), { nil: null }),
    thinkingTokens: fc.constantFrom(null, 0, 5),
    webSearchRequests: fc.constantFrom(0, 0, 1, 3),
    serviceTier: fc.constantFrom(null, "", "standard", "batch", "priority", "flex"),
    inferenceGeo: fc.constantFrom(null, "us", "global", "mars"),
    speed: fc.constantFrom(null, "standard", "fast", "warp"),
    notes: fc.constantFrom<Usage["notes"]>([], [], ["cache-write-lifetime-assumed-5m"], ["unknown-iteration-type"]),
  })
  .map(({ parts, partModel, ...rest }) => ({
    ...aUsage({}, rest),
    parts: parts.map((counts, index) => ({
      kind: index === 0 ? "response" : "message",
      iteration: index === 0 ? null : index,
      model: index === 0 ? null : partModel,
      tokens: counts,
    })),
  }));

const shared = fc.record({
  at: instants,
  lasted: fc.constantFrom(0, 1, 60_000, 7_200_000),
  sources: fc.subarray(["claude-code", "middleware"], { minLength: 1 }),
  context: fc.record({
    session: fc.constantFrom(null, "258c7280-8f3e-4a3e-9c49-4bd0a4f3e0aa", "4d5611e5-0000-4000-8000-000000000000"),
    project: fc.constantFrom(null, "viewer"),
    service: fc.constantFrom(null, "rag"),
  }),
  labels: fc.constantFrom<Record<string, string>>({}, { workload: "nightly" }, { team: "a" }),
});

const responses: fc.Arbitrary<ResponseRecorded> = fc
  .tuple(
    shared,
    fc.record({
      servedModel: fc.constantFrom(...MODELS),
      usage: usages,
      billedTo: fc.constantFrom("self", "self", "self", "user-profile", "nobody"),
      startedAtProvenance: fc.constantFrom("reported", "estimated"),
      isInterrupted: fc.boolean(),
    }),
  )
  .map(([{ at, lasted, ...who }, { isInterrupted, startedAtProvenance, ...what }]) => ({
    ...(isInterrupted ? aRequestInterrupted() : aRequestCompleted()),
    ...timesOf(at, lasted, startedAtProvenance),
    ...what,
    sources: who.sources,
    labels: who.labels,
    context: { ...NO_CONTEXT, ...who.context },
  }));

const failures: fc.Arbitrary<RequestFailed> = fc
  .tuple(shared, fc.constantFrom("free", "unknown"), fc.constantFrom(null, ...MODELS))
  .map(([{ at, lasted, ...who }, cost, requestedModel]) => ({
    ...aRequestFailed({ cost }),
    ...timesOf(at, lasted, "reported"),
    requestedModel,
    sources: who.sources,
    labels: who.labels,
    context: { ...NO_CONTEXT, ...who.context },
  }));

function timesOf(
  at: number,
  lasted: number,
  startedAtProvenance: "reported" | "estimated",
): Pick<ResponseRecorded, "occurredAt" | "timing"> {
  return {
    occurredAt: new Date(at).toISOString(),
    timing: {
      startedAt: new Date(at - lasted).toISOString(),
      startedAtProvenance,
      occurredAtProvenance: "reported",
      firstTokenAt: null,
    },
  };
}

/** Requests of different ids. */
export const pricedRequests: fc.Arbitrary<(ResponseRecorded | RequestFailed)[]> = fc
  .array(fc.oneof({ weight: 6, arbitrary: responses }, { weight: 1, arbitrary: failures }), { maxLength: 25 })
  .map((events) => events.map((event, index) => ({ ...event, id: `msg:${String(index)}` })));

/** List prices, without and with cards of the user's own that change and rise with the prompt. */
export const priceBooks: fc.Arbitrary<PriceBook> = fc.constantFrom(
  listPriceBook(),
  listPriceBook().knownAt(Date.UTC(2026, 8, 30)),
  listPriceBook().with([
    ownCard("own-model", "2026-10-25", "1", []),
    ownCard("claude-haiku-5-5", "2026-10-20", "4", [], "2026-10-25"),
    ownCard("own-model", "2026-10-26", "2", [[100_000, "3"]]),
    ownCard("claude-opus-5", "2026-10-25", "7", [
      [99_999, "8"],
      [200_000, "9"],
    ]),
  ]),
);

function ownCard(
  model: string,
  effectiveFrom: string,
  usd: string,
  tiers: readonly (readonly [number, string])[],
  knownFrom = effectiveFrom,
): ReturnType<typeof parseRateCard> {
  const rates = (perMTok: string): object => Object.fromEntries(TOKEN_BUCKETS.map((name) => [name, perMTok]));
  return parseRateCard(
    {
      model,
      effectiveFrom,
      rates: rates(usd),
      usGeography: true,
      regionalPremium: false,
      source: "test",
      checkedOn: "2026-10-01",
      promptTiers: tiers.map(([promptTokensAbove, perMTok]) => ({ promptTokensAbove, rates: rates(perMTok) })),
    },
    { knownFrom: Date.parse(knownFrom) },
  );
}
