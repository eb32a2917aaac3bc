import { compare, ZERO } from "@farthing/ledger";
import { isAboutWork } from "../strategies/criteria.ts";
import type { Abstention } from "../strategies/strategy.ts";
import type { Trace } from "../trace/trace.ts";
import type { Advice, AdviceContext } from "./advice.ts";
import { adviseTogether } from "./advise-together.ts";
import { proposeChanges, type Proposals } from "./propose-changes.ts";
import { replaySubject } from "../replay/replay-subject.ts";
import { SharedPrefixes } from "../replay/shared-prefixes.ts";
import { addEvidence, daysWithUse } from "./composition.ts";
import { savingRange } from "./saving-range.ts";

/** Proposes, replays and composes changes, workload by workload. */
export function advise(trace: Trace, context: AdviceContext): Advice {
  const days = daysWithUse(trace, context.calendar);
  const shared = new SharedPrefixes(trace);
  const proposals = [...trace.workloads.keys()].map((workload) =>
    proposeChanges(workload, replaySubject(trace, workload, shared, context.book), context),
  );
  const parts = replayedTogether(proposals, shared).map((group) => adviseTogether(group, shared, days, context));
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
    byDay: days.days.map((day, number) => ({ day, saving: all.byDay[number] ?? ZERO })),
    abstained: [...proposals, ...parts].flatMap((part) => part.abstained).sort((a, b) => weight(a) - weight(b)),
    gaps: proposals.map(({ gap }) => gap),
  };
}

/**
 * The workloads to advise on, those together that share prefixes: as far as these are known block by block, and paid for
 * per token. The others are replayed by themselves, or left out.
 */
function replayedTogether(proposals: readonly Proposals[], shared: SharedPrefixes): readonly (readonly Proposals[])[] {
  const paid = proposals.filter(({ isPaidPerToken }) => isPaidPerToken);
  const byBlocks = paid.filter(({ subject }) => subject.knowledge === "blocks");
  return [
    ...shared.groups().map((group) => byBlocks.filter(({ workload }) => group.includes(workload))),
    ...paid.filter(({ subject }) => subject.knowledge === "recorded").map((each) => [each]),
  ].filter((group) => group.length > 0);
}

/** What is merely too small, saved already, or dearer, comes after what could still become advice; what the work is not like, last. */
function weight({ reason }: Abstention): number {
  if (isAboutWork(reason)) return 3;
  if (reason === "too-small" || reason === "overlaps") return 2;
  return reason === "would-cost-more" ? 1 : 0;
}
