import {
  compare,
  displayUsd,
  subtract,
  sum,
  ZERO,
  type BillingBasis,
  type Calendar,
  type Instant,
  type Money,
  type PriceBook,
} from "@farthing/ledger";
import { replayGap, reproducesBill, type ReplayGap } from "../replay/baseline.ts";
import { STRATEGIES } from "../strategies/registry.ts";
import { isPlan, type Abstention, type Plan } from "../strategies/strategy.ts";
import { materiality, REPLAY_GAP_LIMIT, RESPONSES_MIN } from "../thresholds.ts";
import type { Trace } from "../trace/trace.ts";
import { adviceId } from "./advice-id.ts";
import { WorkloadReplays } from "../replay/workload-replays.ts";
import { addEvidence, compose, daysWithUse, type Composition, type DaysWithUse } from "./composition.ts";
import { savingRange, type SavingEvidence, type SavingRange } from "./saving-range.ts";
import { selectPlans } from "./select-plans.ts";

/** One change worth making. */
export interface Recommendation {
  readonly id: string;
  readonly plan: Plan;
  /** What it would have saved on its own. Never add these up: they overlap. */
  readonly alone: SavingRange;
  /** Its part of the joint saving; the expected parts sum to it exactly. */
  readonly share: SavingRange;
  readonly breakEven: string | null;
}

export interface Advice {
  /** Answers unchanged first, then by share. */
  readonly recommendations: readonly Recommendation[];
  readonly joint: {
    readonly answersUnchanged: SavingRange;
    /** What is added by the changes that need a quality test. */
    readonly needsQualityTest: SavingRange;
    readonly all: SavingRange;
  };
  readonly abstained: readonly Abstention[];
  readonly gaps: readonly ReplayGap[];
}

export interface AdviceContext {
  readonly book: PriceBook;
  readonly calendar: Calendar;
  readonly now: Instant;
  readonly billing: BillingBasis;
  /** What the whole report comes to; decides what is too small to mention. */
  readonly total: Money;
  /** Keeps only these recommendations, replayed together anew; null keeps all. */
  readonly only: readonly string[] | null;
}

/** Proposes, replays and composes changes, workload by workload. */
export function advise(trace: Trace, context: AdviceContext): Advice {
  const days = daysWithUse(trace, context.calendar);
  const parts = [...trace.workloads].map(([workload, members]) =>
    adviseWorkload(workload, new WorkloadReplays(trace, members, context.book), days, context),
  );
  const all = addEvidence(
    parts.map((part) => part.composition.joint),
    days,
  );
  const unchanged = addEvidence(
    parts.flatMap(({ composition }) => composition.shares.filter((_, i) => composition.plans[i]?.answersUnchanged)),
    days,
  );
  const tested = addEvidence(
    parts.flatMap(({ composition }) =>
      composition.shares.filter((_, i) => composition.plans[i]?.answersUnchanged === false),
    ),
    days,
  );
  return {
    recommendations: parts
      .flatMap((part) => part.recommendations)
      .sort(
        (a, b) =>
          Number(b.plan.answersUnchanged) - Number(a.plan.answersUnchanged) ||
          compare(b.share.expected, a.share.expected) ||
          (a.id < b.id ? -1 : 1),
      ),
    joint: {
      answersUnchanged: savingRange(unchanged),
      needsQualityTest: savingRange(tested),
      all: savingRange(all),
    },
    abstained: parts.flatMap((part) => part.abstained).sort((a, b) => weight(a) - weight(b)),
    gaps: parts.map((part) => part.gap),
  };
}

interface WorkloadAdvice {
  readonly recommendations: readonly Recommendation[];
  readonly composition: Composition;
  readonly abstained: readonly Abstention[];
  readonly gap: ReplayGap;
}

function adviseWorkload(
  workload: string,
  replays: WorkloadReplays,
  days: DaysWithUse,
  context: AdviceContext,
): WorkloadAdvice {
  const { trace, members } = replays;
  const { book, now } = context;
  const gap = replayGap(trace, workload, members, book);
  if (members.length < RESPONSES_MIN) {
    return {
      recommendations: [],
      composition: compose(replays, [], days),
      abstained: [tooFew(workload, members.length)],
      gap,
    };
  }
  const paysPerToken = context.billing === "unknown" ? null : context.billing !== "subscription";
  const proposals = STRATEGIES.flatMap((strategy) =>
    strategy.prepare({ trace, workload, members, book, now, paysPerToken }),
  );
  const abstained: Abstention[] = proposals.filter((proposal): proposal is Abstention => !isPlan(proposal));
  const wanted = proposals.filter(isPlan).filter((plan) => isWanted(plan, context.only));
  const plans = wanted.filter((plan) => !plan.needsReplay || reproducesBill(gap));

  const alone = new Map(plans.map((plan) => [plan, compose(replays, [plan], days).joint]));
  const chosen = selectPlans(replays, plans);
  const settled = new Set(chosen.map((plan) => plan.conflictGroup).filter((group) => group !== null));
  const isSettled = (plan: Plan): boolean => plan.conflictGroup !== null && settled.has(plan.conflictGroup);
  for (const plan of wanted) {
    if (!plans.includes(plan) && !isSettled(plan)) abstained.push(gapTooWide(plan, gap));
  }
  const composition = material(replays, chosen, days, context, abstained);
  for (const plan of plans) {
    const saving = alone.get(plan)?.expected ?? ZERO;
    if (saving < 0n && !isSettled(plan)) abstained.push(wouldCostMore(plan, saving));
  }
  return {
    recommendations: composition.plans.map((plan, index) =>
      recommend(plan, alone.get(plan), composition.shares[index]),
    ),
    composition,
    abstained,
    gap,
  };
}

/** Drops plans whose share is not worth a line, one at a time, and replays the rest. */
function material(
  replays: WorkloadReplays,
  chosen: readonly Plan[],
  days: DaysWithUse,
  context: AdviceContext,
  abstained: Abstention[],
): Composition {
  const threshold = materiality(context.total);
  let plans = chosen;
  for (;;) {
    const composition = compose(replays, plans, days);
    const [smallest] = plans
      .map((plan, index) => ({ plan, share: composition.shares[index]?.expected ?? ZERO }))
      .sort((a, b) => compare(a.share, b.share));
    if (smallest === undefined || smallest.share >= threshold) return composition;
    plans = plans.filter((plan) => plan !== smallest.plan);
    if (smallest.share > 0n) abstained.push(tooSmall(smallest.plan, smallest.share, threshold));
  }
}

function recommend(plan: Plan, alone: SavingEvidence | undefined, share: SavingEvidence | undefined): Recommendation {
  const own = share ?? { pessimistic: ZERO, expected: ZERO, optimistic: ZERO, byDay: [] };
  return {
    id: adviceId(plan.strategy, plan.workload, plan.subject),
    plan,
    alone: savingRange(alone ?? own),
    share: savingRange(own),
    breakEven: plan.breakEven({ saving: own.expected }),
  };
}

/** What is merely too small, or dearer, comes after what could still become advice. */
function weight(abstention: Abstention): number {
  return abstention.reason === "too-small" ? 2 : abstention.reason === "would-cost-more" ? 1 : 0;
}

/** What all recommendations would claim one by one; printed only to say that it must not be added up. */
export function claimedOneByOne(recommendations: readonly Recommendation[]): Money {
  return sum(recommendations.map((recommendation) => recommendation.alone.expected));
}

function isWanted(plan: Plan, only: readonly string[] | null): boolean {
  return only === null || only.includes(adviceId(plan.strategy, plan.workload, plan.subject));
}

function tooFew(workload: string, count: number): Abstention {
  return {
    strategy: "all",
    workload,
    reason: "too-few-responses",
    observed: `${String(count)} responses`,
    needed: `${String(RESPONSES_MIN)} responses`,
    answerBy: null,
  };
}

function gapTooWide(plan: Plan, gap: ReplayGap): Abstention {
  const base = { strategy: plan.strategy, workload: plan.workload, answerBy: null };
  if (gap.gap === null) {
    return {
      ...base,
      reason: "no-conversations",
      observed: "which response continues which is not recorded",
      needed: "sessions, or fingerprints of the prompts",
    };
  }
  return {
    ...base,
    reason: "replay-gap",
    observed: `replay comes to ${(100 * gap.gap).toFixed(1)} % ${gap.gap > 0 ? "over" : "under"} the bill`,
    needed: `at most ${String(100 * REPLAY_GAP_LIMIT)} %`,
  };
}

function tooSmall(plan: Plan, share: Money, threshold: Money): Abstention {
  return {
    strategy: plan.strategy,
    workload: plan.workload,
    reason: "too-small",
    observed: `${plan.title}: ${displayUsd(share)}`,
    needed: displayUsd(threshold),
    answerBy: null,
  };
}

function wouldCostMore(plan: Plan, saving: Money): Abstention {
  return {
    strategy: plan.strategy,
    workload: plan.workload,
    reason: "would-cost-more",
    observed: `${plan.title}: ${displayUsd(subtract(ZERO, saving))} more`,
    needed: null,
    answerBy: null,
  };
}
