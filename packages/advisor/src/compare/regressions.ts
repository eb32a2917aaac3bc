import { GATE_CLUSTERS_MIN, GATE_RESPONSES_MIN } from "../thresholds.ts";
import { studentNinetieth } from "../quantiles.ts";

/** How a measure moved between two sides, and what is made of it. */
export interface Regression {
  /** Null where the side has nothing to measure. */
  readonly before: number | null;
  readonly after: number | null;
  /** Relative for costs, in shares of the prompt for hit rates; positive is worse. Null where there is no such figure. */
  readonly worseBy: number | null;
  /** From what on it fails. */
  readonly limit: number;
  readonly verdict: "passed" | "failed" | "noise" | "too-few";
  /** The low end of the range of `worseBy` at 80 %; null where it was not measured. */
  readonly low: number | null;
  /** Responses of the smaller side, and how many there must be. */
  readonly responses: number;
  readonly needed: number;
  /** Clusters of the side that has fewer, and how many there must be. */
  readonly clusters: number;
  readonly clustersNeeded: number;
}

/** Requests that may be alike for a reason of their own, such as those of one session: chance is told between clusters. */
interface Cluster {
  readonly numerator: number;
  readonly denominator: number;
}

/** A ratio of two sums on one side, such as US dollars per priced response. */
export interface RatioSample {
  /** Of all that the side has; null where there is nothing to divide by. */
  readonly value: number | null;
  readonly responses: number;
  /** All or some of what the ratio is of. */
  readonly clusters: readonly Cluster[];
  /** What share of the denominator these hold. */
  readonly sampledShare: number;
}

/** What of one side is judged. */
export interface SideSamples {
  /** US dollars per priced response. */
  readonly costs: RatioSample;
  /** Tokens read from the cache per token of the prompts. */
  readonly hits: RatioSample;
}

/**
 * Whether the cost per request rose by more than a limit, and by more than chance.
 *
 * A rise fails where it is past the limit and the whole range at 80 % of it is a rise. Sides with few responses, or of a
 * single cluster, are not judged.
 *
 * @param before US dollars per priced response.
 * @param limit Relative, such as 0.1.
 */
export function costRegression(before: RatioSample, after: RatioSample, limit: number): Regression {
  if (!before.value || after.value === null) {
    // Out of nothing every cost is a rise, and no figure says how large.
    const isFromNothing = before.value === 0 && (after.value ?? 0) > 0;
    return regressionOf(before, after, { limit, worseBy: null, low: null, isPast: isFromNothing, isWorse: true });
  }
  const ratio = after.value / before.value;
  const spread = Math.hypot(standardError(before) / before.value, relative(standardError(after), after.value));
  const low = ratio * Math.exp(-widthOf(before, after) * spread) - 1;
  const worseBy = ratio - 1;
  return regressionOf(before, after, { limit, worseBy, low, isPast: worseBy > limit, isWorse: low > 0 });
}

/**
 * Whether the cache hit rate fell by more than a limit, and by more than chance; otherwise as `costRegression`.
 *
 * @param before Tokens read from the cache per token of the prompts.
 * @param limit In shares of the prompts' tokens, such as 0.05.
 */
export function hitRateRegression(before: RatioSample, after: RatioSample, limit: number): Regression {
  if (before.value === null || after.value === null) {
    return regressionOf(before, after, { limit, worseBy: null, low: null, isPast: false, isWorse: false });
  }
  const worseBy = before.value - after.value;
  const low = worseBy - widthOf(before, after) * Math.hypot(standardError(before), standardError(after));
  return regressionOf(before, after, { limit, worseBy, low, isPast: worseBy > limit, isWorse: low > 0 });
}

interface Measured extends Pick<Regression, "limit" | "worseBy" | "low"> {
  readonly isPast: boolean;
  readonly isWorse: boolean;
}

function regressionOf(before: RatioSample, after: RatioSample, measured: Measured): Regression {
  const { limit, worseBy, low, isPast, isWorse } = measured;
  const responses = Math.min(before.responses, after.responses);
  const clusters = Math.min(before.clusters.length, after.clusters.length);
  const isFew = responses < GATE_RESPONSES_MIN || clusters < GATE_CLUSTERS_MIN;
  return {
    before: before.value,
    after: after.value,
    worseBy,
    limit,
    verdict: isFew ? "too-few" : !isPast ? "passed" : isWorse ? "failed" : "noise",
    low: isFew ? null : low,
    responses,
    needed: GATE_RESPONSES_MIN,
    clusters,
    clustersNeeded: GATE_CLUSTERS_MIN,
  };
}

/** How many standard errors reach from the middle of a range at 80 % to its end. */
function widthOf(before: RatioSample, after: RatioSample): number {
  return studentNinetieth(Math.max(1, Math.min(before.clusters.length, after.clusters.length) - 1));
}

/** The standard error of a ratio of sums, from how its clusters differ from it (linearised). */
export function standardError({ clusters, sampledShare }: RatioSample): number {
  const count = clusters.length;
  const divisor = clusters.reduce((sum, { denominator }) => sum + denominator, 0);
  if (count < 2 || divisor === 0) return 0;
  const own = clusters.reduce((sum, { numerator }) => sum + numerator, 0) / divisor;
  const squares = clusters.reduce((sum, { numerator, denominator }) => sum + (numerator - own * denominator) ** 2, 0);
  return Math.sqrt(((squares * count) / (count - 1)) * sampledShare) / divisor;
}

function relative(error: number, value: number): number {
  return value === 0 ? 0 : error / value;
}
