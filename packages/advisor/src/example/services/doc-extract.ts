import { parseInstant } from "@farthing/ledger";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";
import { answerTimes } from "../true-request.ts";

/** A forgotten importer, used now and then, on a model that stops on 30 November 2026. */
export const docExtract: ExampleService = {
  name: "doc-extract",
  environment: "production",
  callSite: "src/import/extract.ts:19",
  hosts: ["import-1"],
  releases: [{ name: "0.6.2", from: parseInstant("2026-03-17T16:00:00Z") }],
  shape: { ...USUAL_SHAPE, maxTokens: 4_096, thinking: null, effort: null, stream: false, temperature: 0 },
  requests(random, period) {
    return arrivals(random, period, { weekday: 12, weekend: 2, hours: OFFICE_HOURS }).map((startedAt, index) => {
      const promptTokens = random.between(3_000, 14_000);
      const outputTokens = random.between(200, 900);
      return {
        model: "claude-sonnet-4-5-20250929",
        session: null,
        ...answerTimes(startedAt, promptTokens, outputTokens),
        prompt: [
          { section: "messages", prefix: `doc-extract/${String(index)}`, tokens: promptTokens, breakpoint: null },
        ],
        outputTokens,
        thinkingTokens: 0,
        stopReason: "end_turn",
      };
    });
  },
};
