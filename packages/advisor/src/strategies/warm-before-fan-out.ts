import { PARALLEL_WRITES_MIN } from "../thresholds.ts";
import type { CounterfactualRequest } from "../trace/counterfactual-request.ts";
import { readFactor } from "./cache-break-even.ts";
import { placementsFor, shortWords, withPlacement } from "./cache-breakpoints.ts";
import { cacheStructure, codeOf, placeOf, startTimes } from "./cache-levers.ts";
import { parallelWrites, type ParallelWrites } from "./parallel-writes.ts";
import { breakpointsAt, placementWords, type Placement } from "./prompt-places.ts";
import { knownRequests, promptReuse } from "./prompt-reuse.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";
import { untried, UNTRIED } from "./untried-cache.ts";

/**
 * Sends one of many requests that begin alike first, and the others once its answer has begun.
 *
 * What a request writes can be read only from then on: requests that start together each write it. Where nothing is
 * cached so far because of that, caching and waiting only pay together, and are one change.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const warmBeforeFanOut: Strategy = {
  name: "warm-before-fan-out",
  prepare(situation) {
    const factor = readFactor(situation);
    if (codeOf(situation) === null || factor === null || situation.knowledge !== "blocks") return [];
    const reuse = promptReuse(situation);
    if (reuse.asked.prompts > 0) return [whereCached(situation)].filter((proposal) => proposal !== null);
    return placementsFor(reuse, factor)
      .slice(0, PLACEMENTS_MAX)
      .map((placement) => withCaching(situation, placement))
      .filter((plan) => plan !== null);
  },
  recognise: () => ({ unseen: "that a request waited for another is not recorded" }),
};

const PLACEMENTS_MAX = 2;

function whereCached(situation: Situation): Plan | Abstention | null {
  const writes = parallelWrites(situation, ({ prompt }) => prompt.breakpoints);
  const { waits, first, last } = writes;
  if (waits.length === 0) return null;
  if (waits.length < PARALLEL_WRITES_MIN) {
    return {
      strategy: "warm-before-fan-out",
      workload: situation.workload,
      reason: "few-parallel-writes",
      observed: `${requests(waits.length)} wrote to the cache what another was writing already`,
      needed: String(PARALLEL_WRITES_MIN),
      growth: { first, last, count: waits.length, needed: PARALLEL_WRITES_MIN },
    };
  }
  return {
    ...factsOf(situation, writes),
    title: `send one first: ${requests(waits.length)} write in parallel`,
    uncertainty: "none beyond the days themselves: when answers began is recorded",
    conflictGroup: startTimes(situation.workload),
    rewrite: (request) => [delayed(request, writes)],
  };
}

function withCaching(situation: Situation, placement: Placement): Plan | null {
  const writes = parallelWrites(situation, ({ places }) => breakpointsAt(placement, places));
  if (writes.waits.length < PARALLEL_WRITES_MIN) return null;
  const facts = factsOf(situation, writes);
  return {
    ...facts,
    title: `cache: ${shortWords(placement)}; send one first`,
    change: `${facts.change} Put cache_control {"type": "ephemeral"} ${placementWords(placement).join(", and ")}.`,
    uncertainty: UNTRIED,
    conflictGroup: cacheStructure(situation.workload),
    rewrite: (request, context) => [
      untried(withPlacement(situation.trace, placement, delayed(request, writes), context), context.scenario),
    ],
  };
}

function delayed(request: CounterfactualRequest, { delays }: ParallelWrites): CounterfactualRequest {
  const delay = delays.get(request.origin) ?? 0;
  return delay === 0
    ? request
    : { ...request, startedAt: request.startedAt + delay, firstTokenAt: request.firstTokenAt + delay };
}

type Facts = Omit<Plan, "title" | "uncertainty" | "conflictGroup" | "rewrite">;

function factsOf(situation: Situation, { waits, bursts }: ParallelWrites): Facts {
  const code = codeOf(situation);
  const waiting = `${requests(waits.length)} would have waited ${seconds(middleOf(waits))} in the median, ${seconds(waits.at(-1) ?? 0)} at most`;
  return {
    strategy: "warm-before-fan-out",
    workload: situation.workload,
    subject: "",
    lever: "code",
    risk: "later-answers",
    effort: "lines",
    change:
      `In ${code === null ? situation.workload : placeOf(code)}, where many requests start together, send one, and the ` +
      `others once its answer has begun: ${bursts.toLocaleString("en-US")} times others wrote what one was writing, and ` +
      `${waiting}.${canPreWarm(situation) ? PRE_WARM : ""}`,
    undo: "Send them all at once again.",
    aboutCache: true,
    needsReplay: true,
    movesStart: true,
    breakEven: () => `costs a wait: ${waiting}`,
  };
}

const PRE_WARM =
  " Where it is known before that they will come, the same prompt with max_tokens: 0 ahead of them writes it, and nobody" +
  " waits; it costs one more read each time.";

/**
 * Whether the API takes `max_tokens: 0` for prompts like these: not with thinking, a form for the answer, or a forced
 * tool.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
function canPreWarm({ trace, members }: Situation): boolean {
  for (const { request, prompt, table } of knownRequests(trace, members)) {
    const { shape } = request;
    if (shape === null || shape.thinking === "enabled") return false;
    if (shape.toolChoice === "any" || shape.toolChoice === "tool") return false;
    if (table.kindOf(prompt.blocks.prefixes[0] ?? 0)?.kind === "output_format") return false;
  }
  return true;
}

function requests(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "request" : "requests"}`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${String(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function middleOf(sorted: readonly number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
