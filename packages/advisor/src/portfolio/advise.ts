import { compare, ZERO } from "@farthing/ledger";
import { isAboutWork } from "../strategies/criteria.ts";
import type { Abstention } from "../strategies/strategy.ts";
import type { Trace } from "../trace/trace.ts";
import type { Advice, AdviceContext } from "./advice.ts";
import { adviseWorkload } from "./advise-workload.ts";
import { replaySubject } from "../replay/replay-subject.ts";
import { SharedPrefixes } from "../replay/shared-prefixes.ts";
import { WorkloadReplays } from "../replay/workload-replays.ts";
import { addEvidence, daysWithUse } from "./composition.ts";
import { savingRange } from "./saving-range.ts";

/** Proposes, replays and composes changes, workload by workload. */
export function advise(trace: Trace, context: AdviceContext): Advice {
  const days = daysWithUse(trace, context.calendar);
  const shared = new SharedPrefixes(trace);
  const parts = [...trace.workloads.keys()].map((workload) => {
    const found = replaySubject(trace, workload, shared, context.book);
    return adviseWorkload(workload, found, new WorkloadReplays(found.subject, context.book), days, context);
  });
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
    abstained: parts.flatMap((part) => part.abstained).sort((a, b) => weight(a) - weight(b)),
    gaps: parts.map((part) => part.gap),
  };
}

/** What is merely too small, saved already, or dearer, comes after what could still become advice; what the work is not like, last. */
function weight({ reason }: Abstention): number {
  if (isAboutWork(reason)) return 3;
  if (reason === "too-small" || reason === "overlaps") return 2;
  return reason === "would-cost-more" ? 1 : 0;
}
