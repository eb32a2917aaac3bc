import { promptTokens, type TokenBuckets } from "@farthing/ledger";
import { WRITE_PREMIUM } from "../cache/cache-rules.ts";
import { withoutCaching } from "../trace/counterfactual-prompt.ts";
import { modelOf } from "../trace/model-of.ts";
import { noCachingLever } from "./cache-levers.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";

/**
 * Sends the prompt without cache breakpoints.
 *
 * Saves where prefixes are written and hardly ever read again: a write costs 1.25 or 2 times the input price, and only
 * a read earns that back. What was written and read is billed usage, so nothing has to be predicted.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const stopCaching: Strategy = {
  name: "stop-caching",
  prepare(situation) {
    const lever = noCachingLever(situation);
    const seen = cachedTokens(situation.members.map((index) => situation.trace.requests[index]?.own ?? null));
    if (lever === null || seen.written === 0) return [];
    const breakEven = breakEvenShare(situation, seen);
    if (breakEven === null || seen.read / seen.written >= breakEven) return [];
    const share = percent(seen.read / seen.written);
    const plan: Plan = {
      strategy: "stop-caching",
      workload: situation.workload,
      subject: "",
      title: `stop ${seen.lifetimes} cache, ${share} re-read`,
      lever: lever.lever,
      answersUnchanged: true,
      change: lever.how,
      uncertainty: "none beyond the days themselves: reads and writes are billed figures",
      needsReplay: false,
      conflictGroup: `cache-lifetime:${situation.workload}`,
      rewrite: (request) => [{ ...request, prompt: withoutCaching(request.prompt) }],
      breakEven: () => `caching pays from ${percent(breakEven)} re-read on`,
    };
    return [plan];
  },
};

interface CachedTokens {
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
  readonly written: number;
  readonly lifetimes: string;
}

/** Read tokens per written one at which caching costs what it saves, at today's prices; null without a price. */
function breakEvenShare(situation: Situation, seen: CachedTokens): number | null {
  const [first] = situation.members;
  const model = first === undefined ? null : modelOf(situation.trace.requests[first]?.model ?? "");
  const found = model === null ? null : situation.book.rateCardAt(model.id, situation.now);
  if (found === null || !("card" in found) || found.card.rates === null || found.card.rates.cacheRead === null)
    return null;
  const { uncachedInput, cacheRead } = found.card.rates;
  const saved = 1 - Number(cacheRead) / Number(uncachedInput);
  return (seen.written5m * WRITE_PREMIUM["5m"] + seen.written1h * WRITE_PREMIUM["1h"]) / seen.written / saved;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
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
