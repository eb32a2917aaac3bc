import type { Cause } from "@farthing/advisor";
import {
  listPriceBook,
  parseRateCard,
  type PriceBook,
  type ResponseRecorded,
  type TokenBuckets,
  type Usage,
} from "@farthing/ledger";
import fc from "fast-check";
import { aRequestCompleted, aRequestInterrupted, aUsage } from "../support/builders.ts";

/** Traffic before and after, which differs for one reason. */
export interface Pair {
  readonly before: readonly ResponseRecorded[];
  readonly after: readonly ResponseRecorded[];
  readonly book: () => PriceBook;
}

/** A request as traffic is made of. */
interface Call {
  readonly workload: string;
  readonly model: string;
  readonly tokens: TokenBuckets;
  readonly usage: Partial<Pick<Usage, "serviceTier" | "speed" | "inferenceGeo" | "webSearchRequests">>;
  readonly isInterrupted: boolean;
  readonly furtherPass: TokenBuckets | null;
}

/** Models of different prices, each known throughout the two months. */
const MODELS = ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5", "claude-opus-5-5"] as const;
const WORKLOADS = ["support-chat", "rag-answers", "triage"] as const;

const tokens: fc.Arbitrary<TokenBuckets> = fc.record({
  uncachedInput: fc.integer({ min: 1, max: 20_000 }),
  cacheWrite5m: fc.nat(5_000),
  cacheWrite1h: fc.nat(5_000),
  cacheRead: fc.integer({ min: 1, max: 50_000 }),
  output: fc.integer({ min: 1, max: 4_000 }),
});

const call = (workload: string): fc.Arbitrary<Call> =>
  fc.record({
    workload: fc.constant(workload),
    model: fc.constantFrom(...MODELS),
    tokens,
    usage: fc.record({
      serviceTier: fc.constantFrom("standard", "standard", "batch"),
      webSearchRequests: fc.constantFrom(0, 0, 2),
    }),
    isInterrupted: fc.constantFrom(false, false, false, true),
    furtherPass: fc.option(tokens, { nil: null, freq: 6 }),
  });

/** Requests of every workload, of which each has some that ended as they should. */
const traffic: fc.Arbitrary<readonly Call[]> = fc
  .tuple(...WORKLOADS.map((workload) => fc.array(call(workload), { minLength: 2, maxLength: 8 })))
  .map((lists) => lists.flatMap((calls) => calls.map((each, index) => (index === 0 ? whole(each) : each))));

function whole(each: Call): Call {
  return { ...each, isInterrupted: false };
}

/** What a tier makes of further passes is told from what it makes of their requests, which is near but not the same. */
const withoutFurtherPasses = traffic.map((calls) => calls.map((each) => ({ ...each, furtherPass: null })));

/** The workloads that a change happens to. */
const changed = fc.subarray([...WORKLOADS], { minLength: 1 });

const BEFORE = "2026-10-10T10:00:00.000Z";
const AFTER = "2026-11-10T10:00:00.000Z";

function eventsOf(calls: readonly Call[], occurredAt: string): readonly ResponseRecorded[] {
  return calls.map((each, index) => {
    const { isInterrupted, furtherPass } = each;
    const plain = aUsage(each.tokens, each.usage);
    const usage: Usage =
      furtherPass === null
        ? plain
        : { ...plain, parts: [...plain.parts, { kind: "message", iteration: 1, model: null, tokens: furtherPass }] };
    const rest = {
      id: `msg:${occurredAt}-${String(index)}`,
      occurredAt,
      servedModel: each.model,
      usage,
      labels: { workload: each.workload },
    };
    return isInterrupted ? aRequestInterrupted(rest) : aRequestCompleted(rest);
  });
}

/** A pair in which calls become others, in those workloads that something happens to. */
function become(change: (call: Call) => readonly Call[], calls = traffic): fc.Arbitrary<Pair> {
  return fc.tuple(calls, changed).map(([made, workloads]) => ({
    before: eventsOf(made, BEFORE),
    after: eventsOf(
      made.flatMap((each) => (workloads.includes(each.workload as (typeof WORKLOADS)[number]) ? change(each) : [each])),
      AFTER,
    ),
    book: listPriceBook,
  }));
}

/** The same with a number that says by how much. */
function becomeBy(change: (call: Call, factor: number) => readonly Call[]): fc.Arbitrary<Pair> {
  return fc.integer({ min: 2, max: 5 }).chain((factor) => become((each) => change(each, factor)));
}

function scaled(counts: TokenBuckets, factor: number, isWanted: (bucket: keyof TokenBuckets) => boolean): TokenBuckets {
  const scale = (bucket: keyof TokenBuckets): number => counts[bucket] * (isWanted(bucket) ? factor : 1);
  return {
    uncachedInput: scale("uncachedInput"),
    cacheWrite5m: scale("cacheWrite5m"),
    cacheWrite1h: scale("cacheWrite1h"),
    cacheRead: scale("cacheRead"),
    output: scale("output"),
  };
}

/** Another model for all calls of a model, or for one of two equal ones. */
const otherModel: fc.Arbitrary<Pair> = fc
  .tuple(traffic, changed, fc.constantFrom(...MODELS), fc.constantFrom("all", "half"))
  .map(([calls, workloads, model, part]) => {
    const isMoved = ({ workload }: Call): boolean => workloads.some((each) => each === workload);
    // Alike in all but their models, so that no size goes with a model.
    const alike = WORKLOADS.flatMap((workload) => {
      const [first, ...others] = calls.filter((each) => each.workload === workload);
      return first === undefined ? [] : [first, ...others.map((each) => ({ ...first, model: each.model }))];
    });
    const before = part === "all" ? alike : alike.flatMap((each) => [each, each]);
    const after = before.map((each, index) =>
      isMoved(each) && (part === "all" || index % 2 === 0) ? { ...each, model } : each,
    );
    return { before: eventsOf(before, BEFORE), after: eventsOf(after, AFTER), book: listPriceBook };
  });

/** From November on, own prices a quarter above the list's for every model. */
const DEARER: PriceBook = listPriceBook().with(
  MODELS.map((model) => {
    const at = Date.parse(AFTER);
    const card = listPriceBook()
      .cards.filter((each) => each.model === model && each.effectiveFrom <= at)
      .at(-1);
    const rates = Object.entries(card?.rates ?? {}).map(([bucket, rate]) => [
      bucket,
      String((Number(rate) * 1.25) / 1_000_000),
    ]);
    return parseRateCard(
      {
        model,
        effectiveFrom: "2026-11-01",
        rates: Object.fromEntries(rates) as object,
        usGeography: true,
        regionalPremium: false,
        source: "test",
        checkedOn: "2026-10-01",
        promptTiers: [],
      },
      { knownFrom: Date.parse("2026-11-01") },
    );
  }),
);

/** Pairs that differ for one reason each, by the reason. */
export const ONE_CAUSE_PAIRS: Readonly<Partial<Record<Cause, fc.Arbitrary<Pair>>>> = {
  volume: becomeBy((each, factor) => Array.from({ length: factor }, () => each)),
  "new-workloads": fc
    .tuple(traffic, fc.array(call("brand-new"), { minLength: 1, maxLength: 5 }))
    .map(([calls, more]) => ({
      before: eventsOf(calls, BEFORE),
      after: eventsOf([...calls, ...more], AFTER),
      book: listPriceBook,
    })),
  "gone-workloads": changed.chain((gone) =>
    traffic.map((calls) => ({
      before: eventsOf(calls, BEFORE),
      after: eventsOf(
        calls.filter(({ workload }) => !gone.some((each) => each === workload)),
        AFTER,
      ),
      book: listPriceBook,
    })),
  ),
  model: otherModel,
  price: traffic.map((calls) => ({
    before: eventsOf(calls, BEFORE),
    after: eventsOf(calls, AFTER),
    book: () => DEARER,
  })),
  "prompt-size": becomeBy((each, factor) => [
    { ...each, tokens: scaled(each.tokens, factor, (bucket) => bucket !== "output") },
  ]),
  "output-size": becomeBy((each, factor) => [
    { ...each, tokens: scaled(each.tokens, factor, (bucket) => bucket === "output") },
  ]),
  cache: become((each) => {
    const { uncachedInput, cacheRead } = each.tokens;
    return [{ ...each, tokens: { ...each.tokens, uncachedInput: uncachedInput + cacheRead, cacheRead: 0 } }];
  }),
  tier: fc
    .constantFrom<Call["usage"]>({ serviceTier: "batch" }, { serviceTier: "standard" }, { inferenceGeo: "us" })
    .chain((tier) =>
      become((each) => {
        const isOffered = tier.inferenceGeo === undefined || each.model !== "claude-haiku-4-5";
        return [isOffered ? { ...each, usage: { ...each.usage, ...tier } } : each];
      }, withoutFurtherPasses),
    ),
  retries: become((each) => (each.isInterrupted ? [each, each] : [each])),
  "web-search": become((each) => [{ ...each, usage: { ...each.usage, webSearchRequests: 9 } }]),
  "further-passes": become((each) => [{ ...each, furtherPass: scaled(each.tokens, 2, () => true) }]),
};
