import type { MeasuredRatio } from "@farthing/ledger";
import { studentNinetieth } from "../quantiles.ts";

/** Ratios are kept to so many decimals, ends rounded outwards. */
const SCALE = 10_000;

/** The same quantity of one sample, before and after. */
export interface BeforeAndAfter {
  readonly before: number;
  readonly after: number;
}

/**
 * How much the sum after is of the sum before, and between what that lies in 80 % of such choices of samples: the ratio
 * estimator, whose error follows from how far each sample is off it.
 *
 * Null with fewer than two samples, which tell nothing of an error, or where there was nothing before.
 */
export function ratioRange(samples: readonly BeforeAndAfter[]): MeasuredRatio | null {
  const count = samples.length;
  const before = samples.reduce((sum, sample) => sum + sample.before, 0);
  const after = samples.reduce((sum, sample) => sum + sample.after, 0);
  if (count < 2 || before <= 0) return null;
  const ratio = after / before;
  const squares = samples.reduce((sum, sample) => sum + (sample.after - ratio * sample.before) ** 2, 0);
  const error = Math.sqrt((count / (count - 1)) * squares) / before;
  const reach = studentNinetieth(count - 1) * error;
  return {
    low: Math.max(0, Math.floor((ratio - reach) * SCALE + ROUNDING) / SCALE),
    expected: Math.round(ratio * SCALE) / SCALE,
    high: Math.ceil((ratio + reach) * SCALE - ROUNDING) / SCALE,
  };
}

/** What binary fractions are off by. */
const ROUNDING = 1e-6;
