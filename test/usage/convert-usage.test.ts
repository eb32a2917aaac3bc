import { convertUsage, InvalidUsageError, promptTokens, totalTokens } from "@farthing/ledger";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

function tokensOf(raw: unknown): unknown {
  return totalTokens(convertUsage(raw).usage);
}

function notesOf(raw: unknown): readonly string[] {
  return convertUsage(raw).usage.notes;
}

/** The field an unusable usage object is refused for. */
function refusedField(raw: unknown): string {
  try {
    convertUsage(raw);
  } catch (error) {
    if (error instanceof InvalidUsageError) return error.field;
    throw error;
  }
  return "none";
}

/** A usage object whose second iteration is the given one. */
function iterationsWith(entry: object): object {
  return { input_tokens: 1, iterations: [{ type: "message", input_tokens: 1, output_tokens: 0 }, entry] };
}

describe("converting a usage object", () => {
  it("keeps uncached input, both kinds of cache write, cache reads and output apart", () => {
    const raw = {
      input_tokens: 1,
      cache_creation_input_tokens: 50,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
      cache_read_input_tokens: 400,
      output_tokens: 5_000,
    };
    expect(tokensOf(raw)).toEqual({
      uncachedInput: 1,
      cacheWrite5m: 20,
      cacheWrite1h: 30,
      cacheRead: 400,
      output: 5_000,
    });
    expect(notesOf(raw)).toEqual([]);
  });

  it("bills one top-level part of the response's own model", () => {
    expect(convertUsage({ input_tokens: 3, output_tokens: 4 }).usage.parts).toEqual([
      {
        kind: "response",
        iteration: null,
        model: null,
        tokens: { uncachedInput: 3, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 4 },
      },
    ]);
  });

  it("reports thinking and server tools beside the buckets, not in them", () => {
    const { usage } = convertUsage({
      input_tokens: 0,
      output_tokens: 133,
      output_tokens_details: { thinking_tokens: 55 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 7 },
    });
    expect(usage).toMatchObject({ thinkingTokens: 55, webSearchRequests: 2, webFetchRequests: 7 });
    expect(totalTokens(usage).output).toBe(133);
  });

  it("leaves unreported thinking null and unreported tools at zero", () => {
    const { usage } = convertUsage({
      input_tokens: 1,
      output_tokens: 1,
      output_tokens_details: null,
      server_tool_use: null,
    });
    expect(usage).toMatchObject({ thinkingTokens: null, webSearchRequests: 0, webFetchRequests: 0 });
  });

  it("passes tier, speed and geography on as written, and an empty text as not reported", () => {
    const base = { input_tokens: 1, output_tokens: 1 };
    expect(convertUsage({ ...base, service_tier: "flex", speed: "fast", inference_geo: "eu" }).usage).toMatchObject({
      serviceTier: "flex",
      speed: "fast",
      inferenceGeo: "eu",
    });
    expect(convertUsage({ ...base, service_tier: "", speed: null, inference_geo: "" }).usage).toMatchObject({
      serviceTier: null,
      speed: null,
      inferenceGeo: null,
    });
  });

  it("keeps the API's object as it was", () => {
    const text =
      '{"input_tokens":1,"output_tokens":2,"new_field":{"a":[1]},"__proto__":{"input_tokens":9},"iterations":[]}';
    const raw: unknown = JSON.parse(text);
    expect(JSON.stringify(convertUsage(raw).usage.raw)).toBe(text);
  });

  it("reads no count through a __proto__ key", () => {
    const raw: unknown = JSON.parse(
      '{"__proto__":{"input_tokens":9},"output_tokens":2,"constructor":{"output_tokens":5}}',
    );
    expect(tokensOf(raw)).toMatchObject({ uncachedInput: 0, output: 2 });
    expect(refusedField(JSON.parse('{"__proto__":{"input_tokens":9,"output_tokens":9}}'))).toBe("input_tokens");
  });
});

describe("the lifetime of cache writes", () => {
  const base = { input_tokens: 1, output_tokens: 1 };

  it("is taken as five minutes, and said so, where there is no split", () => {
    for (const cache_creation of [undefined, null, {}]) {
      const raw = { ...base, cache_creation_input_tokens: 70, cache_creation };
      expect(tokensOf(raw)).toMatchObject({ cacheWrite5m: 70, cacheWrite1h: 0 });
      expect(notesOf(raw)).toEqual(["cache-write-lifetime-assumed-5m"]);
    }
  });

  it("is taken as five minutes for what a stream added after its split", () => {
    const raw = {
      ...base,
      cache_creation_input_tokens: 1_000,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
    };
    expect(tokensOf(raw)).toMatchObject({ cacheWrite5m: 900, cacheWrite1h: 100 });
    expect(notesOf(raw)).toEqual(["cache-write-remainder-assumed-5m"]);
  });

  it("comes from the split where the split claims more than the total", () => {
    const raw = {
      ...base,
      cache_creation_input_tokens: 10,
      cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 8 },
    };
    expect(tokensOf(raw)).toMatchObject({ cacheWrite5m: 5, cacheWrite1h: 8 });
    expect(notesOf(raw)).toEqual(["cache-write-split-exceeds-total"]);
  });

  it("comes from the split where there is no total", () => {
    const raw = { ...base, cache_creation: { ephemeral_1h_input_tokens: 8 } };
    expect(tokensOf(raw)).toMatchObject({ cacheWrite5m: 0, cacheWrite1h: 8 });
    expect(notesOf(raw)).toEqual([]);
  });

  it("needs no assumption where nothing was written", () => {
    expect(notesOf({ ...base, cache_creation_input_tokens: 0, cache_creation: null })).toEqual([]);
  });
});

describe("a usage object that cannot be billed", () => {
  it.each([
    ["input_tokens", { input_tokens: -1, output_tokens: 1 }],
    ["output_tokens", { input_tokens: 1, output_tokens: 1.5 }],
    ["input_tokens", { input_tokens: 2 ** 53, output_tokens: 1 }],
    ["cache_read_input_tokens", { input_tokens: 1, cache_read_input_tokens: "7" }],
    ["cache_creation_input_tokens", { input_tokens: 1, cache_creation_input_tokens: Number.NaN }],
    ["output_tokens", { input_tokens: 1, output_tokens: 7n }],
    ["cache_creation", { input_tokens: 1, cache_creation: 3 }],
    [
      "cache_creation.ephemeral_1h_input_tokens",
      { input_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: -3 } },
    ],
    ["server_tool_use.web_search_requests", { input_tokens: 1, server_tool_use: { web_search_requests: 0.5 } }],
    ["output_tokens_details.thinking_tokens", { output_tokens: 1, output_tokens_details: { thinking_tokens: -2 } }],
    ["service_tier", { input_tokens: 1, service_tier: 5 }],
    ["iterations", { input_tokens: 1, iterations: "none" }],
    ["iterations.0", { input_tokens: 1, iterations: [null] }],
    ["iterations.1.output_tokens", iterationsWith({ type: "message", input_tokens: 1, output_tokens: -1 })],
    ["iterations.1.input_tokens", iterationsWith({ type: "compaction" })],
    [
      "iterations.1.cache_creation.ephemeral_5m_input_tokens",
      iterationsWith({ type: "message", input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: -1 } }),
    ],
    ["input_tokens", {}],
    ["input_tokens", { input_tokens: null, output_tokens: null }],
    ["input_tokens", { input_tokens: 2 ** 53 - 1, output_tokens: 1 }],
    ["", null],
    ["", "usage"],
    ["", [1]],
    ["", undefined],
  ])("is refused naming %j", (field, raw) => {
    expect(refusedField(raw)).toBe(field);
  });

  it("says what was expected", () => {
    expect(() => convertUsage({ input_tokens: -1 })).toThrow(
      "usage.input_tokens: expected a whole number from 0 to 2^53 - 1, not -1",
    );
    expect(() => convertUsage(7)).toThrow("usage: expected an object");
  });

  it("is one with no count at all; one count is enough, and the others are then zero", () => {
    expect(tokensOf({ output_tokens: 4 })).toMatchObject({ uncachedInput: 0, output: 4 });
    expect(tokensOf({ cache_read_input_tokens: 9, input_tokens: null })).toMatchObject({
      uncachedInput: 0,
      cacheRead: 9,
    });
  });
});

describe("a refusal", () => {
  const raw = { input_tokens: 106, output_tokens: 1 };

  it("is billed to nobody where the response holds no content", () => {
    expect(convertUsage(raw, { stopReason: "refusal", outputBlocks: 0 }).billedTo).toBe("nobody");
  });

  it("is billed to nobody where no output token was counted", () => {
    expect(convertUsage({ ...raw, output_tokens: 0 }, { stopReason: "refusal" }).billedTo).toBe("nobody");
  });

  it("is billed like any response once it has output", () => {
    expect(convertUsage(raw, { stopReason: "refusal", outputBlocks: 1 }).billedTo).toBe("self");
    expect(convertUsage(raw, { stopReason: "refusal", outputBlocks: null }).billedTo).toBe("self");
    const thought = { ...raw, output_tokens: 300 };
    expect(convertUsage(thought, { stopReason: "refusal", outputBlocks: 0 }).billedTo).toBe("self");
  });

  it("still shows its tokens", () => {
    expect(totalTokens(convertUsage(raw, { stopReason: "refusal", outputBlocks: 0 }).usage)).toMatchObject({
      uncachedInput: 106,
    });
  });

  it("is what makes an empty response free: other empty responses are billed", () => {
    const warmUp = convertUsage({ input_tokens: 10, output_tokens: 0 }, { stopReason: "max_tokens", outputBlocks: 0 });
    expect(warmUp.billedTo).toBe("self");
  });
});

describe("any usage object", () => {
  const count = fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.constant(null), fc.constant(undefined));
  const object = fc.record({
    input_tokens: fc.nat(),
    cache_creation_input_tokens: count,
    cache_read_input_tokens: count,
    output_tokens: count,
    cache_creation: fc.option(fc.record({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })),
  });

  it("has buckets that sum to the billed prompt and to its output", () => {
    fc.assert(
      fc.property(object, (raw) => {
        const { usage } = convertUsage(raw);
        const split =
          (raw.cache_creation?.ephemeral_5m_input_tokens ?? 0) + (raw.cache_creation?.ephemeral_1h_input_tokens ?? 0);
        const writes = Math.max(raw.cache_creation_input_tokens ?? 0, split);
        const prompt = raw.input_tokens + writes + (raw.cache_read_input_tokens ?? 0);
        expect(promptTokens(totalTokens(usage))).toBe(prompt);
        expect(totalTokens(usage).output).toBe(raw.output_tokens ?? 0);
      }),
    );
  });

  it("converts the same after a trip through JSON", () => {
    fc.assert(
      fc.property(object, (raw) => {
        const { raw: _, ...direct } = convertUsage(raw).usage;
        const { raw: __, ...again } = convertUsage(JSON.parse(JSON.stringify(raw))).usage;
        expect(again).toEqual(direct);
      }),
    );
  });

  it("is converted or refused with a field, whatever its shape", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (raw) => {
        expect(typeof refusedField(raw)).toBe("string");
      }),
    );
  });
});
