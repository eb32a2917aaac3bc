import { traceFromResponses, type Plan } from "@farthing/advisor";
import { listPriceBook } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { arithmeticOf } from "../../packages/advisor/src/portfolio/arithmetic.ts";
import { KeptReplays } from "../../packages/advisor/src/replay/kept-replays.ts";
import { withoutCaching } from "../../packages/advisor/src/trace/counterfactual-prompt.ts";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation } from "../support/conversation.ts";
import { promptedCalls, systemText } from "../support/prompted-calls.ts";
import { WRITTEN_FOR_NOTHING } from "../support/written-for-nothing.ts";

describe("the arithmetic of a saving", () => {
  it("is, for a cache that nobody reads, its writes at twice the price of input and then as input", () => {
    const advice = adviceOn(aConversation(WRITTEN_FOR_NOTHING, { model: "claude-sonnet-4-5", service: "archive" }));
    const stop = advice.recommendations.find(({ plan }) => plan.strategy === "stop-caching");
    // 300,000 tokens: at $6 a million written for an hour, at $3 as input; 3,000 of output at $15 either way.
    const output = { item: "output", quantity: 3_000, usd: usd("0.045") };
    expect(stop?.arithmetic).toEqual({
      before: [{ item: "cacheWrite1h", quantity: 300_000, usd: usd("1.8") }, output],
      after: [{ item: "uncachedInput", quantity: 300_000, usd: usd("0.9") }, output],
      elsewhere: 0n,
    });
    expect(stop?.alone.expected).toBe(usd("0.9"));
  });

  it("has what a change costs a service that reads what it no longer writes on a line of its own", () => {
    const blocks = [systemText("rules", 10_000, "5m")];
    const model = "claude-sonnet-4-5";
    const trace = traceFromResponses(
      [
        ...promptedCalls([{ at: 0, blocks, cacheWrite5m: 10_000 }], { model, service: "writer" }),
        ...promptedCalls([{ at: 60, blocks, cacheRead: 10_000 }], { model, service: "reader" }),
      ],
      listPriceBook(),
    );
    const plan: Pick<Plan, "workload" | "rewrite"> = {
      workload: "writer",
      rewrite: (request, { recorded }) => [
        recorded.workload === "writer" ? { ...request, prompt: withoutCaching(request.prompt) } : request,
      ],
    };
    const subject = { trace, members: [0, 1], neighbours: [], knowledge: "blocks" as const };
    const [found] = arithmeticOf(new KeptReplays(subject, listPriceBook()), [plan]);
    // Written at $3.75 a million by the reader, in the place of read at $0.30.
    expect(found?.elsewhere).toBe(-usd("0.0345"));
    expect(found?.before.map(({ item, usd: paid }) => [item, paid])).toEqual([
      ["cacheWrite5m", usd("0.0375")],
      ["output", usd("0.00015")],
    ]);
    expect(found?.after.map(({ item, usd: paid }) => [item, paid])).toEqual([
      ["uncachedInput", usd("0.03")],
      ["output", usd("0.00015")],
    ]);
  });
});
