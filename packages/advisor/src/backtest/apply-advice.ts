import { adviceId } from "../portfolio/advice-id.ts";
import type { Recommendation } from "../portfolio/advice.ts";
import { STRATEGIES } from "../strategies/registry.ts";
import { isPlan, type Abstention, type Plan, type PlanFacts, type Situation } from "../strategies/strategy.ts";
import type { Applied } from "./backtest.ts";

/** A recommendation, and what rewrites the later requests as it says. */
export interface AppliedRecommendation {
  readonly recommendation: Recommendation;
  readonly applied: Applied;
  /** Null where it would not be proposed on them. */
  readonly plan: Plan | null;
  /** Why it would not be; null where it is, or the strategy says nothing. */
  readonly abstention: Abstention | null;
}

/**
 * Finds for each recommendation on a workload the plan to replay its later requests with, in the order in which plans
 * are composed.
 *
 * A plan that holds for any request is taken as it was advised. One that names single requests is prepared again, and
 * found by its id.
 *
 * @param before The requests the advice is on, in a trace whose prefixes have the numbers of those of `after`.
 */
export function applyAdvice(
  recommendations: readonly Recommendation[],
  before: Situation,
  after: Situation,
): readonly AppliedRecommendation[] {
  return STRATEGIES.flatMap((strategy) => {
    const own = recommendations.filter(({ plan }) => plan.strategy === strategy.name);
    if (own.length === 0) return [];
    const advised = strategy.prepare(before).filter(isPlan);
    const again = strategy.prepare(after);
    return own
      .map((recommendation) => ({ recommendation, plan: samePlan(recommendation.plan, advised, null) }))
      .sort((a, b) => placeOf(a.plan, advised) - placeOf(b.plan, advised))
      .map(({ recommendation, plan }) => applied(recommendation, plan, again));
  });
}

function placeOf(plan: Plan | null, plans: readonly Plan[]): number {
  return plan === null ? plans.length : plans.indexOf(plan);
}

function applied(
  recommendation: Recommendation,
  advised: Plan | null,
  again: readonly (Plan | Abstention)[],
): AppliedRecommendation {
  if (advised?.forAnyRequest === true) {
    return { recommendation, applied: "as-advised", plan: advised, abstention: null };
  }
  const plan = samePlan(recommendation.plan, again.filter(isPlan), advised);
  if (plan !== null) return { recommendation, applied: "prepared-again", plan, abstention: null };
  const abstention = again.find((proposal): proposal is Abstention => !isPlan(proposal)) ?? null;
  return { recommendation, applied: "not-proposed", plan, abstention };
}

/**
 * The plan that is some change. Several ways of making one change share an id: then its title decides, without the
 * counts in it.
 *
 * @param like Excludes what this plan does not; null where nothing is known of that.
 */
function samePlan(facts: PlanFacts, plans: readonly Plan[], like: Plan | null): Plan | null {
  const id = adviceId(facts.strategy, facts.workload, facts.subject);
  const candidates = plans.filter(
    (plan) =>
      adviceId(plan.strategy, plan.workload, plan.subject) === id &&
      (like === null || plan.conflictGroup === like.conflictGroup),
  );
  const exact = candidates.find(({ title }) => title === facts.title);
  if (exact !== undefined || candidates.length === 1) return exact ?? candidates[0] ?? null;
  return candidates.find(({ title }) => withoutCounts(title) === withoutCounts(facts.title)) ?? null;
}

function withoutCounts(title: string): string {
  return title.replace(/\d[\d.,]*/g, "#");
}
