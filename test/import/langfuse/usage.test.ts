import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anObservation, apart } from "../support/langfuse-rows.ts";
import { type PromptCount, promptTokensOf } from "../support/litellm-rows.ts";
import { bucketsIn, bucketsOf, costsIn, failuresIn, imported, USED, USED_USD, type Used } from "../support/records.ts";

const counts: fc.Arbitrary<Used> = fc.record({
  uncached: fc.integer({ min: 1, max: 60_000 }),
  reads: fc.integer({ min: 0, max: 60_000 }),
  write5m: fc.integer({ min: 0, max: 60_000 }),
  write1h: fc.constant(0),
  output: fc.integer({ min: 1, max: 9000 }),
});

/** As LiteLLM writes a generation: `input` has reads taken off in newer releases, and `total` counts its own prompt. */
function byLitellm(used: Used, release: PromptCount, takesReadsOff: boolean, cost: number | null): object {
  const { reads, write5m, output, uncached } = used;
  const prompt = promptTokensOf(used, release);
  return anObservation({
    id: "time-10-00-00-123456_chatcmpl-1",
    usageDetails: {
      input: takesReadsOff ? Math.max(prompt - reads, 0) : prompt,
      output,
      total: prompt + output,
      cache_creation_input_tokens: write5m,
      cache_read_input_tokens: reads,
    },
    costDetails: { input: uncached, output, total: 1 },
    metadata: { litellm_response_cost: cost },
  });
}

function listPrice({ uncached, reads, write5m, output }: Used): number {
  return (uncached * 5 + reads * 0.5 + write5m * 6.25 + output * 25) / 1e6;
}

describe("the tokens of a generation of Langfuse", () => {
  it("are the API's own where each kind is told apart and they sum to the total", async () => {
    await fc.assert(
      fc.asyncProperty(counts, async (used) => {
        const { ledger, report } = await imported("langfuse", [[anObservation({ usageDetails: apart(used) })]]);
        expect([bucketsIn(ledger), report.cacheUntold]).toEqual([[bucketsOf(used)], 0]);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ["with reads", false],
    ["with reads", true],
    ["with reads and writes", false],
    ["with reads and writes", true],
    ["uncached alone", false],
  ] as const)(
    "are the API's own, or unknown, where LiteLLM counts prompts %s (reads taken off: %s) and its cost tells",
    async (release, takesReadsOff) => {
      await fc.assert(
        fc.asyncProperty(counts, async (used) => {
          const row = byLitellm(used, release, takesReadsOff, listPrice(used));
          const { ledger, report } = await imported("langfuse", [[row]]);
          if (report.unclear.total === 0) expect(bucketsIn(ledger)).toEqual([bucketsOf(used)]);
          else expect([bucketsIn(ledger), failuresIn(ledger).length]).toEqual([[], 1]);
        }),
        { numRuns: 20 },
      );
      const { ledger } = await imported("langfuse", [[byLitellm(USED, release, takesReadsOff, USED_USD)]]);
      expect(costsIn(ledger)).toEqual(["0.0325"]);
    },
  );

  it("are unknown where LiteLLM states no cost, and neither is the cost that Langfuse reckons any evidence", async () => {
    const { ledger, report } = await imported("langfuse", [[byLitellm(USED, "with reads and writes", true, null)]]);
    expect([bucketsIn(ledger), report.unclear.byReason]).toEqual([[], { "cached-input-unclear": 1 }]);
    expect(report.stated).toMatchObject([{ unpricedRecords: 1, unpricedStatedUsd: "1" }]);
  });

  it("are unknown where the export leaves out what wrote them, and say what to export", async () => {
    const { report } = await imported("langfuse", [[anObservation({ metadata: undefined })]]);
    expect(report.unclear.examples[0]?.why).toContain("export the field group of metadata too");
  });

  it.each([
    [
      "the AI SDK, whose input Langfuse takes cached tokens off once more",
      { input_cached_tokens: 10, input_cache_creation: 0 },
    ],
    ["a span whose input may have cached tokens in it", { cache_read_input_tokens: 10 }],
  ])("are unknown where they come from %s", async (_, cached) => {
    const metadata = { scope: { name: "x" }, attributes: { "gen_ai.usage.input_tokens": "60" } };
    const usageDetails = { input: 50, output: 5, total: 65, ...cached };
    const { report } = await imported("langfuse", [[anObservation({ metadata, usageDetails, costDetails: {} })]]);
    expect(report.unclear.byReason).toEqual({ "cached-input-unclear": 1 });
  });

  it("are told apart by spans of Pydantic AI", async () => {
    const metadata = { scope: { name: "pydantic-ai" }, attributes: { "gen_ai.usage.input_tokens": "60" } };
    const usageDetails = { input: 50, output: 5, input_cache_read: 10, input_cache_creation: 20, total: 85 };
    const { ledger } = await imported("langfuse", [[anObservation({ metadata, usageDetails })]]);
    expect(bucketsIn(ledger)).toMatchObject([{ uncachedInput: 50, cacheRead: 10, cacheWrite5m: 20, output: 5 }]);
  });

  it("are those of the API's usage where a span of the AI SDK carries it, with the message's id", async () => {
    const usage = {
      input_tokens: 1000,
      cache_read_input_tokens: 10_000,
      cache_creation_input_tokens: 2000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2000 },
      output_tokens: 400,
      service_tier: "standard",
    };
    const attributes = {
      "ai.response.id": "msg_1",
      "ai.response.providerMetadata": JSON.stringify({ anthropic: { usage, text: "of an answer" } }),
    };
    // The input was clamped: ten times as many tokens were taken off it as it had.
    const usageDetails = { input: 0, output: 400, input_cached_tokens: 10_000, input_cache_creation_1h: 2000 };
    for (const metadata of [
      { attributes },
      { attributes: JSON.stringify(attributes) },
      JSON.stringify({ attributes }),
    ]) {
      const { ledger } = await imported("langfuse", [[anObservation({ metadata, usageDetails })]]);
      expect(ledger.responses().map(({ id }) => id)).toEqual(["msg:msg_1"]);
      // 1,000 × $5 + 10,000 × $0.50 + 2,000 × $10 + 400 × $25, by the million.
      expect(costsIn(ledger)).toEqual(["0.04"]);
      expect(ledger.account()).not.toContain("of an answer");
    }
  });

  it("count as uncached where nothing is said of the cache, and the report says of how many", async () => {
    const usageDetails = { input: 1000, output: 400, total: 1400 };
    const { ledger, report } = await imported("langfuse", [[anObservation({ usageDetails })]]);
    expect([costsIn(ledger), report.cacheUntold]).toEqual([["0.015"], 1]);
    expect(ledger.responses().map(({ usage }) => usage.notes.length > 0)).toEqual([true]);
  });

  it.each([
    // 1,000,000 × $5 + 100 × $25, by the million; then what it is with 1,000,000 tokens read from the cache.
    [{ input: 1e6, output: 100 }, 5.0025, ["5.0025"], {}],
    [{ input: 1e6, output: 100 }, 0.5025, [], { "cache-not-told": 1 }],
    [{ input: 1e6, output: 100, cache_creation_input_tokens: 0 }, 0.5025, [], { "cache-not-told": 1 }],
    [{ input: 1e6, output: 100, cache_read_input_tokens: 0 }, 0.5025, ["5.0025"], {}],
  ])("%j with a stated cost of $%d cost %j, and are unclear %j", async (usageDetails, cost, costs, unclear) => {
    const row = anObservation({ usageDetails, metadata: { litellm_response_cost: cost } });
    const { ledger, report } = await imported("langfuse", [[row]]);
    expect([costsIn(ledger), report.unclear.byReason]).toEqual([costs, unclear]);
  });

  it.each([
    [{ usageDetails: { input: 5, output: 5 }, providedUsageDetails: {} }, "counted-elsewhere"],
    [{ usageDetails: {} }, "no-usage"],
    [{ usageDetails: { input: 0, output: 0, total: 0 } }, "no-usage"],
    [{ usageDetails: { input: 5, output: 5, input_audio: 7 } }, "unknown-count"],
    [{ usageDetails: { input: 5, output: -5 } }, "impossible-counts"],
    [
      { usageDetails: { input: 5, output: 5, input_cached_tokens: 3, cache_read_input_tokens: 4 } },
      "impossible-counts",
    ],
  ])("are unknown where they are %j", async (overrides, reason) => {
    const { ledger, report } = await imported("langfuse", [[anObservation(overrides)]]);
    expect([bucketsIn(ledger), failuresIn(ledger).length, report.unclear.byReason]).toEqual([[], 1, { [reason]: 1 }]);
  });
});
