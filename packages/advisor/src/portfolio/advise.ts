import type { Trace } from "../trace/trace.ts";
import type { Advice, AdviceContext } from "./advice.ts";
import { adviseGroup, groupTrace } from "./advise-group.ts";
import { composeGroups } from "./compose-groups.ts";

/** Proposes, replays and composes changes, workload by workload. */
export function advise(trace: Trace, context: AdviceContext): Advice {
  const grouped = groupTrace(trace, context);
  return composeGroups(
    { days: grouped.days.days, workloads: [...trace.workloads.keys()] },
    // Group by group, so that no more is kept of a group than what is said of it.
    grouped.groups.map((_, group) => adviseGroup(grouped, group, context)),
  );
}
