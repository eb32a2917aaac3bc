import type { Trace } from "../trace/trace.ts";
import type { Advice, AdviceContext } from "./advice.ts";
import { adviceBasis } from "./advice-basis.ts";
import { adviseGroup, groupTrace, type GroupAdvice } from "./advise-group.ts";
import { composeGroups, type WholeTrace } from "./compose-groups.ts";
import { groupsOfShare, type Share } from "./share-groups.ts";

/**
 * What is advised of some groups of a trace, wherever it was found: plain data that a thread can be sent, and that
 * `partialAdviceToText` writes for another machine.
 */
export interface PartialAdvice extends WholeTrace {
  /** Of what it is a part; see `adviceBasis`. */
  readonly basis: string;
  /** How many groups the whole trace has. */
  readonly groups: number;
  readonly advised: readonly GroupAdvice[];
}

/** The parts of the advice on a trace. */
export interface AdviceParts {
  /** Of what they are parts. */
  readonly basis: string;
  /** Whether there is nothing to advise on in a share, because there are fewer groups than shares. */
  isEmpty(share: Share): boolean;
  /** Replays the groups of a share. */
  advise(share: Share): PartialAdvice;
}

/**
 * Divides the advice on a trace into shares that can be found apart.
 *
 * Everybody who finds one needs the whole trace: conversations, names of workloads, lengths of prompts, days and what is
 * too small to mention are of all requests together. What is divided is what takes longest, the replays.
 *
 * @param readFrom What the requests were read from, and by which program; see `adviceBasis`.
 */
export function divideAdvice(trace: Trace, context: AdviceContext, readFrom: string): AdviceParts {
  const grouped = groupTrace(trace, context);
  const basis = adviceBasis(trace, context, readFrom);
  const sizes = grouped.groups.map((workloads) =>
    workloads.reduce((size, workload) => size + (trace.workloads.get(workload)?.length ?? 0), 0),
  );
  return {
    basis,
    isEmpty: (share) => groupsOfShare(sizes, share).length === 0,
    advise: (share) => ({
      basis,
      days: grouped.days.days,
      workloads: [...trace.workloads.keys()],
      groups: grouped.groups.length,
      advised: groupsOfShare(sizes, share).map((group) => adviseGroup(grouped, group, context)),
    }),
  };
}

/**
 * The advice that all parts together are: what `advise` finds, whoever found which part and in whatever order they come.
 *
 * @throws RangeError where they are of different questions, or do not hold each group once.
 */
export function mergeAdvice(parts: readonly PartialAdvice[]): Advice {
  const [first] = parts;
  if (first === undefined) throw new RangeError("there is no part of the advice");
  if (parts.some(({ basis }) => basis !== first.basis)) {
    throw new RangeError(
      "the parts are of different questions, releases or requests: make all with the same command, of the same position of the ledger",
    );
  }
  const advised = parts.flatMap((part) => part.advised);
  const held = new Set(advised.map(({ group }) => group));
  if (held.size < advised.length) throw new RangeError("a group of workloads is in two parts: give each part once");
  const missing = Array.from({ length: first.groups }, (_, group) => group).filter((group) => !held.has(group));
  if (missing.length > 0 || held.size > first.groups) {
    throw new RangeError(
      `the parts hold ${String(held.size)} of ${String(first.groups)} groups of workloads: give the parts of all shares`,
    );
  }
  return composeGroups(first, advised);
}
