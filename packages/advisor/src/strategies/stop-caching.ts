import { promptTokens, type TokenBuckets } from "@farthing/ledger";
import { WRITE_PREMIUM } from "../cache/cache-rules.ts";
import { withoutCaching } from "../trace/counterfactual-prompt.ts";
import { percent, readFactor } from "./cache-break-even.ts";
import { cacheStructure, codeOf, noCachingLever, placeOf } from "./cache-levers.ts";
import { headEnd, placesIn } from "./prompt-places.ts";
import { promptReuse } from "./prompt-reuse.ts";
import { asBilledBut } from "./recognition.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";
import { REPRODUCED } from "./untried-cache.ts";

/**
 * Sends the prompt without cache breakpoints, or without those in its messages.
 *
 * Saves where prefixes are written and hardly ever read again: a write costs 1.25 or 2 times the input price, and only
 * a read earns that back. For whole prompts what was written and read is billed usage, so nothing has to be predicted.
 * Where prompts are known block by block, breakpoints on messages that nobody reads can go while others stay.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const stopCaching: Strategy = {
  name: "stop-caching",
  prepare(situation) {
    const seen = cachedTokens(situation.members.map((index) => situation.trace.requests[index]?.own ?? null));
    const factor = readFactor(situation);
    if (seen.written === 0 || factor === null) return [];
    const premium = seen.written5m * WRITE_PREMIUM["5m"] + seen.written1h * WRITE_PREMIUM["1h"];
    const breakEven = premium / seen.written / (1 - factor);
    return [stopAll(situation, seen, breakEven), stopInMessages(situation, breakEven)].filter((plan) => plan !== null);
  },
  recognise: ({ subject }) => ({
    carries: ({ own, shape }) => {
      const marked = shape?.cacheBreakpoints ?? null;
      if (subject === "messages") return marked === null ? null : marked.every(({ section }) => section !== "messages");
      if (marked !== null) return marked.length === 0;
      return own === null ? null : own.cacheRead + own.cacheWrite5m + own.cacheWrite1h === 0;
    },
    without: asBilledBut({ prompt: "cached-as-before" }),
  }),
};

function stopAll(situation: Situation, seen: CachedTokens, breakEven: number): Plan | null {
  const lever = noCachingLever(situation);
  if (lever === null || seen.read / seen.written >= breakEven) return null;
  return {
    strategy: "stop-caching",
    workload: situation.workload,
    subject: "",
    title: `stop ${seen.lifetimes} cache, ${percent(seen.read / seen.written)} re-read`,
    lever: lever.lever,
    risk: "none",
    effort: "setting",
    change: lever.how,
    undo: lever.undo,
    uncertainty: "none beyond the days themselves: reads and writes are billed figures",
    aboutCache: true,
    needsReplay: false,
    conflictGroup: cacheStructure(situation.workload),
    forAnyRequest: true,
    rewrite: (request) => [{ ...request, prompt: withoutCaching(request.prompt) }],
    breakEven: () => `caching pays from ${percent(breakEven)} re-read on`,
  };
}

function stopInMessages(situation: Situation, breakEven: number): Plan | null {
  const { trace, workload, knowledge } = situation;
  const code = codeOf(situation);
  if (code === null || knowledge !== "blocks") return null;
  const { askedInHead, askedInMessages } = promptReuse(situation);
  const read = (askedInMessages.inTime + askedInMessages.late) / askedInMessages.prompts;
  if (askedInHead.prompts === 0 || askedInMessages.prompts === 0 || read >= breakEven) return null;
  return {
    strategy: "stop-caching",
    workload,
    subject: "messages",
    title: `stop caching messages, ${percent(read)} re-read`,
    lever: "code",
    risk: "none",
    effort: "setting",
    change:
      `In ${placeOf(code)}, remove cache_control from the messages, and at the top level of the request; ` +
      "keep it on the tools and the system prompt.",
    undo: "Put cache_control back on the messages.",
    uncertainty: REPRODUCED,
    aboutCache: true,
    needsReplay: true,
    conflictGroup: cacheStructure(workload),
    forAnyRequest: true,
    rewrite: (request, { recorded }) => {
      const table = recorded.prompt === null ? undefined : trace.prefixes.get(recorded.prompt.key);
      if (request.prompt.kind !== "blocks" || table === undefined) return [request];
      const end = headEnd(placesIn(request.prompt.blocks, table));
      const breakpoints = request.prompt.breakpoints.filter(({ block }) => block <= end);
      return [{ ...request, prompt: { ...request.prompt, breakpoints } }];
    },
    breakEven: () => `caching messages pays from ${percent(breakEven)} re-read on`,
  };
}

interface CachedTokens {
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
  readonly written: number;
  readonly lifetimes: string;
}

function cachedTokens(all: readonly (TokenBuckets | null)[]): CachedTokens {
  let read = 0;
  let written5m = 0;
  let written1h = 0;
  for (const tokens of all) {
    if (tokens === null || promptTokens(tokens) === 0) continue;
    read += tokens.cacheRead;
    written5m += tokens.cacheWrite5m;
    written1h += tokens.cacheWrite1h;
  }
  const lifetimes = written1h === 0 ? "5m" : written5m === 0 ? "1h" : "5m and 1h";
  return { read, written5m, written1h, written: written5m + written1h, lifetimes };
}
