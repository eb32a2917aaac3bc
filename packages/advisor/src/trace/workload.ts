import { workloadOf } from "@farthing/ledger";
import { callSiteWorkloads } from "./call-site-workloads.ts";
import { firstOfEach, type Continued } from "./conversations.ts";
import { PromptStructures } from "./prompt-structure.ts";
import type { RecordedCall } from "./recorded-call.ts";
import { structureWorkloads } from "./structure-workloads.ts";
import { UNNAMED_WORKLOAD } from "./trace.ts";

/**
 * By place, the workload of each call: what advice is given for.
 *
 * The label `workload` where there is one, else the service and, where it has several, the call site; else the project of
 * Claude Code; else the structure of what is sent, where enough calls have it. It refines `workloadOf`, so that no
 * conversation is cut apart, and depends on nothing but the calls.
 *
 * @param calls In order of their start.
 * @param continued By place, which call each one continues.
 */
export function workloadNames(calls: readonly RecordedCall[], continued: Continued): readonly string[] {
  const firstOf = firstOfEach(continued);
  const structures = new PromptStructures();
  const names = calls.map((call) => workloadOf(call) ?? UNNAMED_WORKLOAD);
  const { services, unnamed } = withoutLabel(calls);
  for (const [service, members] of services) {
    const found = callSiteWorkloads({ service, members, calls, firstOf }, structures);
    for (const [place, index] of members.entries()) names[index] = found[place] ?? service;
  }
  const found = structureWorkloads({ members: unnamed, calls, firstOf }, structures);
  for (const [place, index] of unnamed.entries()) names[index] = found[place] ?? UNNAMED_WORKLOAD;
  return names;
}

interface WithoutLabel {
  /** Places of the calls of each service. */
  readonly services: ReadonlyMap<string, readonly number[]>;
  /** Places of calls of which nobody has said what they are for. */
  readonly unnamed: readonly number[];
}

function withoutLabel(calls: readonly RecordedCall[]): WithoutLabel {
  const services = new Map<string, number[]>();
  const unnamed: number[] = [];
  for (const [index, call] of calls.entries()) {
    const { service } = call.context;
    if (workloadOf(call) === null) unnamed.push(index);
    else if (service !== null && !Object.hasOwn(call.labels, "workload")) {
      const members = services.get(service);
      if (members === undefined) services.set(service, [index]);
      else members.push(index);
    }
  }
  return { services, unnamed };
}
