import { parseInstant } from "@farthing/ledger";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";
import { answerTimes } from "../true-request.ts";

/** Reads fields off short invoices on the cheapest model: nothing to advise. */
export const invoiceExtract: ExampleService = {
  name: "invoice-extract",
  environment: "production",
  callSite: "src/invoices/extract.ts:35",
  hosts: ["invoices-1"],
  releases: [{ name: "2.4.1", from: parseInstant("2026-10-08T13:00:00Z") }],
  shape: { ...USUAL_SHAPE, maxTokens: 2_000, effort: "low", stream: false, toolCount: 1 },
  requests(random, period) {
    return arrivals(random, period, { weekday: 60, weekend: 10, hours: OFFICE_HOURS }).map((startedAt, index) => {
      const promptTokens = random.between(900, 3_500);
      const outputTokens = random.between(80, 350);
      return {
        model: "claude-haiku-5-5",
        session: null,
        ...answerTimes(startedAt, promptTokens, outputTokens),
        prompt: [
          { section: "messages", prefix: `invoice-extract/${String(index)}`, tokens: promptTokens, breakpoint: null },
        ],
        outputTokens,
        thinkingTokens: 0,
        stopReason: "tool_use",
      };
    });
  },
};
