import type { ExampleService } from "../example-service.ts";
import { answerTimes } from "../true-request.ts";
import { supportChat } from "./support-chat.ts";

const REQUESTS = 41;

/** Shadow traffic of the support chat to a gateway's own model name, for which no price is known. */
export const supportChatCanary: ExampleService = {
  ...supportChat,
  environment: "canary",
  hosts: ["support-canary"],
  shape: { ...supportChat.shape, cacheBreakpoints: [] },
  requests: (random, period) =>
    Array.from({ length: REQUESTS }, (_, index) => {
      const promptTokens = random.between(2_000, 9_000);
      const outputTokens = random.between(150, 700);
      return {
        model: "claude-internal-canary",
        session: null,
        ...answerTimes(random.between(period.from, period.until - 1), promptTokens, outputTokens),
        prompt: [
          {
            section: "messages",
            prefix: `support-chat-canary/${String(index)}`,
            tokens: promptTokens,
            breakpoint: null,
          },
        ],
        outputTokens,
        thinkingTokens: 0,
        stopReason: "end_turn",
      };
    }),
};
