import { compare, money, type CostDrivers, type GroupKey, type Money } from "@farthing/ledger";
import { partsInOrder, sizeOf, type Cause, type Part } from "./causes.ts";
import { explainGroup } from "./explain-group.ts";
import { groupFacts, volumesOf, type GroupFacts } from "./group-facts.ts";
import { usageByGroup, type GroupUsage } from "./usage.ts";

/** The costs of one workload before and after, and why they differ. */
export interface GroupComparison {
  /** The group's value in each dimension; null where its responses have none. */
  readonly by: Readonly<Record<string, string | null>>;
  readonly before: GroupFacts;
  readonly after: GroupFacts;
  readonly difference: Money;
  /** Sum to the difference exactly, the largest first. */
  readonly parts: readonly Part[];
}

/** Why the second of two costs is not the first. */
export interface CostComparison {
  readonly before: Money;
  readonly after: Money;
  /** After less before. */
  readonly difference: Money;
  /** Sum to the difference exactly, the largest first; 0 where what groups did cancels out. */
  readonly parts: readonly Part[];
  /** Groups with priced or unpriced responses on either side, the largest difference first. */
  readonly groups: readonly GroupComparison[];
}

/**
 * Splits the difference of two costs into its causes, group by group.
 *
 * Unpriced responses are in no amount. A group whose responses had no price on one side, and have one on the other, is no
 * new and no gone workload: its difference is unexplained. So is what more or fewer priced ones did, as far as that comes
 * from another share of responses with a price.
 *
 * @param by The dimensions that both sides were grouped by.
 */
export function compareCosts(before: CostDrivers, after: CostDrivers, by: readonly GroupKey[]): CostComparison {
  const usages = [usageByGroup(before.rows), usageByGroup(after.rows)] as const;
  const unpriced = [unpricedByGroup(before, by), unpricedByGroup(after, by)] as const;
  const keys = new Set([...usages, ...unpriced].flatMap((map) => [...map.keys()]));
  const groups = [...keys].sort().map((key) => {
    const [was, is] = [usages[0].get(key), usages[1].get(key)];
    const facts = [groupFacts(was, unpriced[0].get(key)), groupFacts(is, unpriced[1].get(key))] as const;
    return {
      by: groupOf(key, by),
      before: facts[0],
      after: facts[1],
      difference: money(facts[1].usd - facts[0].usd),
      parts: partsInOrder(partsOf(was, is, facts)),
    };
  });
  const parts = groups.flatMap((group) => group.parts);
  const [from, to] = [before.spend.total.usd, after.spend.total.usd];
  return {
    before: from,
    after: to,
    difference: money(to - from),
    parts: partsInOrder(
      sumsOf(parts, ({ usd }) => usd),
      sumsOf(parts, ({ usd }) => sizeOf(usd)),
    ),
    groups: groups.sort((a, b) => compare(sizeOf(b.difference), sizeOf(a.difference))),
  };
}

function partsOf(
  before: GroupUsage | undefined,
  after: GroupUsage | undefined,
  [was, is]: readonly [GroupFacts, GroupFacts],
): ReadonlyMap<Cause, bigint> {
  if (before !== undefined && after !== undefined) return withUnpriced(explainGroup(before, after), was, is);
  const isUnpriced = (before === undefined ? was : is).unpriced > 0;
  const cause = isUnpriced ? "unexplained" : before === undefined ? "new-workloads" : "gone-workloads";
  return new Map([[cause, is.usd - was.usd]]);
}

/**
 * What the number of priced responses did is volume only as far as all responses became more or fewer. The rest, because
 * more or fewer of them have a price, is unexplained. The number is a product of these two, and each has its Shapley value.
 */
function withUnpriced(parts: ReadonlyMap<Cause, bigint>, was: GroupFacts, is: GroupFacts): ReadonlyMap<Cause, bigint> {
  const part = parts.get("volume") ?? 0n;
  const [before, after] = volumesOf(was, is).map(BigInt) as [bigint, bigint];
  const [pricedBefore, pricedAfter] = [before - BigInt(was.unpriced), after - BigInt(is.unpriced)];
  const divisor = 2n * before * after * (pricedAfter - pricedBefore);
  if (was.unpriced + is.unpriced === 0 || divisor === 0n) return parts;
  const told = (part * (after - before) * (pricedBefore * after + pricedAfter * before)) / divisor;
  return new Map([...parts, ["volume", told], ["unexplained", (parts.get("unexplained") ?? 0n) + part - told]]);
}

function sumsOf(parts: readonly Part[], amountOf: (part: Part) => bigint): ReadonlyMap<Cause, bigint> {
  const sums = new Map<Cause, bigint>();
  for (const part of parts) sums.set(part.cause, (sums.get(part.cause) ?? 0n) + amountOf(part));
  return sums;
}

/** Unpriced responses by the JSON of the group's values, of groups that have any. */
function unpricedByGroup({ spend }: CostDrivers, by: readonly GroupKey[]): ReadonlyMap<string, number> {
  return new Map(
    spend.rows
      .filter(({ unpricedRequests }) => unpricedRequests > 0)
      .map((row) => [JSON.stringify(by.map((key) => row.by[key] ?? null)), row.unpricedRequests]),
  );
}

function groupOf(key: string, by: readonly GroupKey[]): GroupComparison["by"] {
  const values = JSON.parse(key) as readonly (string | null)[];
  return Object.fromEntries(by.map((name, index) => [name, values[index] ?? null]));
}
