import { money, type Money } from "@farthing/ledger";

/** A share of a budget, and the amount it stands for. */
export interface Threshold {
  readonly share: number;
  readonly usd: Money;
}

/** Shares are told apart to the millionth. */
const PARTS = 1_000_000;

/** @throws RangeError for a share that is no number above zero. */
export function thresholdsOf(limit: Money, shares: readonly number[]): readonly Threshold[] {
  return [...shares]
    .sort((a, b) => a - b)
    .map((share) => {
      if (!Number.isFinite(share) || share <= 0) throw new RangeError("a threshold is a share above 0, such as 0.8");
      return { share, usd: money((limit * BigInt(Math.round(share * PARTS))) / BigInt(PARTS)) };
    });
}

/** Tells of every threshold once, until it begins anew. */
export class Thresholds {
  readonly #thresholds: readonly Threshold[];
  #told = 0;

  constructor(thresholds: readonly Threshold[]) {
    this.#thresholds = thresholds;
  }

  begin(): void {
    this.#told = 0;
  }

  /** Those that were reached since this was asked last. */
  reachedBy(usd: bigint): readonly Threshold[] {
    const from = this.#told;
    while (this.#told < this.#thresholds.length && usd >= (this.#thresholds[this.#told]?.usd ?? 0n)) this.#told += 1;
    return this.#thresholds.slice(from, this.#told);
  }
}
