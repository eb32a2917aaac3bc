import { billingBasisOf, type BillingBasis, type LedgerSettings } from "@farthing/ledger";
import { reproducesBill, type ReplayGap } from "../replay/baseline.ts";
import type { ReplaySubject } from "../replay/replay-subject.ts";
import type { Replayable } from "../replay/replay.ts";
import { isCacheStructure } from "../strategies/cache-levers.ts";
import { STRATEGIES } from "../strategies/registry.ts";
import { EFFORTS, isPlan, RISKS, type Abstention, type Plan, type PlanLimits } from "../strategies/strategy.ts";
import { RESPONSES_MIN } from "../thresholds.ts";
import type { Trace } from "../trace/trace.ts";
import { flatPlan, replayUnproved, severalKeys, tooFew } from "./abstentions.ts";
import { adviceId } from "./advice-id.ts";
import type { AdviceContext } from "./advice.ts";

export const NO_LIMITS: PlanLimits = { risk: "other-answers", effort: "rework" };

/** What could be changed in a workload. */
export interface Proposals {
  readonly workload: string;
  readonly subject: Replayable;
  readonly gap: ReplayGap;
  /** False where no change lowers the bill: what it costs is then no part of any saving. */
  readonly isPaidPerToken: boolean;
  readonly plans: readonly Plan[];
  readonly abstained: readonly Abstention[];
}

/** Asks every strategy about a workload, and keeps the plans whose savings the replay can prove. */
export function proposeChanges(workload: string, found: ReplaySubject, context: AdviceContext): Proposals {
  const { subject, gap } = found;
  const { trace, members, knowledge } = subject;
  const basis = basisOf(trace, members, context.billing);
  const base = { workload, subject, gap, isPaidPerToken: basis !== "subscription" };
  if (basis === "subscription") return { ...base, plans: [], abstained: [flatPlan(workload)] };
  if (members.length < RESPONSES_MIN) return { ...base, plans: [], abstained: [tooFew(workload, subject)] };

  const { book, now, only, outcomes = [], trials = [], limits = NO_LIMITS, strategies = STRATEGIES } = context;
  const paysPerToken = basis === "unknown" ? null : true;
  const situation = { trace, workload, members, knowledge, book, now, paysPerToken, outcomes, trials };
  const proposals = strategies.flatMap((strategy) => strategy.prepare(situation));
  const wanted = proposals.filter(isPlan).filter((plan) => isWanted(plan, only) && isWithin(plan, limits));
  return {
    ...base,
    plans: wanted.filter((plan) => unproved(plan, found) === null),
    abstained: [
      ...proposals.filter((proposal): proposal is Abstention => !isPlan(proposal)),
      ...wanted.flatMap((plan) => unproved(plan, found) ?? []),
    ],
  };
}

/** Why a replay cannot prove what a plan would save; null where it can. */
export function unproved(plan: Plan, { subject: { knowledge }, gap, keys }: ReplaySubject): Abstention | null {
  const spread = keys > 1 && knowledge === "recorded";
  if (spread) return plan.needsReplay || isCacheStructure(plan) ? severalKeys(plan, keys) : null;
  // Where nothing was cached there is nothing to predict: the rules then come to the bill by themselves.
  const proved = reproducesBill(gap) || (gap.gap === null && knowledge === "blocks");
  return proved || !plan.needsReplay ? null : replayUnproved(plan, gap);
}

/** How some requests are paid for. */
export function basisOf(
  { requests }: Trace,
  members: readonly number[],
  billing: LedgerSettings["billing"],
): BillingBasis {
  return billingBasisOf(billing, [...new Set(members.flatMap((index) => requests[index]?.sources ?? []))]);
}

function isWanted(plan: Plan, only: readonly string[] | null): boolean {
  return only === null || only.includes(adviceId(plan.strategy, plan.workload, plan.subject));
}

function isWithin({ risk, effort }: Plan, limits: PlanLimits): boolean {
  return RISKS.indexOf(risk) <= RISKS.indexOf(limits.risk) && EFFORTS.indexOf(effort) <= EFFORTS.indexOf(limits.effort);
}
