import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aSpendLog, type PromptCount, usageObject } from "../support/litellm-rows.ts";
import { bucketsIn, bucketsOf, costsIn, failuresIn, imported, USED, USED_USD, type Used } from "../support/records.ts";

const RELEASES: readonly PromptCount[] = ["uncached alone", "with reads", "with reads and writes"];

const counts: fc.Arbitrary<Used> = fc.record({
  uncached: fc.integer({ min: 1, max: 60_000 }),
  reads: fc.integer({ min: 0, max: 60_000 }),
  write5m: fc.integer({ min: 0, max: 60_000 }),
  write1h: fc.integer({ min: 0, max: 60_000 }),
  output: fc.integer({ min: 1, max: 9000 }),
});

/** At the rates of Opus 5, in dollars. */
function listPrice({ uncached, reads, write5m, write1h, output }: Used): number {
  return (uncached * 5 + reads * 0.5 + write5m * 6.25 + write1h * 10 + output * 25) / 1e6;
}

function rowOf(used: Used, release: PromptCount, { text = false, spend = 0 } = {}): object {
  return aSpendLog({ spend }, { usage_object: usageObject(used, release, text) });
}

describe("the tokens of a row of LiteLLM", () => {
  it.each(RELEASES)(
    "are the API's own where uncached ones are told apart and prompt_tokens counts %s",
    async (release) => {
      await fc.assert(
        fc.asyncProperty(counts, async (used) => {
          const { ledger } = await imported("litellm", [[rowOf(used, release, { text: true })]]);
          expect(bucketsIn(ledger)).toEqual([bucketsOf(used)]);
        }),
        { numRuns: 25 },
      );
    },
  );

  it.each(RELEASES)(
    "are the API's own, or unknown, where prompt_tokens counts %s and the cost alone tells",
    async (release) => {
      await fc.assert(
        fc.asyncProperty(counts, async (used) => {
          const { ledger, report } = await imported("litellm", [[rowOf(used, release, { spend: listPrice(used) })]]);
          if (report.unclear.total === 0) expect(bucketsIn(ledger)).toEqual([bucketsOf(used)]);
          else expect([bucketsIn(ledger), failuresIn(ledger).length]).toEqual([[], 1]);
        }),
        { numRuns: 25 },
      );
    },
  );

  it.each(RELEASES)("cost $0.0325 by hand where prompt_tokens counts %s", async (release) => {
    const { ledger, report } = await imported("litellm", [[rowOf(USED, release, { spend: USED_USD })]]);
    expect(costsIn(ledger)).toEqual(["0.0325"]);
    expect(report.stated).toMatchObject([{ records: 1, differing: 0, statedUsd: "0.0325", usd: "0.0325" }]);
  });

  it("are unknown, and said to be, where prompt_tokens may count cached tokens and no cost tells", async () => {
    // A negotiated price is none of the three: 13,000 could be 13,000, 3,000 or 1,000 uncached tokens.
    const { ledger, report } = await imported("litellm", [[rowOf(USED, "with reads and writes", { spend: 0.03 })]]);
    expect(bucketsIn(ledger)).toEqual([]);
    expect(failuresIn(ledger)).toMatchObject([
      {
        id: "litellm:chatcmpl-1",
        cost: "unknown",
        errorType: "response_without_usage",
        requestedModel: "claude-opus-5",
      },
    ]);
    expect(report.unclear).toMatchObject({ total: 1, byReason: { "cached-input-unclear": 1 } });
    expect(report.unclear.examples[0]?.why).toContain("13000 may or may not count 10000 read and 2000 written");
    expect(report.stated).toMatchObject([{ records: 0, unpricedRecords: 1, unpricedStatedUsd: "0.03" }]);
  });

  it("take the place of what was unknown, when a fuller record of the call comes", async () => {
    const { ledger } = await imported("litellm", [[rowOf(USED, "with reads", { spend: 0.03 })]]);
    await imported("litellm", [[aSpendLog()]], ledger);
    expect(bucketsIn(ledger)).toEqual([bucketsOf(USED)]);
    expect(failuresIn(ledger)).toEqual([]);
  });

  it("without a word on the cache count as uncached only where that is what they cost", async () => {
    // 13,000 × $5 + 400 × $25 by the million is $0.075.
    const without = (spend: number): object =>
      aSpendLog({ spend }, { usage_object: null, additional_usage_values: {} });
    const certain = await imported("litellm", [[without(0.075)]]);
    expect(bucketsIn(certain.ledger)).toMatchObject([{ uncachedInput: 13_000, cacheRead: 0, output: 400 }]);
    const uncertain = await imported("litellm", [[without(0.0325)]]);
    expect(uncertain.report.unclear.byReason).toEqual({ "cache-not-told": 1 });
  });

  it("are taken as they are where the row has the API's own usage", async () => {
    const usage = { input_tokens: 7, cache_read_input_tokens: 100, output_tokens: 3, service_tier: "batch" };
    const { ledger } = await imported("litellm", [[aSpendLog({}, { usage_object: usage })]]);
    // Half of 7 × $5 + 100 × $0.50 + 3 × $25, by the million.
    expect(costsIn(ledger)).toEqual(["0.00008"]);
  });

  it("have the tier, the speed and the searches that are told, and say where none are", async () => {
    const terms = {
      service_tier: "standard",
      inference_geo: "global",
      speed: "standard",
      server_tool_use: { web_search_requests: 2 },
    };
    const usage_object = { ...usageObject(USED, "with reads", true), ...terms };
    const told = await imported("litellm", [[aSpendLog({}, { usage_object })]]);
    expect(told.ledger.responses()).toMatchObject([{ usage: { webSearchRequests: 2, speed: "standard", notes: [] } }]);
    // Two searches cost $0.02.
    expect(costsIn(told.ledger)).toEqual(["0.0525"]);
    const untold = await imported("litellm", [[aSpendLog()]]);
    expect(untold.ledger.responses()[0]?.usage.notes).toContain("details-not-reported");
  });

  it.each([
    [{ prompt_tokens: 0, completion_tokens: 0, cache_read_input_tokens: 0 }, "no-usage"],
    [{ prompt_tokens: -5, completion_tokens: 1, cache_read_input_tokens: 0 }, "impossible-counts"],
    [{ prompt_tokens: 5.5, completion_tokens: 1, cache_read_input_tokens: 0 }, "impossible-counts"],
    [
      {
        prompt_tokens: 50,
        completion_tokens: 1,
        cache_read_input_tokens: 3,
        prompt_tokens_details: { cached_tokens: 4 },
      },
      "impossible-counts",
    ],
  ])("are unknown where they are %j", async (usage_object, reason) => {
    const { ledger, report } = await imported("litellm", [[aSpendLog({}, { usage_object })]]);
    expect([bucketsIn(ledger), report.unclear.byReason]).toEqual([[], { [reason]: 1 }]);
  });
});
