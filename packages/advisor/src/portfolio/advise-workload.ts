import { billingBasisOf, money, subtract, ZERO, type Money } from "@farthing/ledger";
import { reproducesBill, type ReplayGap } from "../replay/baseline.ts";
import type { ReplaySubject } from "../replay/replay-subject.ts";
import type { WorkloadReplays } from "../replay/workload-replays.ts";
import { isCacheStructure } from "../strategies/cache-levers.ts";
import { STRATEGIES } from "../strategies/registry.ts";
import { factsOf, isPlan, type Abstention, type Plan } from "../strategies/strategy.ts";
import { materiality, RESPONSES_MIN } from "../thresholds.ts";
import type { MovedAnswers } from "../trace/counterfactual-request.ts";
import {
  flatPlan,
  mayCostMore,
  overlaps,
  replayUnproved,
  severalKeys,
  tooFew,
  tooSmall,
  wouldCostMore,
} from "./abstentions.ts";
import { adviceId } from "./advice-id.ts";
import type { AdviceContext, Recommendation } from "./advice.ts";
import { compose, type Composition, type DaysWithUse } from "./composition.ts";
import { savingRange, type SavingEvidence } from "./saving-range.ts";
import { selectPlans } from "./select-plans.ts";

export interface WorkloadAdvice {
  readonly recommendations: readonly Recommendation[];
  readonly composition: Composition;
  readonly abstained: readonly Abstention[];
  readonly gap: ReplayGap;
}

/** Proposes, replays and composes changes to one workload. */
export function adviseWorkload(
  workload: string,
  { gap, keys }: ReplaySubject,
  replays: WorkloadReplays,
  days: DaysWithUse,
  context: AdviceContext,
): WorkloadAdvice {
  const { trace, members, knowledge } = replays.subject;
  const { book, now } = context;
  const silent = (abstention: Abstention): WorkloadAdvice => ({
    recommendations: [],
    composition: compose(replays, [], days),
    abstained: [abstention],
    gap,
  });
  const sources = [...new Set(members.flatMap((index) => trace.requests[index]?.sources ?? []))];
  const basis = billingBasisOf(context.billing, sources);
  if (basis === "subscription") return silent(flatPlan(workload));
  if (members.length < RESPONSES_MIN) return silent(tooFew(workload, replays));

  const paysPerToken = basis === "unknown" ? null : true;
  const proposals = (context.strategies ?? STRATEGIES).flatMap((strategy) =>
    strategy.prepare({ trace, workload, members, knowledge, book, now, paysPerToken }),
  );
  const abstained: Abstention[] = proposals.filter((proposal): proposal is Abstention => !isPlan(proposal));
  const wanted = proposals.filter(isPlan).filter((plan) => isWanted(plan, context.only));
  const spread = keys > 1 && knowledge === "recorded";
  // Where nothing was cached there is nothing to predict: the rules then come to the bill by themselves.
  const proved = !spread && (reproducesBill(gap) || (gap.gap === null && knowledge === "blocks"));
  const plans = wanted.filter((plan) => (spread && isCacheStructure(plan) ? false : !plan.needsReplay || proved));
  const threshold = materiality(context.total);
  const chosen = selectPlans(replays, plans, (set) => isWorthALine(compose(replays, set, days), threshold));
  const composition = compose(replays, chosen, days);

  const alone = new Map(plans.map((plan) => [plan, compose(replays, [plan], days).joint]));
  const settled = new Set(chosen.map((plan) => plan.conflictGroup ?? plan));
  for (const plan of wanted.filter((each) => !settled.has(each.conflictGroup ?? each))) {
    const saving = alone.get(plan);
    if (saving?.expected === ZERO) continue;
    if (saving !== undefined) abstained.push(notRecommended(plan, saving, threshold));
    else abstained.push(spread ? severalKeys(plan, keys) : replayUnproved(plan, gap));
  }
  return {
    recommendations: composition.plans.map((plan, place) =>
      recommend(plan, place, composition, alone.get(plan), replays),
    ),
    composition,
    abstained,
    gap,
  };
}

/** Whether every plan of a set saves enough to be worth a line, and could not lose money within its range. */
function isWorthALine({ shares }: Composition, threshold: Money): boolean {
  return (
    shares.every(({ expected }) => expected > ZERO && expected >= threshold) &&
    shares.every((share) => savingRange(share).low > ZERO)
  );
}

/** Why a plan that could be replayed is not recommended. */
function notRecommended(plan: Plan, alone: SavingEvidence, threshold: Money): Abstention {
  if (alone.expected < ZERO) return wouldCostMore(plan, alone.expected);
  if (alone.expected < threshold) return tooSmall(plan, alone.expected, threshold);
  const range = savingRange(alone);
  return range.low > ZERO ? overlaps(plan, alone.expected) : mayCostMore(plan, range);
}

function recommend(
  plan: Plan,
  place: number,
  { plans, shares }: Composition,
  alone: SavingEvidence | undefined,
  replays: WorkloadReplays,
): Recommendation {
  const share = shares[place] ?? { pessimistic: ZERO, expected: ZERO, optimistic: ZERO, byDay: [] };
  const earlier = replays.of(plans.slice(0, place), "expected");
  const later = replays.of(plans.slice(0, place + 1), "expected");
  return {
    id: adviceId(plan.strategy, plan.workload, plan.subject),
    plan: factsOf(plan),
    alone: savingRange(alone ?? share),
    share: savingRange(share),
    breakEven: plan.breakEven({
      saving: share.expected,
      pessimisticSaving: share.pessimistic,
      before: costOfChanged(earlier.costs, later.costs),
      moved: withoutEarlier(later.moved, earlier.moved),
    }),
  };
}

/** What requests cost before a change that makes them cost something else. */
function costOfChanged(before: BigInt64Array, after: BigInt64Array): Money {
  return money(before.reduce((sum, cost, place) => (cost === after[place] ? sum : sum + cost), 0n));
}

/** The answers that one plan moves, where those before it moved some of another model. */
function withoutEarlier(all: MovedAnswers, earlier: MovedAnswers): MovedAnswers {
  return {
    output: subtract(all.output, earlier.output),
    tokens: all.tokens - earlier.tokens,
    answers: all.answers - earlier.answers,
  };
}

function isWanted(plan: Plan, only: readonly string[] | null): boolean {
  return only === null || only.includes(adviceId(plan.strategy, plan.workload, plan.subject));
}
