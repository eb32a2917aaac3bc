import { LIFETIME_MS } from "../cache/cache-rules.ts";
import { AVOIDABLE_BREAK_MS, AVOIDED_BREAKS } from "../thresholds.ts";
import type { MissCause, Trace, TraceRequest } from "../trace/trace.ts";
import { percent } from "./cache-break-even.ts";
import { ordinal } from "./prompt-places.ts";
import type { Abstention, Plan, Strategy } from "./strategy.ts";
import { whatChanged, type PromptChange } from "./what-changed.ts";

const ONE_SECOND_MS = 1000;

/**
 * Continues a conversation before its cache expires, instead of writing the whole context again after a break.
 *
 * Only breaks of up to an hour are counted: nobody avoids a night. Nor all of the others: a share of them, evenly spread,
 * and at the low end of the range none. Re-sent context with another cause, or none
 * recorded, is shown and not advised on; where both prompts are known, with what changed between them.
 */
export const resentContext: Strategy = {
  name: "resent-context",
  prepare({ trace, members, workload }) {
    const breaks = avoidableBreaks(trace, members);
    const first = members[0] === undefined ? undefined : trace.requests[members[0]];
    const proposals: (Plan | Abstention)[] = unexplained(trace, members, workload);
    if (breaks.length === 0 || first?.fromClaudeCode !== true) return proposals;
    const shifts = {
      pessimistic: shiftsWithout(breaks, AVOIDED_BREAKS.pessimistic, trace, members),
      expected: shiftsWithout(breaks, AVOIDED_BREAKS.expected, trace, members),
      optimistic: shiftsWithout(breaks, AVOIDED_BREAKS.optimistic, trace, members),
    };
    proposals.push({
      strategy: "resent-context",
      workload,
      subject: "",
      title: `avoid ${String(breaks.length)} ${breaks.length === 1 ? "break" : "breaks"} past the cache`,
      lever: "habit",
      risk: "none",
      effort: "setting",
      change:
        "Go on before the cache expires; or start afresh with /clear after a break, if the context is not needed.",
      undo: "Nothing is set: go on as before.",
      uncertainty:
        `start times are estimates; up to ${percent(AVOIDED_BREAKS.optimistic)} of the breaks taken as avoided, ` +
        `${percent(AVOIDED_BREAKS.expected)} expected, at worst none`,
      aboutCache: true,
      needsReplay: true,
      conflictGroup: null,
      movesStart: true,
      rewrite: (request, { scenario }) => {
        const shift = shifts[scenario].get(request.origin) ?? 0;
        const { startedAt, firstTokenAt } = request;
        return [{ ...request, startedAt: startedAt - shift, firstTokenAt: firstTokenAt - shift }];
      },
      breakEven: () => null,
    });
    return proposals;
  },
  recognise: () => ({ unseen: "a break that was not taken is not recorded" }),
};

/** A break that let a cache expire, and by how much it would have to be shorter. */
interface AvoidableBreak {
  /** Place in the trace of the request that came after it. */
  readonly before: number;
  readonly excess: number;
}

/** In order of time. */
function avoidableBreaks(trace: Trace, members: readonly number[]): readonly AvoidableBreak[] {
  return members.flatMap((before) => {
    const request = trace.requests[before];
    const previous = trace.requests[request?.prefix.previous ?? -1];
    if (request?.prefix.miss?.cause !== "expired" || previous === undefined) return [];
    const gap = request.startedAt - previous.startedAt;
    const { lifetime } = previous.prefix;
    if (lifetime === null || gap > AVOIDABLE_BREAK_MS) return [];
    return [{ before, excess: gap - LIFETIME_MS[lifetime] + ONE_SECOND_MS }];
  });
}

/** By how much requests would start earlier without a share of the breaks, spread evenly, the first among them. */
function shiftsWithout(
  breaks: readonly AvoidableBreak[],
  share: number,
  trace: Trace,
  members: readonly number[],
): ReadonlyMap<number, number> {
  const avoided = new Map(
    breaks
      .filter((_, place) => Math.ceil((place + 1) * share) > Math.ceil(place * share))
      .map(({ before, excess }) => [before, excess]),
  );
  const shifts = new Map<number, number>();
  for (const index of members) {
    const shift = (shifts.get(trace.requests[index]?.prefix.previous ?? -1) ?? 0) + (avoided.get(index) ?? 0);
    if (shift > 0) shifts.set(index, shift);
  }
  return shifts;
}

const CAUSES_WITHOUT_ADVICE: Readonly<Partial<Record<MissCause, string>>> = {
  "not-recorded": "sent again within the cache's lifetime, cause not recorded",
  diagnosed: "sent again for a reason the API named",
};

const CHANGES: Readonly<Record<PromptChange["what"], string>> = {
  tools: "sent again because the tools changed",
  system: "sent again because the system prompt changed",
  messages: "sent again because an earlier message changed",
  settings: "sent again because thinking, effort, tool choice or the presence of images changed",
  nothing: "sent again although the prompt went on unchanged: missed on the API's side",
};

/** Re-sent context that is shown and not advised on: what changed where both prompts are known, else the cause. */
function unexplained(trace: Trace, members: readonly number[], workload: string): Abstention[] {
  const resent = members
    .map((index) => trace.requests[index])
    .filter((request) => request !== undefined)
    .filter(({ prefix: { miss } }) => miss !== null && miss.cause in CAUSES_WITHOUT_ADVICE)
    .map((request) => ({ request, change: whatChanged(trace, request) }));
  const abstention = (reason: string, observed: string, needed: string | null): Abstention => ({
    strategy: "resent-context",
    workload,
    reason,
    observed,
    needed,
    growth: null,
  });
  const changed = Object.entries(CHANGES).flatMap(([what, words]) => {
    const found = resent.filter(({ change }) => change?.what === what);
    if (found.length === 0) return [];
    const observed = `${responses(found.length)} ${words}${placesOf(found)}${diagnosedAmong(found)}`;
    return [abstention(`resent-${what}-changed`, observed, null)];
  });
  const others = Object.entries(CAUSES_WITHOUT_ADVICE).flatMap(([cause, words]) => {
    const count = resent.filter(
      ({ request, change }) => change === null && request.prefix.miss?.cause === cause,
    ).length;
    if (count === 0) return [];
    const needed = "cache diagnostics, which say what changed in a prompt";
    return [abstention(`resent-${cause}`, `${responses(count)} ${words}`, needed)];
  });
  return [...changed, ...others];
}

interface Resent {
  readonly request: TraceRequest;
  readonly change: PromptChange | null;
}

/** At which block of its section most of them changed. */
function placesOf(found: readonly Resent[]): string {
  const times = new Map<number, number>();
  for (const { change } of found) {
    if (change !== null && change.place !== null) times.set(change.place, (times.get(change.place) ?? 0) + 1);
  }
  const [most] = [...times].sort(([a, x], [b, y]) => y - x || a - b);
  if (most === undefined) return "";
  const often = most[1] === found.length ? "from" : "most often from";
  return `, ${often} the ${ordinal(most[0])} block on`;
}

function diagnosedAmong(found: readonly Resent[]): string {
  const count = found.filter(({ request }) => request.prefix.miss?.cause === "diagnosed").length;
  return count === 0 ? "" : `; the API's own diagnosis says so of ${String(count)}`;
}

function responses(count: number): string {
  return `${String(count)} ${count === 1 ? "response" : "responses"}`;
}
