import { compare, ZERO } from "@farthing/ledger";
import { isAboutWork } from "../strategies/criteria.ts";
import { isCacheStructure } from "../strategies/cache-levers.ts";
import { leavesAnswersUnchanged, type Abstention, type Plan } from "../strategies/strategy.ts";
import type { Trace } from "../trace/trace.ts";
import type { Advice, AdviceContext } from "./advice.ts";
import { adviseTogether, type JointAdvice } from "./advise-together.ts";
import { sharedApart } from "./abstentions.ts";
import { proposeChanges, type Proposals } from "./propose-changes.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import { replayGroups } from "./replay-groups.ts";
import { replaySubject } from "../replay/replay-subject.ts";
import { SharedPrefixes } from "../replay/shared-prefixes.ts";
import { addEvidence, daysWithUse, type DaysWithUse } from "./composition.ts";
import { savingRange, type SavingEvidence } from "./saving-range.ts";

/** Proposes, replays and composes changes, workload by workload. */
export function advise(trace: Trace, context: AdviceContext): Advice {
  const days = daysWithUse(trace, context.calendar);
  const shared = new SharedPrefixes(trace);
  // Group by group, so that no more is kept of a group than what is said of it.
  const groups = shared.groups().map((workloads) => adviseGroup(trace, workloads, shared, days, context));
  const parts = groups.flatMap(({ advice }) => advice);
  const gaps = new Map(groups.flatMap((group) => group.gaps.map((gap) => [gap.workload, gap])));
  const all = addEvidence(
    parts.map((part) => part.composition.joint),
    days,
  );
  const sharesWhere = (unchanged: boolean): SavingEvidence =>
    addEvidence(
      parts.flatMap(({ composition: { plans, shares } }) =>
        plans.flatMap((plan, i) => (leavesAnswersUnchanged(plan) === unchanged ? (shares[i] ?? []) : [])),
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
      answersUnchanged: savingRange(sharesWhere(true)),
      needsQualityTest: savingRange(sharesWhere(false)),
      all: savingRange(all),
    },
    byDay: days.days.map((day, number) => ({ day, saving: all.byDay[number] ?? ZERO })),
    abstained: groups.flatMap(({ abstained }) => abstained).sort((a, b) => weight(a) - weight(b)),
    gaps: [...trace.workloads.keys()].flatMap((workload) => gaps.get(workload) ?? []),
  };
}

interface GroupAdvice {
  readonly advice: readonly JointAdvice[];
  readonly abstained: readonly Abstention[];
  readonly gaps: readonly ReplayGap[];
}

/**
 * Advice on workloads that share prefixes: together on those that are known block by block, on each of the others by
 * itself, and on none that is not paid for per token.
 */
function adviseGroup(
  trace: Trace,
  workloads: readonly string[],
  shared: SharedPrefixes,
  days: DaysWithUse,
  context: AdviceContext,
): GroupAdvice {
  const proposals = workloads.map((workload) =>
    proposeChanges(workload, replaySubject(trace, workload, shared, context.book), context),
  );
  const unpaid = proposals.filter(({ isPaidPerToken }) => !isPaidPerToken);
  const paid = replayGroups(proposals.filter(({ isPaidPerToken }) => isPaidPerToken));
  // What a change to a shared cache would cost those that are replayed apart is not known.
  const apart = paid.byBlocks.length === 0 ? [] : paid.recorded.map(({ workload }) => workload);
  const replayed = paid.groups.map((together) => together.map((each) => withoutSharedCache(each, apart)));
  const advice = replayed.map((together) => adviseTogether(together, shared, days, context));
  return {
    advice,
    abstained: [...unpaid, ...replayed.flat(), ...advice].flatMap((part) => part.abstained),
    gaps: proposals.map(({ gap }) => gap),
  };
}

/** Without what changes a cache that is shared with workloads which are replayed apart. */
function withoutSharedCache(proposals: Proposals, apart: readonly string[]): Proposals {
  const others = apart.filter((workload) => workload !== proposals.workload);
  if (others.length === 0) return proposals;
  const isShared = (plan: Plan): boolean => plan.needsReplay || isCacheStructure(plan);
  return {
    ...proposals,
    plans: proposals.plans.filter((plan) => !isShared(plan)),
    abstained: [...proposals.abstained, ...proposals.plans.filter(isShared).map((plan) => sharedApart(plan, others))],
  };
}

/** What is merely too small, saved already, or dearer, comes after what could still become advice; what the work is not like, last. */
function weight({ reason }: Abstention): number {
  if (isAboutWork(reason)) return 3;
  if (reason === "too-small" || reason === "overlaps") return 2;
  return reason === "would-cost-more" ? 1 : 0;
}
