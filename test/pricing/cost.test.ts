import { formatUsd, listPriceBook, type Cost } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { MILLION, price, usd } from "./price.ts";

function linesOf({ lines }: Cost): unknown[] {
  return lines.map(({ item, model, iteration, quantity, perUnit, amount }) => [
    item,
    model,
    iteration,
    quantity,
    perUnit === null ? null : formatUsd(perUnit),
    amount === null ? null : formatUsd(amount),
  ]);
}

function pass(type: string, input_tokens: number): object {
  return { type, input_tokens, output_tokens: 0 };
}

describe("the cost of a usage", () => {
  it("is the sum of a line for each bucket in use", () => {
    const cost = price("claude-opus-5", {
      input_tokens: 1_000,
      cache_creation_input_tokens: 500,
      cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 },
      cache_read_input_tokens: 10_000,
      output_tokens: 2_000,
      server_tool_use: { web_search_requests: 3 },
    });
    expect(linesOf(cost)).toEqual([
      ["uncachedInput", "claude-opus-5", null, 1_000, "0.000005", "0.005"],
      ["cacheWrite5m", "claude-opus-5", null, 300, "0.00000625", "0.001875"],
      ["cacheWrite1h", "claude-opus-5", null, 200, "0.00001", "0.002"],
      ["cacheRead", "claude-opus-5", null, 10_000, "0.0000005", "0.005"],
      ["output", "claude-opus-5", null, 2_000, "0.000025", "0.05"],
      ["webSearch", "claude-opus-5", null, 3, "0.01", "0.03"],
    ]);
    expect(cost).toMatchObject({ total: 93_875_000_000n, reason: null, notional: false, regionUnknown: false });
  });

  it("is zero, without lines, for no tokens", () => {
    expect(price("claude-opus-5", { input_tokens: 0, output_tokens: 0 })).toMatchObject({ total: 0n, lines: [] });
  });

  it("prices each iteration at its own model, and searches once at the response's", () => {
    const cost = price("claude-sonnet-5", {
      input_tokens: 2_417,
      output_tokens: 133,
      server_tool_use: { web_search_requests: 1 },
      iterations: [
        { type: "message", input_tokens: 2_417, output_tokens: 133 },
        { type: "advisor_message", model: "claude-opus-4-8", input_tokens: 2_529, output_tokens: 38 },
        { type: "compaction", input_tokens: 100, output_tokens: 10 },
      ],
    });
    expect(linesOf(cost)).toEqual([
      ["uncachedInput", "claude-sonnet-5", null, 2_417, "0.000002", "0.004834"],
      ["output", "claude-sonnet-5", null, 133, "0.00001", "0.00133"],
      ["uncachedInput", "claude-opus-4-8", 1, 2_529, "0.000005", "0.012645"],
      ["output", "claude-opus-4-8", 1, 38, "0.000025", "0.00095"],
      ["uncachedInput", "claude-sonnet-5", 2, 100, "0.000002", "0.0002"],
      ["output", "claude-sonnet-5", 2, 10, "0.00001", "0.0001"],
      ["webSearch", "claude-sonnet-5", null, 1, "0.01", "0.01"],
    ]);
    expect(cost.total).toBe(30_059_000_000n);
  });

  it("decides the price tier by the prompt of each pass", () => {
    const raw = {
      input_tokens: 90_000,
      output_tokens: 0,
      iterations: [pass("compaction", 100_001), pass("message", 90_000)],
    };
    expect(linesOf(price("claude-haiku-5-5", raw))).toMatchObject([
      ["uncachedInput", "claude-haiku-5-5", null, 90_000, "0.0000001", "0.009"],
      ["uncachedInput", "claude-haiku-5-5", 0, 100_001, "0.0000005", "0.0500005"],
    ]);
  });

  it("halves every token price in a batch, and no search", () => {
    const batch = { service_tier: "batch" };
    expect(usd("claude-haiku-5-5", { ...MILLION.read, ...batch }, "2026-10-07")).toBe("0.025");
    expect(usd("claude-opus-5", { ...MILLION.output, ...batch })).toBe("12.5");
    expect(usd("claude-opus-5", { input_tokens: 0, ...batch, server_tool_use: { web_search_requests: 100 } })).toBe(
      "1",
    );
  });

  it("marks priority tier as notional and prices it at list price", () => {
    const cost = price("claude-opus-5", { ...MILLION.input, service_tier: "priority" });
    expect(cost).toMatchObject({ total: 5_000_000_000_000n, notional: true });
  });
});

describe("US-only inference", () => {
  const us = { inference_geo: "us" };

  it("costs a tenth more on every token and no more on a search", () => {
    expect(usd("claude-opus-5", { ...MILLION.input, ...us })).toBe("5.5");
    expect(usd("claude-fable-5-2", { ...MILLION.read, ...us })).toBe("0.22");
    expect(usd("claude-opus-5", { input_tokens: 0, ...us, server_tool_use: { web_search_requests: 100 } })).toBe("1");
  });

  it("multiplies with fast mode, with batch and with the prompt's tier", () => {
    expect(usd("claude-fable-5-2", { ...MILLION.input, ...us, speed: "fast" })).toBe("17.6");
    expect(usd("claude-fable-5-2", { ...MILLION.output, ...us, speed: "fast" })).toBe("88");
    expect(usd("claude-haiku-5-5", { cache_read_input_tokens: 100_000, ...us, service_tier: "batch" })).toBe("0.00055");
    expect(usd("claude-haiku-5-5", { ...MILLION.write5m, ...us, service_tier: "batch" })).toBe("0.34375");
  });

  it("is unpriced on a model that rejects it", () => {
    expect(usd("claude-sonnet-4-5", { ...MILLION.input, ...us })).toBe("no-us-price");
  });

  it("is the only geography that multiplies", () => {
    for (const inference_geo of ["global", "not_available", null, "", undefined]) {
      expect(usd("claude-opus-5", { ...MILLION.input, inference_geo })).toBe("5");
    }
  });
});

describe("a platform's model id", () => {
  it("costs a tenth more in a region since the 4.5 models, and list price worldwide", () => {
    expect(usd("us.anthropic.claude-haiku-4-5-20251001-v1:0", MILLION.input)).toBe("1.1");
    expect(usd("anthropic.claude-haiku-4-5-20251001-v1:0", MILLION.input)).toBe("1.1");
    expect(usd("global.anthropic.claude-haiku-4-5-20251001-v1:0", MILLION.input)).toBe("1");
    expect(usd("eu.anthropic.claude-opus-4-5-20251101-v1:0", MILLION.output)).toBe("27.5");
    expect(usd("us.anthropic.claude-opus-4-1-20250805-v1:0", MILLION.input)).toBe("15");
    expect(usd("us.anthropic.claude-sonnet-4-20250514-v1:0", { input_tokens: 1_000 })).toBe("0.003");
  });

  it("pays the premium once where the usage says US too", () => {
    expect(usd("us.anthropic.claude-opus-4-8", { ...MILLION.input, inference_geo: "us" })).toBe("5.5");
  });

  it("of Vertex without a region is at list price, and says so", () => {
    expect(price("claude-haiku-4-5@20251001", MILLION.input)).toMatchObject({
      total: 1_000_000_000_000n,
      regionUnknown: true,
    });
    expect(price("claude-haiku-4-5", MILLION.input).regionUnknown).toBe(false);
    expect(price("us.anthropic.claude-haiku-4-5", MILLION.input).regionUnknown).toBe(false);
  });

  it("with Claude Code's long-context mark costs what the model costs", () => {
    expect(usd("claude-opus-4-8[1m]", MILLION.input)).toBe("5");
  });

  it("gives its region to iterations that name a model without one", () => {
    const advice = { type: "advisor_message", model: "claude-opus-4-8", input_tokens: 1_000_000, output_tokens: 0 };
    const raw = { input_tokens: 0, output_tokens: 0, iterations: [advice] };
    expect(usd("us.anthropic.claude-sonnet-5", raw)).toBe("5.5");
    expect(usd("global.anthropic.claude-sonnet-5", raw)).toBe("5");
    expect(price("claude-sonnet-5@default", raw).regionUnknown).toBe(true);
  });
});

describe("fast mode", () => {
  const fast = { speed: "fast" };

  it.each([
    ["claude-fable-5-2", "2026-11-15", "16", "80"],
    ["claude-opus-5-5", "2026-11-15", "8", "40"],
    ["claude-opus-5", "2026-11-15", "10", "50"],
    ["claude-opus-4-8", "2026-05-28", "10", "50"],
    ["claude-opus-4-8", "2026-11-29", "10", "50"],
    ["claude-opus-4-8", "2026-11-30", "no-fast-price", "no-fast-price"],
    ["claude-opus-4-7", "2026-07-23", "30", "150"],
    ["claude-opus-4-7", "2026-07-24", "no-fast-price", "no-fast-price"],
    ["claude-opus-4-6", "2026-03-12", "60", "150"],
    ["claude-opus-4-6", "2026-07-23", "30", "150"],
    ["claude-opus-4-6", "2026-07-24", "5", "25"],
    ["claude-opus-4-5", "2026-07-23", "no-fast-price", "no-fast-price"],
    ["claude-sonnet-5-5", "2026-11-15", "no-fast-price", "no-fast-price"],
    ["claude-haiku-5-5", "2026-11-15", "no-fast-price", "no-fast-price"],
  ])("of %s on %s costs %s and %s", (model, at, input, output) => {
    expect(usd(model, { ...MILLION.input, ...fast }, at)).toBe(input);
    expect(usd(model, { ...MILLION.output, ...fast }, at)).toBe(output);
  });

  it("raises cache prices alike", () => {
    expect(usd("claude-fable-5-2", { ...MILLION.read, ...fast })).toBe("0.4");
    expect(usd("claude-fable-5-2", { ...MILLION.write5m, ...fast })).toBe("20");
  });

  it("has no price with batch or priority, which never offered it", () => {
    expect(usd("claude-opus-5", { ...MILLION.input, ...fast, service_tier: "batch" })).toBe("no-fast-price");
    expect(usd("claude-opus-5", { ...MILLION.input, ...fast, service_tier: "priority" })).toBe("no-fast-price");
  });

  it("is what was served: standard speed is priced as none", () => {
    expect(usd("claude-haiku-5-5", { input_tokens: 100, speed: "standard" })).toBe("0.00001");
  });
});

describe("unpriced usage", () => {
  it.each([
    ["unknown-model", "claude-haiku-9", {}, "2026-11-15"],
    ["unknown-model", "__proto__", {}, "2026-11-15"],
    ["unknown-model", "constructor", {}, "2026-11-15"],
    ["no-published-price", "claude-mythos-preview", {}, "2026-11-15"],
    ["before-first-price", "claude-opus-5", {}, "2026-07-23"],
    ["unknown-service-tier", "claude-opus-5", { service_tier: "flex" }, "2026-11-15"],
    ["unknown-service-tier", "claude-opus-5", { service_tier: "__proto__" }, "2026-11-15"],
    ["unknown-speed", "claude-opus-5", { speed: "turbo" }, "2026-11-15"],
    ["unknown-geography", "claude-opus-5", { inference_geo: "mars" }, "2026-11-15"],
  ])("with reason %s shows its tokens without a price", (reason, model, more, at) => {
    const cost = price(model, { input_tokens: 7, output_tokens: 9, ...more }, at);
    expect(cost).toMatchObject({ total: null, reason });
    expect(linesOf(cost)).toEqual([
      ["uncachedInput", model, null, 7, null, null],
      ["output", model, null, 9, null, null],
    ]);
  });

  it("keeps the price of the lines that have one", () => {
    const cost = price("claude-2.1", {
      input_tokens: 1_000,
      cache_read_input_tokens: 5,
      output_tokens: 0,
      server_tool_use: { web_search_requests: 1 },
    });
    expect(cost).toMatchObject({ total: null, reason: "no-price-for-bucket" });
    expect(linesOf(cost)).toEqual([
      ["uncachedInput", "claude-2.1", null, 1_000, "0.000008", "0.008"],
      ["cacheRead", "claude-2.1", null, 5, null, null],
      ["webSearch", "claude-2.1", null, 1, "0.01", "0.01"],
    ]);
  });

  it("keeps the price of the passes that have one", () => {
    const cost = price("claude-sonnet-5", {
      input_tokens: 1_000,
      output_tokens: 0,
      iterations: [{ type: "advisor_message", model: "claude-opus-9", input_tokens: 10, output_tokens: 0 }],
    });
    expect(cost).toMatchObject({ total: null, reason: "unknown-model" });
    expect(linesOf(cost)).toEqual([
      ["uncachedInput", "claude-sonnet-5", null, 1_000, "0.000002", "0.002"],
      ["uncachedInput", "claude-opus-9", 0, 10, null, null],
    ]);
  });

  it("has no total even without tokens: nothing is said of what the model costs", () => {
    expect(price("claude-haiku-9", { input_tokens: 0, output_tokens: 0 })).toMatchObject({
      total: null,
      reason: "unknown-model",
      lines: [],
    });
  });

  it("is never a bucket of quantity zero", () => {
    expect(usd("claude-2.1", { input_tokens: 1_000, cache_read_input_tokens: 0 })).toBe("0.008");
  });

  it("follows from a book that knows no cards yet", () => {
    const book = listPriceBook().knownAt(Date.parse("2026-01-01"));
    expect(usd("claude-opus-5", MILLION.input, "2026-11-15", book)).toBe("unknown-model");
    expect(usd("claude-opus-4-5", MILLION.input, "2026-11-15", book)).toBe("5");
  });
});
