import { compare, money, ZERO, type Money } from "@farthing/ledger";

/** Why the cost of a workload changed, in the order in which equal parts are listed. */
export const CAUSES = [
  "volume",
  "new-workloads",
  "gone-workloads",
  "model",
  "price",
  "prompt-size",
  "output-size",
  "cache",
  "tier",
  "retries",
  "web-search",
  "further-passes",
  "unexplained",
] as const;

export type Cause = (typeof CAUSES)[number];

/** The part of a difference that a cause has. */
export interface Part {
  readonly cause: Cause;
  /** Positive: it made the second of two costs larger. */
  readonly usd: Money;
}

/**
 * Parts in which anything moved, the largest first whatever their sign; of equal ones that in which more moved, then in the
 * order of causes.
 *
 * @param moved How much was moved by each cause in all. What cancels out leaves a part of 0 that says so.
 */
export function partsInOrder(
  amounts: ReadonlyMap<Cause, bigint>,
  moved: ReadonlyMap<Cause, bigint> = amounts,
): readonly Part[] {
  const sizeIn = (of: ReadonlyMap<Cause, bigint>, cause: Cause): Money => sizeOf((of.get(cause) ?? 0n) as Money);
  return CAUSES.filter((cause) => sizeIn(moved, cause) !== ZERO)
    .map((cause) => ({ cause, usd: (amounts.get(cause) ?? 0n) as Money }))
    .sort((a, b) => compare(sizeOf(b.usd), sizeOf(a.usd)) || compare(sizeIn(moved, b.cause), sizeIn(moved, a.cause)));
}

/** An amount without its sign. */
export function sizeOf(amount: Money): Money {
  return amount < ZERO ? money(-amount) : amount;
}
