import type { Instant } from "@farthing/ledger";
import { withoutPrevious } from "./prefix-evidence.ts";
import type { PrefixEvidence, Trace, TraceRequest } from "./trace.ts";

/** Two traces made of one: both know prefixes by the same numbers, so that a plan of one can rewrite the other. */
export interface SplitTrace {
  readonly before: Trace;
  readonly after: Trace;
}

/** Splits a trace into the requests that started before an instant, and those from it on. */
export function splitTrace(trace: Trace, at: Instant): SplitTrace {
  const found = trace.requests.findIndex(({ startedAt }) => startedAt >= at);
  const count = found === -1 ? trace.requests.length : found;
  return {
    before: partOf(trace, trace.requests.slice(0, count)),
    after: partOf(
      trace,
      trace.requests.slice(count).map((request) => ({ ...request, prefix: movedUp(request, count) })),
    ),
  };
}

function partOf({ prefixes }: Trace, requests: readonly TraceRequest[]): Trace {
  const workloads = new Map<string, number[]>();
  for (const [place, { workload }] of requests.entries()) {
    const members = workloads.get(workload);
    if (members === undefined) workloads.set(workload, [place]);
    else members.push(place);
  }
  return { requests, workloads, prefixes };
}

function movedUp({ prefix, own }: TraceRequest, by: number): PrefixEvidence {
  const { previous } = prefix;
  if (previous === null) return prefix;
  return previous < by ? withoutPrevious(prefix, own) : { ...prefix, previous: previous - by };
}
