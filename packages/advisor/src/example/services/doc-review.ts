import { parseInstant } from "@farthing/ledger";
import { conversationBreakpoints, converse, type Turn } from "../conversation.ts";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import type { Random } from "../random.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";

const TTL = "5m";
const SYSTEM = { prefix: "doc-review/system", tokens: 6_000 };
const MINUTE_MS = 60 * 1000;
/** Share of the questions asked before the cache expires. */
const QUICK_QUESTIONS = 0.1;

/**
 * People review large contracts with it and mostly think six to forty minutes between questions, so its five-minute
 * cache has expired: the documents are written anew with most questions, where a one-hour cache would be read.
 */
export const docReview: ExampleService = {
  name: "doc-review",
  environment: "production",
  callSite: "src/review/ask.ts:91",
  hosts: ["review-1", "review-2"],
  releases: [
    { name: "3.2.0", from: parseInstant("2026-10-01T08:00:00Z") },
    { name: "3.3.0", from: parseInstant("2026-10-29T08:00:00Z") },
  ],
  shape: { ...USUAL_SHAPE, cacheBreakpoints: conversationBreakpoints(TTL) },
  requests(random, period) {
    return arrivals(random, period, { weekday: 18, weekend: 3, hours: OFFICE_HOURS }).flatMap((startedAt, index) => {
      const documentTokens = random.between(280_000, 620_000);
      return converse({
        session: `doc-review-${String(index)}`,
        model: "claude-opus-5-5",
        startedAt,
        system: SYSTEM,
        ttl: TTL,
        turns: Array.from({ length: random.between(3, 11) }, (_, turnIndex) =>
          turn(random, turnIndex === 0 ? documentTokens : 0),
        ),
      });
    });
  },
};

function turn(random: Random, documentTokens: number): Turn {
  const thinkingTokens = random.between(300, 1_200);
  return {
    pauseMs: random.chance(QUICK_QUESTIONS)
      ? random.between(MINUTE_MS / 2, 4 * MINUTE_MS)
      : random.between(6 * MINUTE_MS, 39 * MINUTE_MS),
    addedTokens: documentTokens + random.between(50, 500),
    outputTokens: thinkingTokens + random.between(400, 1_800),
    thinkingTokens,
    stopReason: "end_turn",
  };
}
