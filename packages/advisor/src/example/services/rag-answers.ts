import { parseInstant, type Instant } from "@farthing/ledger";
import { USUAL_SHAPE, type ExampleService } from "../example-service.ts";
import type { Random } from "../random.ts";
import { arrivals, OFFICE_HOURS } from "../traffic.ts";
import { answerTimes, type TrueRequest } from "../true-request.ts";

/** Share of the retrieved contexts that are asked about a second time within the hour. */
const ASKED_AGAIN = 0.03;
const MINUTE_MS = 60 * 1000;

/**
 * Answers questions over retrieved manuals and caches each retrieved context for an hour, although nearly every question
 * retrieves another: it pays twice the input price for writes that nobody reads.
 */
export const ragAnswers: ExampleService = {
  name: "rag-answers",
  environment: "production",
  callSite: "src/rag/answer.ts:48",
  hosts: ["rag-1", "rag-2", "rag-3"],
  releases: [
    { name: "4.11.0", from: parseInstant("2026-10-12T09:00:00Z") },
    { name: "4.12.0", from: parseInstant("2026-11-04T10:30:00Z") },
  ],
  shape: { ...USUAL_SHAPE, cacheBreakpoints: [{ section: "messages", ttl: "1h" }] },
  requests(random, period) {
    return arrivals(random, period, { weekday: 270, weekend: 80, hours: OFFICE_HOURS }).flatMap((at, index) => {
      const context = { prefix: `rag-answers/context-${String(index)}`, tokens: random.between(110_000, 260_000) };
      const first = answer(random, at, context);
      if (!random.chance(ASKED_AGAIN)) return [first];
      return [first, answer(random, first.completedAt + random.between(MINUTE_MS, 30 * MINUTE_MS), context)];
    });
  },
};

function answer(
  random: Random,
  startedAt: Instant,
  context: { readonly prefix: string; readonly tokens: number },
): TrueRequest {
  const questionTokens = random.between(40, 400);
  const thinkingTokens = random.between(100, 600);
  const outputTokens = thinkingTokens + random.between(200, 900);
  return {
    model: "claude-opus-4-8",
    session: null,
    ...answerTimes(startedAt, context.tokens + questionTokens, outputTokens),
    prompt: [
      { section: "messages", ...context, breakpoint: "1h" },
      {
        section: "messages",
        prefix: `${context.prefix}/asked-${String(startedAt)}`,
        tokens: questionTokens,
        breakpoint: null,
      },
    ],
    outputTokens,
    thinkingTokens,
    stopReason: "end_turn",
  };
}
