import { premiumGeo } from "@farthing/advisor";
import { money } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aUsage } from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";
import { aPrompt } from "../support/prompts.ts";

const TOKENS = { uncachedInput: 10_000, cacheRead: 0, output: 100 };

/** So many services whose prompts begin alike, each with 20 requests, bound to the US; the first asks ten times as much. */
function services(count: number): ReturnType<typeof aConversation> {
  return Array.from({ length: count }, (_, service) => {
    const tokens = { ...TOKENS, uncachedInput: service === 0 ? 100_000 : TOKENS.uncachedInput };
    const prompt = aPrompt([
      { text: "front", tokens: 100, section: "system", ttl: "5m" },
      { text: `rest ${String(service)}`, tokens: tokens.uncachedInput - 100 },
    ]);
    const usage = { ...aUsage(tokens), inferenceGeo: "us" };
    const steps = Array.from({ length: 20 }, (__, place) => ({
      at: place * 3600 + service,
      continues: -1,
      ...tokens,
      overrides: { prompt, usage },
    }));
    return aConversation(steps, { service: `service-${String(service)}`, name: `s${String(service)}` });
  }).flat();
}

describe("advice on more workloads that share prefixes than all sets of changes can be replayed for", () => {
  it("keeps what is worth a line among much that is not", () => {
    // Opus 5: 20 x (100,000 x 5 + 100 x 25) dollars a million, a tenth more for the US: 1.005 dollars.
    for (const count of [2, 14]) {
      const { recommendations } = adviceOn(services(count), { strategies: [premiumGeo], total: money(usd("50")) });
      expect(recommendations.map(({ plan, share }) => [plan.workload, share.expected])).toEqual([
        ["service-0", usd("1.005")],
      ]);
    }
  });
});
