import { parseInstant } from "@farthing/ledger";
import { conversationBreakpoints, converse, type Turn } from "../conversation.ts";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import type { Random } from "../random.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";

const TTL = "5m";
const SYSTEM = { prefix: "code-agent/system", tokens: 22_000 };
const SECOND_MS = 1000;

/**
 * An agent loop whose steps follow one another within seconds, on the newest model of its line, reading nearly all of
 * its prompt from the cache: nothing to advise.
 */
export const codeAgent: ExampleService = {
  name: "code-agent",
  environment: "production",
  callSite: "src/agent/step.ts:203",
  hosts: ["agent-1", "agent-2"],
  releases: [
    { name: "0.38.0", from: parseInstant("2026-10-20T12:00:00Z") },
    { name: "0.39.0", from: parseInstant("2026-11-09T12:00:00Z") },
  ],
  shape: { ...USUAL_SHAPE, maxTokens: 64_000, toolCount: 14, cacheBreakpoints: conversationBreakpoints(TTL) },
  requests(random, period) {
    return arrivals(random, period, { weekday: 5, weekend: 1, hours: OFFICE_HOURS }).flatMap((startedAt, index) => {
      const steps = random.between(10, 60);
      return converse({
        session: `code-agent-${String(index)}`,
        model: "claude-opus-5-5",
        startedAt,
        system: SYSTEM,
        ttl: TTL,
        turns: Array.from({ length: steps }, (_, step) => turn(random, step, steps)),
      });
    });
  },
};

/** The first step reads the task and the files it names, the later ones the results of tools. */
function turn(random: Random, step: number, steps: number): Turn {
  const thinkingTokens = random.between(200, 1_500);
  return {
    pauseMs: random.between(SECOND_MS, 25 * SECOND_MS),
    addedTokens: step === 0 ? random.between(25_000, 90_000) : random.between(500, 9_000),
    outputTokens: thinkingTokens + random.between(200, 2_000),
    thinkingTokens,
    stopReason: step === steps - 1 ? "end_turn" : "tool_use",
  };
}
