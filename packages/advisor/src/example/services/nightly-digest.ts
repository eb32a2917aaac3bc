import { parseInstant } from "@farthing/ledger";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import { arrivals, TWO_TO_FOUR_AT_NIGHT } from "../traffic.ts";
import { answerTimes } from "../true-request.ts";

/**
 * Digests the day of every customer between two and four at night, uncached, at full price although nobody waits, on a
 * model that has a cheaper successor. Its answers are streamed because they may be longer than the SDK waits for unstreamed.
 */
export const nightlyDigest: ExampleService = {
  name: "nightly-digest",
  environment: "production",
  callSite: "src/jobs/digest.ts:77",
  hosts: ["jobs-1"],
  releases: [{ name: "1.9.3", from: parseInstant("2026-09-30T14:00:00Z") }],
  shape: { ...USUAL_SHAPE, maxTokens: 32_000, effort: "high" },
  requests(random, period) {
    return arrivals(random, period, { weekday: 100, weekend: 100, hours: TWO_TO_FOUR_AT_NIGHT }).map(
      (startedAt, index) => {
        const promptTokens = random.between(250_000, 600_000);
        const thinkingTokens = random.between(500, 3_000);
        const outputTokens = thinkingTokens + random.between(1_500, 4_000);
        return {
          model: "claude-opus-4-8",
          session: null,
          ...answerTimes(startedAt, promptTokens, outputTokens),
          prompt: [
            { section: "messages", prefix: `nightly-digest/${String(index)}`, tokens: promptTokens, breakpoint: null },
          ],
          outputTokens,
          thinkingTokens,
          stopReason: "end_turn",
        };
      },
    );
  },
};
