import { GATE_RESPONSES_MIN } from "../thresholds.ts";

/** How a measure moved between two sides, and what is made of it. */
export interface Regression {
  readonly before: number;
  readonly after: number;
  /** Relative for costs, in shares of the prompt for hit rates; positive is worse. */
  readonly worseBy: number;
  /** From what on it fails. */
  readonly limit: number;
  readonly verdict: "passed" | "failed" | "noise" | "too-few";
  /** The low end of the range of `worseBy` at 80 %; null where it was not measured. */
  readonly low: number | null;
  /** Responses of the smaller side, and how many there must be. */
  readonly responses: number;
  readonly needed: number;
}

/** Costs of requests on one side, in US dollars. */
export interface CostSample {
  /** Of all priced responses. */
  readonly mean: number;
  readonly responses: number;
  /** Of single responses, all or some of them. */
  readonly costs: readonly number[];
}

/** The quantile of a normal distribution below which nine of ten values lie: between it and its mirror lie 80 %. */
const NINE_OF_TEN = 1.2816;

/**
 * Whether the cost per request rose by more than a limit, and by more than chance.
 *
 * A rise fails where it is past the limit and the whole range at 80 % of it is a rise. Sides with few responses are not
 * judged.
 *
 * @param limit Relative, such as 0.1.
 */
export function costRegression(before: CostSample, after: CostSample, limit: number): Regression {
  const ratio = after.mean / before.mean;
  const spread = Math.hypot(relativeError(before), relativeError(after));
  const low = ratio * Math.exp(-NINE_OF_TEN * spread) - 1;
  const worseBy = ratio - 1;
  const responses = Math.min(before.responses, after.responses);
  return {
    before: before.mean,
    after: after.mean,
    worseBy,
    limit,
    verdict: verdictOf(responses, worseBy > limit, low > 0),
    low: responses < GATE_RESPONSES_MIN ? null : low,
    responses,
    needed: GATE_RESPONSES_MIN,
  };
}

/** What share of the prompts' tokens was read from the cache on one side. */
export interface HitRate {
  readonly rate: number;
  readonly responses: number;
}

/**
 * Whether the cache hit rate fell by more than a limit. Sides with few responses are not judged.
 *
 * @param limit In shares of the prompts' tokens, such as 0.05.
 */
export function hitRateRegression(before: HitRate, after: HitRate, limit: number): Regression {
  const responses = Math.min(before.responses, after.responses);
  const worseBy = before.rate - after.rate;
  return {
    before: before.rate,
    after: after.rate,
    worseBy,
    limit,
    verdict: verdictOf(responses, worseBy > limit, true),
    low: null,
    responses,
    needed: GATE_RESPONSES_MIN,
  };
}

function verdictOf(responses: number, isPast: boolean, isMoreThanChance: boolean): Regression["verdict"] {
  if (responses < GATE_RESPONSES_MIN) return "too-few";
  if (!isPast) return "passed";
  return isMoreThanChance ? "failed" : "noise";
}

/** The standard error of a mean, in parts of it. */
function relativeError({ costs, mean, responses }: CostSample): number {
  if (costs.length < 2 || mean === 0) return 0;
  const own = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const variance = costs.reduce((sum, cost) => sum + (cost - own) ** 2, 0) / (costs.length - 1);
  return Math.sqrt(variance / responses) / mean;
}
