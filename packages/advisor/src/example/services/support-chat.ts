import { parseInstant } from "@farthing/ledger";
import { conversationBreakpoints, converse, type Turn } from "../conversation.ts";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import type { Random } from "../random.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";

const TTL = "5m";
const SYSTEM = { prefix: "support-chat/system", tokens: 52_000 };
/** Share of the customers' replies that take longer than the cache lives. */
const LONG_PAUSES = 0.05;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * Talks to customers on top of a large static system prompt (policies and product manual) and the customer's history,
 * which its five-minute cache keeps warm; only its model has a cheaper successor.
 */
export const supportChat: ExampleService = {
  name: "support-chat",
  environment: "production",
  callSite: "src/support/reply.ts:112",
  hosts: ["support-1", "support-2"],
  releases: [
    { name: "2026.41.2", from: parseInstant("2026-10-09T07:45:00Z") },
    { name: "2026.45.0", from: parseInstant("2026-11-03T08:10:00Z") },
    { name: "2026.46.1", from: parseInstant("2026-11-11T15:20:00Z") },
  ],
  shape: { ...USUAL_SHAPE, toolCount: 6, cacheBreakpoints: conversationBreakpoints(TTL) },
  requests(random, period) {
    return arrivals(random, period, { weekday: 72, weekend: 20, hours: OFFICE_HOURS }).flatMap((startedAt, index) =>
      converse({
        session: `support-chat-${String(index)}`,
        model: "claude-opus-5",
        startedAt,
        system: SYSTEM,
        ttl: TTL,
        turns: Array.from({ length: random.between(3, 9) }, (_, index) => turn(random, index)),
      }),
    );
  },
};

/** The first turn brings the customer's history along. */
function turn(random: Random, index: number): Turn {
  const thinkingTokens = random.between(50, 400);
  return {
    pauseMs: random.chance(LONG_PAUSES)
      ? random.between(5 * MINUTE_MS, 40 * MINUTE_MS)
      : random.between(15 * SECOND_MS, 200 * SECOND_MS),
    addedTokens: random.between(60, 900) + (index === 0 ? random.between(25_000, 95_000) : 0),
    outputTokens: thinkingTokens + random.between(150, 900),
    thinkingTokens,
    stopReason: "end_turn",
  };
}
