import { REUSE_STEPS_MIN } from "../thresholds.ts";
import { withLifetime } from "../trace/counterfactual-prompt.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { lifetimeLever } from "./cache-levers.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";

/**
 * Keeps cached prefixes for one hour instead of five minutes.
 *
 * Saves where a prefix is reused after more than five minutes and within sixty: the dearer write, 2 times input
 * against 1.25, replaces a second write. Loses on every prefix reused sooner, or never.
 *
 * How much of a prompt is the same after a break is not recorded, so it is taken from the steps that came in time.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const cacheTtl1h: Strategy = {
  name: "cache-ttl-1h",
  prepare(situation) {
    const { trace, members, workload } = situation;
    const expired = members.filter((index) => trace.requests[index]?.prefix.miss?.cause === "expired").length;
    const lever = lifetimeLever(situation, "1h");
    if (expired === 0 || lever === null) return [];
    const reuse = recordedReuse(situation);
    if (reuse.steps < REUSE_STEPS_MIN || reuse.expected === 0) return [reuseUnknown(workload, expired, reuse)];
    const plan: Plan = {
      strategy: "cache-ttl-1h",
      workload,
      subject: "",
      title: "1h cache instead of 5m",
      lever: lever.lever,
      answersUnchanged: true,
      change: lever.how,
      uncertainty: `reuse after breaks taken from ${String(reuse.steps)} steps within 5 minutes`,
      needsReplay: true,
      conflictGroup: `cache-lifetime:${workload}`,
      rewrite: (request, { recorded, scenario }) => {
        const prompt = withLifetime(request.prompt, "1h");
        if (prompt.kind === "blocks" || prompt.lifetime === null) return [{ ...request, prompt }];
        const unproved = recorded.prefix.miss?.cause === "expired";
        const reusable = unproved ? Math.round(prompt.reusable * reuse[scenario]) : prompt.reusable;
        return [{ ...request, prompt: { ...prompt, reusable } }];
      },
      breakEven: () => "pays for breaks of 5 to 60 minutes only",
    };
    return [plan];
  },
};

/** The share of a cached prefix that the next step reads while it lives. */
interface Reuse extends Readonly<Record<Scenario, number>> {
  readonly steps: number;
}

function recordedReuse({ trace, members }: Situation): Reuse {
  let steps = 0;
  let cached = 0;
  let read = 0;
  for (const index of members) {
    const request = trace.requests[index];
    const previous =
      request === undefined || request.prefix.previous === null ? undefined : trace.requests[request.prefix.previous];
    if (request === undefined || previous === undefined || previous.prefix.cacheable === 0) continue;
    if (request.prefix.miss?.cause === "expired") continue;
    steps += 1;
    cached += previous.prefix.cacheable;
    read += request.prefix.reusable;
  }
  const expected = cached === 0 ? 0 : read / cached;
  // Two standard deviations of a share seen in so many steps.
  const error = steps === 0 ? 1 : 2 * Math.sqrt((expected * (1 - expected)) / steps);
  return { steps, expected, pessimistic: Math.max(0, expected - error), optimistic: 1 };
}

function reuseUnknown(workload: string, expired: number, reuse: Reuse): Abstention {
  return {
    strategy: "cache-ttl-1h",
    workload,
    reason: "reuse-unknown",
    observed:
      `${String(expired)} contexts written after a break, and ${String(reuse.steps)} steps in time` +
      (reuse.steps > 0 && reuse.expected === 0 ? ", which read nothing back" : ""),
    needed: `${String(REUSE_STEPS_MIN)} steps in time that read something back`,
    growth: null,
  };
}
