import { compare, money, ZERO, type CostDrivers, type Money } from "@farthing/ledger";
import type { CostComparison, GroupComparison } from "./compare-costs.ts";
import { sizeOf, type Cause } from "./causes.ts";
import { explainGroup } from "./explain-group.ts";
import { timesAsMuch, usageByGroup } from "./usage.ts";

/** Why a priced request costs something else on average, whatever number of them there were. */
export interface MeanCostComparison {
  /** After less before, per request. */
  readonly difference: Money;
  /** The part of it that comes of workloads having other shares of the requests, new and gone ones included. */
  readonly mix: Money;
  /** What changed within workloads that are on both sides, the largest first: with `mix` the difference, but for rounding. */
  readonly parts: readonly MeanPart[];
}

/** What one cause in one workload adds to the mean. */
interface MeanPart {
  readonly cause: Cause;
  readonly group: GroupComparison;
  readonly usd: Money;
}

/**
 * Splits the difference of two costs per request; null where a side has no priced request.
 *
 * A workload's own change counts with the mean of its shares of all requests, a change of its share with the mean of its
 * costs per request.
 *
 * @param groups The comparison of the same two sides by the same dimensions.
 */
export function compareMeanCosts(
  { groups }: CostComparison,
  before: CostDrivers,
  after: CostDrivers,
): MeanCostComparison | null {
  const [was, is] = [usageByGroup(before.rows), usageByGroup(after.rows)];
  const [n, m] = [pricedIn(before), pricedIn(after)];
  if (n === 0n || m === 0n) return null;
  const difference = (after.spend.total.usd * n - before.spend.total.usd * m) / (n * m);
  const parts = groups.flatMap((group): readonly MeanPart[] => {
    const key = JSON.stringify(Object.values(group.by));
    const [old, young] = [was.get(key), is.get(key)];
    const [a, b] = [BigInt(group.before.requests), BigInt(group.after.requests)];
    if (old === undefined || young === undefined || a === 0n || b === 0n) return [];
    // So many times as many on each side are equally many: their sums are to each other as their means.
    const told = withoutVolume(explainGroup(timesAsMuch(old, b), timesAsMuch(young, a)));
    return [...told].map(([cause, usd]) => ({
      cause,
      group,
      usd: money((usd * (a * m + b * n)) / (2n * a * b * n * m)),
    }));
  });
  const mix = money(difference - parts.reduce((sum, { usd }) => sum + usd, 0n));
  return {
    difference: money(difference),
    // As many picodollars as there are parts can be rounding.
    mix: sizeOf(mix) <= BigInt(parts.length) ? ZERO : mix,
    parts: parts.filter(({ usd }) => usd !== 0n).sort((x, y) => compare(sizeOf(y.usd), sizeOf(x.usd))),
  };
}

function pricedIn({ spend: { total } }: CostDrivers): bigint {
  return BigInt(total.requests - total.unpricedRequests);
}

/** Of equally many responses another number of complete ones is another share of those broken off. */
function withoutVolume(parts: ReadonlyMap<Cause, bigint>): ReadonlyMap<Cause, bigint> {
  const told = new Map(parts);
  const volume = told.get("volume") ?? 0n;
  told.delete("volume");
  if (volume !== 0n) told.set("retries", (told.get("retries") ?? 0n) + volume);
  return told;
}
