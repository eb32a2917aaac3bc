import { createHash } from "node:crypto";
import type { Trace } from "../trace/trace.ts";
import type { AdviceContext } from "./advice.ts";
import { NO_LIMITS } from "./propose-changes.ts";
import { NOTHING_SETTLED } from "./settled-advice.ts";

/**
 * A hash of all that decides advice: parts with the same one are of the same question to the same requests.
 *
 * @param readFrom Names what the requests were read from and by which program, such that equal names are of equal
 *   requests: what is hashed of each request is little, so that it takes no longer than the replays it spares.
 */
export function adviceBasis(trace: Trace, context: AdviceContext, readFrom: string): string {
  const hash = createHash("sha256").update(textOf([readFrom, questionOf(context)]));
  for (const { id, workload, startedAt, billed } of trace.requests) {
    hash.update(`${id}\n${workload}\n${String(startedAt)} ${String(billed.total)}\n`);
  }
  return hash.digest("hex");
}

function questionOf(context: AdviceContext): unknown {
  const { book, calendar, now, billing, total, only, outcomes = [], trials = [] } = context;
  const { limits = NO_LIMITS, settled = NOTHING_SETTLED, strategies } = context;
  return {
    book: book.hash,
    timeZone: calendar.timeZone,
    now,
    billing: Object.entries(billing).sort(([a], [b]) => (a < b ? -1 : 1)),
    total,
    only,
    outcomes,
    trials: trials.map(({ id }) => id),
    limits,
    applied: [...settled.applied],
    dismissed: [...settled.dismissed],
    strategies: strategies?.map(({ name }) => name),
  };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? each.toString() : each));
}
