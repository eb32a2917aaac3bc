import type { Money } from "@farthing/ledger";

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

/** Parts that are not 0, the largest first whatever their sign; equal ones in the order of causes. */
export function partsInOrder(amounts: ReadonlyMap<Cause, bigint>): readonly Part[] {
  const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
  return CAUSES.map((cause) => ({ cause, usd: (amounts.get(cause) ?? 0n) as Money }))
    .filter(({ usd }) => usd !== 0n)
    .sort((a, b) => (size(a.usd) === size(b.usd) ? 0 : size(a.usd) > size(b.usd) ? -1 : 1));
}
