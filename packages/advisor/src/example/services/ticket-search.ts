import { parseInstant } from "@farthing/ledger";
import { conversationBreakpoints, converse, type Turn } from "../conversation.ts";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import type { Random } from "../random.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";

const TTL = "1h";
const SYSTEM = { prefix: "ticket-search/system", tokens: 9_000 };
const SECOND_MS = 1000;

/**
 * Searches old tickets in a handful of steps that follow one another within seconds, and caches for an hour what five
 * minutes would keep as well.
 */
export const ticketSearch: ExampleService = {
  name: "ticket-search",
  environment: "production",
  callSite: "src/tickets/search.ts:64",
  hosts: ["tickets-1", "tickets-2"],
  releases: [{ name: "7.0.4", from: parseInstant("2026-10-15T11:00:00Z") }],
  shape: { ...USUAL_SHAPE, toolCount: 3, cacheBreakpoints: conversationBreakpoints(TTL) },
  requests(random, period) {
    return arrivals(random, period, { weekday: 26, weekend: 4, hours: OFFICE_HOURS }).flatMap((startedAt, index) => {
      const steps = random.between(3, 8);
      return converse({
        session: `ticket-search-${String(index)}`,
        model: "claude-opus-5-5",
        startedAt,
        system: SYSTEM,
        ttl: TTL,
        turns: Array.from({ length: steps }, (_, step) => turn(random, step, steps)),
      });
    });
  },
};

/** The first step holds the ticket, the later ones what was found. */
function turn(random: Random, step: number, steps: number): Turn {
  const thinkingTokens = random.between(50, 500);
  return {
    pauseMs: random.between(SECOND_MS, 8 * SECOND_MS),
    addedTokens: step === 0 ? random.between(1_000, 6_000) : random.between(30_000, 100_000),
    outputTokens: thinkingTokens + random.between(100, 700),
    thinkingTokens,
    stopReason: step === steps - 1 ? "end_turn" : "tool_use",
  };
}
