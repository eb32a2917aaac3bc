import { REUSE_STEPS_MIN } from "../thresholds.ts";
import { withLifetime } from "../trace/counterfactual-prompt.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { cacheStructure, codeOf, lifetimeLever, placeOf, undoLifetime, type CacheLever } from "./cache-levers.ts";
import { headEnd, placesIn } from "./prompt-places.ts";
import { promptReuse } from "./prompt-reuse.ts";
import { recogniseHeadLifetime, recogniseLifetime } from "./recognise-lifetime.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";
import { REPRODUCED } from "./untried-cache.ts";

/**
 * Keeps cached prefixes for one hour instead of five minutes: all, or only those before the messages.
 *
 * Saves where a prefix is reused after more than five minutes and within sixty: the dearer write, 2 times input
 * against 1.25, replaces a second write. Loses on every prefix reused sooner, or never.
 *
 * Where prompts are not known block by block, how much of one is the same after a break is not recorded, and is taken
 * from the steps that came in time.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const cacheTtl1h: Strategy = {
  name: "cache-ttl-1h",
  prepare(situation) {
    const lever = lifetimeLever(situation, "1h");
    if (lever === null) return [];
    if (situation.knowledge === "blocks") {
      return [byBlock(situation, lever), headOnly(situation)].filter((plan) => plan !== null);
    }
    const { trace, members, workload } = situation;
    const expired = members.filter((index) => trace.requests[index]?.prefix.miss?.cause === "expired").length;
    if (expired === 0) return [];
    const reuse = recordedReuse(situation);
    if (reuse.steps < REUSE_STEPS_MIN || reuse.expected === 0) return [reuseUnknown(workload, expired, reuse)];
    const plan: Plan = {
      ...factsOfAll(situation, lever),
      uncertainty: `reuse after breaks taken from ${String(reuse.steps)} steps within 5 minutes`,
      rewrite: (request, { recorded, scenario }) => {
        const prompt = withLifetime(request.prompt, "1h");
        if (prompt.kind === "blocks" || prompt.lifetime === null) return [{ ...request, prompt }];
        const unproved = recorded.prefix.miss?.cause === "expired";
        const reusable = unproved ? Math.round(prompt.reusable * reuse[scenario]) : prompt.reusable;
        return [{ ...request, prompt: { ...prompt, reusable } }];
      },
    };
    return [plan];
  },
  recognise: ({ subject }) => (subject === "head" ? recogniseHeadLifetime() : recogniseLifetime("1h")),
};

function factsOfAll({ workload }: Situation, { lever, how, undo }: CacheLever): Omit<Plan, "rewrite" | "uncertainty"> {
  return {
    strategy: "cache-ttl-1h",
    workload,
    subject: "",
    title: "1h cache instead of 5m",
    lever,
    risk: "none",
    effort: "setting",
    change: how,
    undo,
    aboutCache: true,
    needsReplay: true,
    conflictGroup: cacheStructure(workload),
    forAnyRequest: true,
    breakEven: () => "pays for breaks of 5 to 60 minutes only",
  };
}

/** All breakpoints for an hour, where some prefix was asked for again after five minutes. */
function byBlock(situation: Situation, lever: CacheLever): Plan | null {
  if (promptReuse(situation).asked.late === 0 || !writes5m(situation)) return null;
  return {
    ...factsOfAll(situation, lever),
    uncertainty: REPRODUCED,
    rewrite: (request) => [{ ...request, prompt: withLifetime(request.prompt, "1h") }],
  };
}

/** An hour for what all conversations begin with, five minutes for what only one of them has. */
function headOnly(situation: Situation): Plan | null {
  const { trace } = situation;
  const code = codeOf(situation);
  const { askedInHead, askedInMessages } = promptReuse(situation);
  if (code === null || askedInHead.late === 0 || askedInMessages.prompts === 0) return null;
  return {
    ...factsOfAll(situation, {
      lever: "code",
      how:
        `In ${placeOf(code)}, set cache_control to {"type": "ephemeral", "ttl": "1h"} on the tools and the system ` +
        'prompt, and to {"type": "ephemeral"} on messages and at the top level.',
      undo: undoLifetime("1h"),
    }),
    subject: "head",
    title: "1h cache for tools and system, 5m for messages",
    uncertainty: REPRODUCED,
    rewrite: (request, { recorded }) => {
      const table = recorded.prompt === null ? undefined : trace.prefixes.get(recorded.prompt.key);
      if (request.prompt.kind !== "blocks" || table === undefined) return [request];
      const end = headEnd(placesIn(request.prompt.blocks, table));
      const breakpoints = request.prompt.breakpoints.map(({ block }) => ({
        block,
        ttl: block <= end ? ("1h" as const) : ("5m" as const),
      }));
      return [{ ...request, prompt: { ...request.prompt, breakpoints } }];
    },
  };
}

function writes5m({ trace, members }: Situation): boolean {
  return members.some((index) => trace.requests[index]?.prompt?.breakpoints.some(({ ttl }) => ttl === "5m") === true);
}

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
