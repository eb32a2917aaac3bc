import { billingBasisOf, compare, subtract, ZERO } from "@farthing/ledger";
import { reproducesBill, type ReplayGap } from "../replay/baseline.ts";
import type { ReplaySubject } from "../replay/replay-subject.ts";
import type { WorkloadReplays } from "../replay/workload-replays.ts";
import { isCacheStructure } from "../strategies/cache-levers.ts";
import { STRATEGIES } from "../strategies/registry.ts";
import { factsOf, isPlan, type Abstention, type Plan } from "../strategies/strategy.ts";
import { materiality, RESPONSES_MIN } from "../thresholds.ts";
import type { MovedAnswers } from "../trace/counterfactual-request.ts";
import { flatPlan, mayCostMore, replayUnproved, severalKeys, tooFew, tooSmall, wouldCostMore } from "./abstentions.ts";
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
  const proposals = STRATEGIES.flatMap((strategy) =>
    strategy.prepare({ trace, workload, members, knowledge, book, now, paysPerToken }),
  );
  const abstained: Abstention[] = proposals.filter((proposal): proposal is Abstention => !isPlan(proposal));
  const wanted = proposals.filter(isPlan).filter((plan) => isWanted(plan, context.only));
  const spread = keys > 1 && knowledge === "recorded";
  // Where nothing was cached there is nothing to predict: the rules then come to the bill by themselves.
  const proved = !spread && (reproducesBill(gap) || (gap.gap === null && knowledge === "blocks"));
  const plans = wanted.filter((plan) => (spread && isCacheStructure(plan) ? false : !plan.needsReplay || proved));
  const chosen = safeSelection(replays, plans, days, abstained);
  const composition = withoutSmall(replays, chosen, days, context, abstained);

  const alone = new Map(plans.map((plan) => [plan, compose(replays, [plan], days).joint]));
  const settled = new Set(chosen.map((plan) => plan.conflictGroup));
  for (const plan of wanted) {
    if (plan.conflictGroup !== null && settled.has(plan.conflictGroup)) continue;
    const saving = alone.get(plan)?.expected ?? null;
    if (saving === null) abstained.push(spread ? severalKeys(plan, keys) : replayUnproved(plan, gap));
    else if (saving < 0n) abstained.push(wouldCostMore(plan, saving));
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

/** The best set of which no part could lose money within its range. */
function safeSelection(
  replays: WorkloadReplays,
  plans: readonly Plan[],
  days: DaysWithUse,
  abstained: Abstention[],
): readonly Plan[] {
  for (let allowed = plans; ;) {
    const chosen = selectPlans(replays, allowed);
    const { shares } = compose(replays, chosen, days);
    const ranges = shares.map(savingRange);
    const place = ranges.findIndex(({ low }) => low <= 0n);
    const risky = chosen[place];
    const range = ranges[place];
    if (risky === undefined || range === undefined) return chosen;
    abstained.push(mayCostMore(risky, range));
    allowed = allowed.filter((plan) => plan !== risky);
  }
}

/** Drops plans whose share is not worth a line, one at a time, and replays the rest. */
function withoutSmall(
  replays: WorkloadReplays,
  chosen: readonly Plan[],
  days: DaysWithUse,
  context: AdviceContext,
  abstained: Abstention[],
): Composition {
  const threshold = materiality(context.total);
  for (let plans = chosen; ;) {
    const composition = compose(replays, plans, days);
    const [smallest] = plans
      .map((plan, index) => ({ plan, share: composition.shares[index]?.expected ?? ZERO }))
      .sort((a, b) => compare(a.share, b.share));
    if (smallest === undefined || smallest.share >= threshold) return composition;
    plans = plans.filter((plan) => plan !== smallest.plan);
    if (smallest.share > 0n) abstained.push(tooSmall(smallest.plan, smallest.share, threshold));
  }
}

function recommend(
  plan: Plan,
  place: number,
  { plans, shares }: Composition,
  alone: SavingEvidence | undefined,
  replays: WorkloadReplays,
): Recommendation {
  const share = shares[place] ?? { pessimistic: ZERO, expected: ZERO, optimistic: ZERO, byDay: [] };
  const movedBy = (count: number): MovedAnswers => replays.of(plans.slice(0, count), "expected").moved;
  const moved = withoutEarlier(movedBy(place + 1), movedBy(place));
  return {
    id: adviceId(plan.strategy, plan.workload, plan.subject),
    plan: factsOf(plan),
    alone: savingRange(alone ?? share),
    share: savingRange(share),
    breakEven: plan.breakEven({ saving: share.expected, moved }),
  };
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
