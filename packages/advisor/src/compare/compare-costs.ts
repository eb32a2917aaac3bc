import { compare, money, ZERO, type CostDrivers, type GroupKey, type Money } from "@farthing/ledger";
import { partsInOrder, type Cause, type Part } from "./causes.ts";
import { explainGroup } from "./explain-group.ts";
import { groupFacts, type GroupFacts } from "./group-facts.ts";
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
  /** Sum to the difference exactly, the largest first. */
  readonly parts: readonly Part[];
  /** Groups with priced or unpriced responses on either side, the largest difference first. */
  readonly groups: readonly GroupComparison[];
}

/**
 * Splits the difference of two costs into its causes, group by group.
 *
 * Unpriced responses are in no amount. A group whose responses had no price on one side, and have one on the other, is no
 * new and no gone workload: its difference is unexplained.
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
  const sums = new Map<Cause, bigint>();
  for (const { cause, usd } of groups.flatMap(({ parts }) => parts)) sums.set(cause, (sums.get(cause) ?? 0n) + usd);
  const [from, to] = [before.spend.total.usd, after.spend.total.usd];
  return {
    before: from,
    after: to,
    difference: money(to - from),
    parts: partsInOrder(sums),
    groups: groups.sort((a, b) => compare(sizeOf(b.difference), sizeOf(a.difference))),
  };
}

function partsOf(
  before: GroupUsage | undefined,
  after: GroupUsage | undefined,
  [was, is]: readonly [GroupFacts, GroupFacts],
): ReadonlyMap<Cause, bigint> {
  if (before !== undefined && after !== undefined) return explainGroup(before, after);
  const isUnpriced = (before === undefined ? was : is).unpriced > 0;
  const cause = isUnpriced ? "unexplained" : before === undefined ? "new-workloads" : "gone-workloads";
  return new Map([[cause, is.usd - was.usd]]);
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

export function sizeOf(amount: Money): Money {
  return amount < ZERO ? money(-amount) : amount;
}
