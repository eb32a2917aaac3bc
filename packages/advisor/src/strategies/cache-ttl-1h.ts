import { lifetimeLever } from "./cache-levers.ts";
import type { Plan, Strategy } from "./strategy.ts";

/**
 * Keeps cached prefixes for one hour instead of five minutes.
 *
 * Saves where a prefix is reused after more than five minutes and within sixty: the dearer write, 2 times input
 * against 1.25, replaces a second write. Loses on every prefix reused sooner, or never.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const cacheTtl1h: Strategy = {
  name: "cache-ttl-1h",
  prepare(situation) {
    const { trace, members, workload } = situation;
    const broken = members.some((index) => trace.requests[index]?.prefix.resent?.cause === "expired");
    const lever = lifetimeLever(situation, "1h");
    if (!broken || lever === null) return [];
    const plan: Plan = {
      strategy: "cache-ttl-1h",
      workload,
      subject: "",
      title: "1h cache instead of 5m",
      lever: lever.lever,
      answersUnchanged: true,
      change: lever.how,
      uncertainty: "how much of a prompt was unchanged after a break is known only up to what had been cached",
      needsReplay: true,
      conflictGroup: `cache-lifetime:${workload}`,
      rewrite: (request) => [request.lifetime === "5m" ? { ...request, lifetime: "1h" } : request],
      breakEven: () => "pays for breaks of 5 to 60 minutes only",
    };
    return [plan];
  },
};
