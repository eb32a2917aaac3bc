import { TOKEN_BUCKETS } from "@farthing/ledger";
import { CAUSES, type Cause } from "./causes.ts";
import { fraction, product, rounded } from "./fraction.ts";
import { termsOfUnits, type Fractions, type TermsPair, type UnitTerms } from "./unit-terms.ts";
import { requestsIn, united, type GroupUsage, type UnitUsage } from "./usage.ts";

/** What can change of a workload that was there before and after. */
export type Change = Exclude<Cause, "new-workloads" | "gone-workloads" | "unexplained">;

export const CHANGES: readonly Change[] = CAUSES.filter(
  (cause) => cause !== "new-workloads" && cause !== "gone-workloads" && cause !== "unexplained",
);

/** Which change moves each term. */
const MOVERS: Readonly<Record<keyof UnitTerms, Change>> = {
  modelShare: "model",
  tierShare: "tier",
  prompt: "prompt-size",
  lengthFactors: "prompt-size",
  output: "output-size",
  split: "cache",
  rates: "price",
  tierFactors: "tier",
  further: "further-passes",
  furtherRates: "price",
  meanTierFactor: "tier",
  furtherFactor: "further-passes",
  searches: "web-search",
};

const TERMS = Object.keys(MOVERS) as (keyof UnitTerms)[];

/** A value before and after. */
interface Pair {
  readonly before: bigint;
  readonly after: bigint;
}

/** The cost of a workload as a product of what can change by itself. */
interface CostModel {
  /** Requests that were answered completely; all, where these are none in one of the periods. */
  readonly volume: Pair;
  /** Interrupted responses per complete one. */
  readonly retries: Pair;
  readonly complete: readonly TermsPair[];
  readonly interrupted: readonly TermsPair[];
}

export function costModel(before: GroupUsage, after: GroupUsage): CostModel {
  const isSplit = before.complete.length > 0 && after.complete.length > 0;
  const [was, is] = isSplit ? [before, after] : [asOneKind(before), asOneKind(after)];
  const volume = { before: requestsIn(was.complete), after: requestsIn(is.complete) };
  return {
    volume,
    retries: {
      before: fraction(requestsIn(was.interrupted), volume.before),
      after: fraction(requestsIn(is.interrupted), volume.after),
    },
    complete: termsOfUnits(was.complete, is.complete),
    interrupted: termsOfUnits(orElse(was.interrupted, is.interrupted), orElse(is.interrupted, was.interrupted)),
  };
}

/** A group with interrupted responses counted among all others. */
function asOneKind({ complete, interrupted }: GroupUsage): GroupUsage {
  return { complete: united([...complete, ...interrupted]), interrupted: [] };
}

/** A kind that one period has none of is taken to be alike in both: then only how many there are has changed. */
function orElse(units: readonly UnitUsage[], others: readonly UnitUsage[]): readonly UnitUsage[] {
  return units.length === 0 ? others : units;
}

export function isMoved(change: Change, { volume, retries, complete, interrupted }: CostModel): boolean {
  if (change === "volume") return volume.before !== volume.after;
  if (change === "retries") return retries.before !== retries.after;
  const terms = TERMS.filter((term) => MOVERS[term] === change);
  return [...complete, ...interrupted].some(({ before, after }) =>
    terms.some((term) => !isEqual(before[term], after[term])),
  );
}

function isEqual(a: bigint | Fractions, b: bigint | Fractions): boolean {
  if (typeof a === "bigint" || typeof b === "bigint") return a === b;
  return TOKEN_BUCKETS.every((bucket) => a[bucket] === b[bucket]);
}

/** What the workload would have cost, in picodollars, had those changes happened whose bits are set. */
export function valueFunction(model: CostModel, changes: readonly Change[]): (happened: number) => bigint {
  const bits = new Map(changes.map((change, index) => [change, 1 << index]));
  const at = (pair: Pair, change: Change, happened: number): bigint =>
    (happened & (bits.get(change) ?? 0)) === 0 ? pair.before : pair.after;
  const [complete, interrupted] = [meanCost(model.complete, bits), meanCost(model.interrupted, bits)];
  return (happened) => {
    const retries = at(model.retries, "retries", happened);
    const perRequest = complete(happened) + (retries === 0n ? 0n : product(retries, interrupted(happened)));
    return rounded(at(model.volume, "volume", happened) * perRequest);
  };
}

/** What one request costs on average, in fractions of a picodollar; looked up where only other changes differ. */
function meanCost(pairs: readonly TermsPair[], bits: ReadonlyMap<Change, number>): (happened: number) => bigint {
  const bitOf = (term: keyof UnitTerms): number => bits.get(MOVERS[term]) ?? 0;
  const mask = TERMS.reduce((all, term) => all | bitOf(term), 0);
  const known = new Map<number, bigint>();
  return (happened) => {
    const key = happened & mask;
    const held = known.get(key);
    if (held !== undefined) return held;
    const cost = pairs.reduce((sum, pair) => sum + unitCost(pair, (term) => (key & bitOf(term)) !== 0), 0n);
    known.set(key, cost);
    return cost;
  };
}

/** What requests of a unit add to that. */
function unitCost({ before, after }: TermsPair, isAfter: (term: keyof UnitTerms) => boolean): bigint {
  const at = <Term extends keyof UnitTerms>(term: Term): UnitTerms[Term] => (isAfter(term) ? after : before)[term];
  const share = product(at("modelShare"), at("tierShare"));
  if (share === 0n) return 0n;
  const [split, rates, lengthFactors, tierFactors] = [at("split"), at("rates"), at("lengthFactors"), at("tierFactors")];
  const costOf = (bucket: keyof Fractions, tokens: bigint): bigint =>
    tokens === 0n ? 0n : product(tokens, product(product(rates[bucket], lengthFactors[bucket]), tierFactors[bucket]));
  const perToken = TOKEN_BUCKETS.reduce((sum, bucket) => sum + costOf(bucket, split[bucket]), 0n);
  const own = product(at("prompt"), perToken) + costOf("output", at("output"));
  const [further, furtherRates] = [at("further"), at("furtherRates")];
  const passes = TOKEN_BUCKETS.reduce((sum, bucket) => sum + product(further[bucket], furtherRates[bucket]), 0n);
  const atTier = product(product(passes, at("meanTierFactor")), at("furtherFactor"));
  return product(share, own + atTier + at("searches"));
}
