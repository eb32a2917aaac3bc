import { compare, ZERO } from "@farthing/ledger";
import { isAboutWork } from "../strategies/criteria.ts";
import type { Abstention } from "../strategies/strategy.ts";
import type { Advice } from "./advice.ts";
import type { GroupAdvice } from "./advise-group.ts";
import { addEvidence } from "./composition.ts";
import { savingRange, type SavingEvidence, type SavingRange } from "./saving-range.ts";

/** What the advice of all groups of a trace is put together with. */
export interface WholeTrace {
  /** Those with use, `YYYY-MM-DD`, in order. */
  readonly days: readonly string[];
  readonly workloads: readonly string[];
}

/**
 * The advice of all groups of a trace as one. What is joint is found here, from exact sums: the ranges of what all save
 * together, which resample the days of everything, and the order in which things are said.
 */
export function composeGroups({ days, workloads }: WholeTrace, advised: readonly GroupAdvice[]): Advice {
  const groups = advised.toSorted((a, b) => a.group - b.group);
  const saved = (pick: (group: GroupAdvice["saved"]) => SavingEvidence): SavingEvidence =>
    addEvidence(
      groups.map((group) => pick(group.saved)),
      days.length,
    );
  const range = (pick: (group: GroupAdvice["saved"]) => SavingEvidence): SavingRange => savingRange(saved(pick));
  const all = saved((group) => group.all);
  const gaps = new Map(groups.flatMap((group) => group.gaps.map((gap) => [gap.workload, gap])));
  return {
    recommendations: groups
      .flatMap(({ recommendations }) => recommendations)
      .sort(
        (a, b) =>
          Number(b.plan.answersUnchanged) - Number(a.plan.answersUnchanged) ||
          compare(b.share.expected, a.share.expected) ||
          (a.id < b.id ? -1 : 1),
      ),
    joint: {
      answersUnchanged: range((group) => group.answersUnchanged),
      needsQualityTest: range((group) => group.needsQualityTest),
      all: savingRange(all),
    },
    byDay: days.map((day, number) => ({ day, saving: all.byDay[number] ?? ZERO })),
    abstained: groups.flatMap(({ abstained }) => abstained).sort((a, b) => weight(a) - weight(b)),
    gaps: workloads.flatMap((workload) => gaps.get(workload) ?? []),
  };
}

/** What is merely too small, saved already, or dearer, comes after what could still become advice; what the work is not like, last. */
function weight({ reason }: Abstention): number {
  if (isAboutWork(reason)) return 3;
  if (reason === "too-small" || reason === "overlaps") return 2;
  return reason === "would-cost-more" ? 1 : 0;
}
