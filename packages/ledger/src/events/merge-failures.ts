import type { RequestFailed } from "./event.ts";
import { joinFields, largest, union } from "./joins.ts";
import { joinLabels, mergeTiming } from "./merge-responses.ts";

/** One failed attempt from two sightings of it: no side is better, and what either tells is kept. */
export function mergeFailures(a: RequestFailed, b: RequestFailed): RequestFailed {
  return {
    ...joinFields(a, b),
    sources: union(a.sources, b.sources),
    ids: joinFields(a.ids, b.ids),
    attempt: largest(a.attempt, b.attempt),
    timing: mergeTiming(a, b),
    context: joinFields(a.context, b.context),
    labels: joinLabels(a.labels, b.labels),
  };
}
