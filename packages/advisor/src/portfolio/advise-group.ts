import type { ReplayGap } from "../replay/baseline.ts";
import { replaySubject } from "../replay/replay-subject.ts";
import { SharedPrefixes } from "../replay/shared-prefixes.ts";
import { isCacheStructure } from "../strategies/cache-levers.ts";
import { leavesAnswersUnchanged, type Abstention, type Plan } from "../strategies/strategy.ts";
import type { Trace } from "../trace/trace.ts";
import { sharedApart } from "./abstentions.ts";
import type { AdviceContext, Recommendation } from "./advice.ts";
import { adviseTogether } from "./advise-together.ts";
import { addEvidence, daysWithUse, type DaysWithUse } from "./composition.ts";
import { proposeChanges, type Proposals } from "./propose-changes.ts";
import { replayGroups } from "./replay-groups.ts";
import type { SavingEvidence } from "./saving-range.ts";

/** A trace in groups of workloads that share prefixes: what is advised of one changes nothing of another. */
export interface GroupedTrace {
  readonly trace: Trace;
  readonly shared: SharedPrefixes;
  /** Of the whole trace, in the order of their first workloads. */
  readonly groups: readonly (readonly string[])[];
  /** Of the whole trace too: a group counts the days on which others alone were used. */
  readonly days: DaysWithUse;
}

export function groupTrace(trace: Trace, { calendar }: Pick<AdviceContext, "calendar">): GroupedTrace {
  const shared = new SharedPrefixes(trace);
  return { trace, shared, groups: shared.groups(), days: daysWithUse(trace, calendar) };
}

/** What is advised of one group, as plain data: text, numbers, amounts, lists and records. */
export interface GroupAdvice {
  /** Its place among the groups of the trace. */
  readonly group: number;
  readonly recommendations: readonly Recommendation[];
  /** What the recommendations save together: by those that leave answers unchanged, by the others, and by all. */
  readonly saved: {
    readonly answersUnchanged: SavingEvidence;
    readonly needsQualityTest: SavingEvidence;
    readonly all: SavingEvidence;
  };
  readonly abstained: readonly Abstention[];
  readonly gaps: readonly ReplayGap[];
}

/**
 * Advice on workloads that share prefixes: together on those that are known block by block, on each of the others by
 * itself, and on none that is not paid for per token.
 */
export function adviseGroup(
  { trace, shared, groups, days }: GroupedTrace,
  group: number,
  context: AdviceContext,
): GroupAdvice {
  const proposals = (groups[group] ?? []).map((workload) =>
    proposeChanges(workload, replaySubject(trace, workload, shared, context.book), context),
  );
  const unpaid = proposals.filter(({ isPaidPerToken }) => !isPaidPerToken);
  const paid = replayGroups(proposals.filter(({ isPaidPerToken }) => isPaidPerToken));
  // What a change to a shared cache would cost those that are replayed apart is not known.
  const apart = paid.byBlocks.length === 0 ? [] : paid.recorded.map(({ workload }) => workload);
  const replayed = paid.groups.map((together) => together.map((each) => withoutSharedCache(each, apart)));
  const advice = replayed.map((together) => adviseTogether(together, shared, days, context));
  const shares = advice.flatMap(({ composition }) =>
    composition.plans.flatMap((plan, place) => {
      const share = composition.shares[place];
      return share === undefined ? [] : [{ unchanged: leavesAnswersUnchanged(plan), share }];
    }),
  );
  const saved = (isCounted: (unchanged: boolean) => boolean): SavingEvidence =>
    addEvidence(
      shares.flatMap(({ unchanged, share }) => (isCounted(unchanged) ? [share] : [])),
      days.count,
    );
  return {
    group,
    recommendations: advice.flatMap(({ recommendations }) => recommendations),
    saved: {
      answersUnchanged: saved((unchanged) => unchanged),
      needsQualityTest: saved((unchanged) => !unchanged),
      all: addEvidence(
        advice.map(({ composition }) => composition.joint),
        days.count,
      ),
    },
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
