import type { CacheLifetime } from "../cache/cache-rules.ts";
import type { Breakpoint } from "../trace/counterfactual-prompt.ts";
import { NEWEST_REUSE_MAX, NEWEST_REUSE_MIN } from "../thresholds.ts";
import type { Trace } from "../trace/trace.ts";
import type { CounterfactualRequest, RewriteContext } from "../trace/counterfactual-request.ts";
import { breakEvenReads, cheapestLifetime, readFactor } from "./cache-break-even.ts";
import { cacheStructure, codeOf, placeOf } from "./cache-levers.ts";
import { promptsUnknown } from "./prompt-knowledge.ts";
import { breakpointsAt, placementWords, placesIn, type Placement } from "./prompt-places.ts";
import { knownRequests, promptReuse, type PromptReuse } from "./prompt-reuse.ts";
import { asBilledBut } from "./recognition.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";
import { REPRODUCED, untried, UNTRIED } from "./untried-cache.ts";

/**
 * Puts cache breakpoints where prompts are the same from request to request.
 *
 * Saves where many requests begin alike within a lifetime and that beginning is not cached, or a breakpoint is on a
 * block that is another one each time: written, and never read. A few placements are proposed that what prompts share
 * can pay for; the replay says which of them costs least.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const cacheBreakpoints: Strategy = {
  name: "cache-breakpoints",
  prepare(situation) {
    const { trace, workload, knowledge } = situation;
    const code = codeOf(situation);
    const factor = readFactor(situation);
    if (code === null || factor === null) return [];
    if (knowledge !== "blocks") return promptsUnknown(situation, "cache-breakpoints");
    const reuse = promptReuse(situation);
    const starts = reuse.asked.prompts === 0;
    return placementsFor(reuse, factor)
      .filter((placement) => changesMore(situation, placement))
      .map((placement): Plan => {
        const words = placementWords(placement);
        return {
          strategy: "cache-breakpoints",
          workload,
          subject: "",
          target: starts ? STARTS : "",
          title: `${starts ? "start caching" : "cache"}: ${shortWords(placement)}`,
          lever: "code",
          risk: "none",
          effort: "lines",
          change:
            `In ${placeOf(code)}, put cache_control {"type": "ephemeral"} ${words.join(", and ")}` +
            (starts ? "." : "; nowhere else."),
          undo: starts ? "Remove cache_control again." : "Put cache_control back where it was.",
          uncertainty: starts ? UNTRIED : REPRODUCED,
          aboutCache: true,
          needsReplay: true,
          conflictGroup: cacheStructure(workload),
          forAnyRequest: true,
          rewrite: (request, context) => [
            untried(withPlacement(trace, placement, request, context), starts ? context.scenario : "expected"),
          ],
          breakEven: () => breakEvenWords(placement, reuse, factor),
        };
      });
  },
  recognise: ({ target }) =>
    target === STARTS
      ? {
          carries: ({ own, shape }) => {
            const marked = shape?.cacheBreakpoints ?? null;
            if (marked !== null) return marked.length > 0;
            return own === null ? null : own.cacheRead + own.cacheWrite5m + own.cacheWrite1h > 0;
          },
          without: asBilledBut({ prompt: "cached-as-before" }),
        }
      : { unseen: "which block of a message a breakpoint is on is not recorded" },
};

/** The target of plans for requests that cache nothing so far. */
const STARTS = "cached";

/** Requests with a placement's breakpoints instead of their own; as they are where their prompts are not known. */
export function withPlacement(
  trace: Trace,
  placement: Placement,
  request: CounterfactualRequest,
  { recorded }: Pick<RewriteContext, "recorded">,
): CounterfactualRequest {
  const table = recorded.prompt === null ? undefined : trace.prefixes.get(recorded.prompt.key);
  if (request.prompt.kind !== "blocks" || table === undefined) return request;
  const breakpoints = breakpointsAt(placement, placesIn(request.prompt.blocks, table));
  return { ...request, prompt: { ...request.prompt, breakpoints } };
}

/** Placements worth replaying, the simplest first: at most four. */
export function placementsFor(reuse: PromptReuse, factor: number): readonly Placement[] {
  const head = headPlacement(reuse, factor);
  const grows = reuse.newest.prompts === 0 ? 0 : reuse.newest.inTime / reuse.newest.prompts;
  const newest: readonly (CacheLifetime | null)[] =
    grows > NEWEST_REUSE_MAX ? ["5m"] : grows < NEWEST_REUSE_MIN ? [null] : [null, "5m"];
  const withoutShared = newest.map((ttl) => ({ ...head, newest: ttl }));
  const { shared } = reuse;
  const withShared =
    shared === null ? [] : newest.map((ttl) => ({ ...head, shared: { ...shared, ttl: "5m" as const }, newest: ttl }));
  const automatic = grows > NEWEST_REUSE_MAX ? [{ ...NOWHERE, newest: "5m" as const }] : [];
  const all = [...automatic, ...withoutShared, ...withShared].filter((each) => placementWords(each).length > 0);
  const words = all.map((each) => placementWords(each).join());
  return all.filter((_, index) => words.indexOf(words[index] ?? "") === index).slice(0, 4);
}

const NOWHERE: Placement = { tools: null, system: null, shared: null, newest: null };

/** Breakpoints before the messages, for as long as their reuse pays: a lifetime of 1h may not follow one of 5m. */
function headPlacement({ tools, system }: PromptReuse, factor: number): Placement {
  const ofSystem = cheapestLifetime(system, factor);
  // Up to the system prompt the tools are read with it; a breakpoint of their own is for when only they are the same.
  const onTools = system.prompts === 0 || ofSystem === null || tools.distinct < system.distinct;
  const ofTools = onTools ? cheapestLifetime(tools, factor) : null;
  return { ...NOWHERE, tools: ofTools !== null && ofSystem === "1h" ? "1h" : ofTools, system: ofSystem };
}

/** Whether a placement marks a block that is not marked as long already: to take marks away is another change. */
function changesMore({ trace, members }: Situation, placement: Placement): boolean {
  for (const { prompt, places } of knownRequests(trace, members)) {
    const marked = (each: Breakpoint): boolean =>
      prompt.breakpoints.some(({ block, ttl }) => block === each.block && ttl === each.ttl);
    if (!breakpointsAt(placement, places).every(marked)) return true;
  }
  return false;
}

/** A placement in few words. */
export function shortWords({ tools, system, shared, newest }: Placement, sharedWord = "shared messages"): string {
  const word = (name: string, ttl: CacheLifetime | null | undefined): string | null =>
    ttl === null || ttl === undefined ? null : ttl === "1h" ? `${name} for 1h` : name;
  return [word("tools", tools), word("system", system), word(sharedWord, shared?.ttl), word("newest message", newest)]
    .filter((each) => each !== null)
    .join(" + ");
}

function breakEvenWords(placement: Placement, reuse: PromptReuse, factor: number): string {
  const ttl = placement.system ?? placement.tools ?? placement.newest ?? "5m";
  const uses = placement.system === null ? (placement.tools === null ? reuse.newest : reuse.tools) : reuse.system;
  const reads = uses.inTime + (ttl === "1h" ? uses.late : 0);
  const writes = Math.max(1, uses.prompts - reads);
  return (
    `pays from ${breakEvenReads(factor, ttl).toFixed(2)} reads for each write on; ` +
    `${(reads / writes).toFixed(1)} came within ${ttl === "5m" ? "5 minutes" : "an hour"}`
  );
}
