import { money, type Money } from "@farthing/ledger";
import { quantile, seededRandom } from "../resampling.ts";
import { RANGE_COVERAGE, RESAMPLING_DAYS_MIN } from "../thresholds.ts";

/** A saving and its range at 80 %. Negative: it would have cost more. */
export interface SavingRange {
  readonly low: Money;
  readonly expected: Money;
  readonly high: Money;
}

/** Savings under each end of the stated uncertainties, and the expected one day by day. */
export interface SavingEvidence {
  readonly pessimistic: Money;
  readonly expected: Money;
  readonly optimistic: Money;
  /** One entry per day with use of the whole trace, in order; null on days without a request that this is about. */
  readonly byDay: readonly (Money | null)[];
}

const RESAMPLES = 1000;
const SEED = 0x5eed;

/**
 * The range of a saving: the stated uncertainties, joined with how much the days differ.
 *
 * Days are resampled in blocks, so that neighbouring days stay together; both widths are independent and are added
 * in squares. Under seven days with use there is too little to resample, and only the stated uncertainties count.
 */
export function savingRange(evidence: SavingEvidence): SavingRange {
  const { expected } = evidence;
  // What is used on some days would otherwise seem to differ by the days on which nobody used it. Where it was used on
  // too few to tell how these differ, the others are all there is.
  const used = evidence.byDay.filter((saved) => saved !== null);
  const byDay = (used.length < RESAMPLING_DAYS_MIN ? evidence.byDay : used).map(Number);
  const days = byDay.length < RESAMPLING_DAYS_MIN ? { low: 0, high: 0 } : resampledWidths(byDay);
  const low = Math.hypot(Math.max(0, Number(expected - evidence.pessimistic)), days.low);
  const high = Math.hypot(Math.max(0, Number(evidence.optimistic - expected)), days.high);
  return {
    low: money(expected - BigInt(Math.round(low))),
    expected,
    high: money(expected + BigInt(Math.round(high))),
  };
}

function resampledWidths(byDay: readonly number[]): { readonly low: number; readonly high: number } {
  const random = seededRandom(SEED);
  const blockLength = Math.max(1, Math.round(Math.cbrt(byDay.length)));
  const total = byDay.reduce((sum, day) => sum + day, 0);
  const sums = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let taken = 0; taken < byDay.length;) {
      const start = Math.floor(random() * byDay.length);
      for (let offset = 0; offset < blockLength && taken < byDay.length; offset += 1, taken += 1) {
        sum += byDay[(start + offset) % byDay.length] ?? 0;
      }
    }
    return sum;
  }).sort((a, b) => a - b);
  const tail = (1 - RANGE_COVERAGE) / 2;
  return {
    low: Math.max(0, total - quantile(sums, tail)),
    high: Math.max(0, quantile(sums, 1 - tail) - total),
  };
}
