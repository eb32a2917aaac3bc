import { totalCostOf } from "@farthing/ledger";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { asBilledBut } from "./recognition.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";

/**
 * Asks for standard speed instead of fast mode, which costs twice as much.
 *
 * The answers are the same and come later: whether anybody waits for them, its user has to say. Fast and standard
 * requests share no cached prefix, so that a workload that mixes both also writes them twice. Says nothing of models whose
 * fast mode has ended, or costs nothing more today.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-11-22.
 */
export const premiumSpeed: Strategy = {
  name: "premium-speed",
  prepare(situation) {
    const fast = fastRequests(situation);
    const [first] = fast;
    if (first === undefined) return [];
    const models = new Set(fast.map(({ model }) => model));
    const plan: Plan = {
      strategy: "premium-speed",
      workload: situation.workload,
      subject: "",
      title: `standard speed for ${fast.length.toLocaleString("en-US")} fast requests`,
      lever: first.fromClaudeCode ? "habit" : "code",
      risk: "later-answers",
      effort: "setting",
      change: first.fromClaudeCode
        ? "In Claude Code, turn fast mode off with /fast."
        : `In ${placeOf(first)}, leave out speed: "fast" wherever nobody waits for the answer.`,
      undo: first.fromClaudeCode ? "Turn it on again with /fast." : 'Send speed: "fast" again.',
      uncertainty: "none beyond the days themselves, but answers come later",
      needsReplay: false,
      conflictGroup: null,
      forAnyRequest: true,
      rewrite: (request) => [
        request.terms.speed === "fast" && models.has(request.model)
          ? { ...request, terms: { ...request.terms, speed: "standard" } }
          : request,
      ],
      breakEven: () => "worth it wherever nobody waits",
    };
    return [plan];
  },
  recognise: () => ({
    carries: ({ usage: { speed } }) => speed !== "fast",
    without: asBilledBut({ terms: { speed: "fast" } }),
  }),
};

function fastRequests(situation: Situation): readonly TraceRequest[] {
  const { trace, members } = situation;
  return members.flatMap((index) => {
    const request = trace.requests[index];
    return request?.usage.speed === "fast" && costsMoreToday(request, situation) ? [request] : [];
  });
}

function costsMoreToday({ usage, model }: TraceRequest, { book, now }: Situation): boolean {
  const fast = totalCostOf(usage, model, now, book);
  const standard = totalCostOf({ ...usage, speed: "standard" }, model, now, book);
  return fast !== null && standard !== null && fast > standard;
}
