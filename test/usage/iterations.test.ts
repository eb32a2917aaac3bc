import { convertUsage, costOf, listPriceBook, parseInstant, type Usage } from "@farthing/ledger";
import { describe, expect, it } from "vitest";

type Summary = [kind: string, iteration: number | null, model: string | null, input: number, output: number];

function partsOf(usage: Usage): Summary[] {
  return usage.parts.map(({ kind, iteration, model, tokens }) => [
    kind,
    iteration,
    model,
    tokens.uncachedInput,
    tokens.output,
  ]);
}

function convert(top: readonly [number, number], iterations: unknown): Usage {
  return convertUsage({ input_tokens: top[0], output_tokens: top[1], iterations }).usage;
}

function pass(type: string, input: number, output: number, more: object = {}): object {
  return { type, input_tokens: input, output_tokens: output, ...more };
}

function writes(total: number, ephemeral_5m_input_tokens: number, ephemeral_1h_input_tokens: number): object {
  return {
    cache_creation_input_tokens: total,
    cache_creation: { ephemeral_5m_input_tokens, ephemeral_1h_input_tokens },
  };
}

describe("a response without iterations", () => {
  it.each([undefined, null, []].map((iterations) => [iterations]))("is billed by its top level (%j)", (iterations) => {
    const usage = convert([10, 2], iterations);
    expect(partsOf(usage)).toEqual([["response", null, null, 10, 2]]);
    expect(usage.notes).toEqual([]);
  });
});

describe("a response with message iterations", () => {
  it("is billed by its top level where they agree", () => {
    const usage = convert([2417, 133], [pass("message", 1128, 121), pass("message", 1289, 12)]);
    expect(partsOf(usage)).toEqual([["response", null, null, 2417, 133]]);
    expect(usage.notes).toEqual([]);
  });

  it("is billed by its iterations where they sum to more and nowhere to less", () => {
    const usage = convert([1128, 133], [pass("message", 1128, 121), pass("message", 1289, 12)]);
    expect(partsOf(usage)).toEqual([
      ["message", 0, null, 1128, 121],
      ["message", 1, null, 1289, 12],
    ]);
    expect(usage.notes).toEqual(["iterations-differ-from-total"]);
  });

  it("is billed by its top level where the iterations are only the last of many", () => {
    const usage = convert([9_000, 400], [pass("message", 100, 20)]);
    expect(partsOf(usage)).toEqual([["response", null, null, 9_000, 400]]);
    expect(usage.notes).toEqual(["iterations-differ-from-total"]);
  });

  it("is billed by its top level where the iterations sum to more here and to less there", () => {
    const usage = convert([100, 50], [pass("message", 200, 40)]);
    expect(partsOf(usage)).toEqual([["response", null, null, 100, 50]]);
    expect(usage.notes).toEqual(["iterations-differ-from-total"]);
  });

  it("counts writes of an iteration without a split as five-minute writes", () => {
    const usage = convert([1, 1], [pass("message", 1, 2, { cache_creation_input_tokens: 30 })]);
    expect(usage.parts[0]?.tokens).toMatchObject({ cacheWrite5m: 30, cacheWrite1h: 0 });
    expect(usage.notes).toEqual(["cache-write-lifetime-assumed-5m", "iterations-differ-from-total"]);
  });

  it("takes the lifetimes of its writes from the iterations where the top level's split is behind its total", () => {
    const { usage } = convertUsage({
      input_tokens: 2,
      output_tokens: 2,
      ...writes(300, 0, 100),
      iterations: [pass("message", 1, 1, writes(100, 0, 100)), pass("message", 1, 1, writes(200, 50, 150))],
    });
    expect(usage.parts).toHaveLength(1);
    expect(usage.parts[0]).toMatchObject({ kind: "response", tokens: { cacheWrite5m: 50, cacheWrite1h: 250 } });
    expect(usage.notes).toEqual([]);
  });

  it("does not call a split missing from the iterations a disagreement", () => {
    const { usage } = convertUsage({
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_input_tokens: 40,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 40 },
      iterations: [pass("message", 1, 1, { cache_creation_input_tokens: 40 })],
    });
    expect(usage.parts).toMatchObject([{ kind: "response", tokens: { cacheWrite1h: 40 } }]);
    expect(usage.notes).toEqual([]);
  });
});

describe("a response that was compacted or advised", () => {
  it("is billed for compaction, which the top level leaves out, at its own model", () => {
    const usage = convert([180, 8], [pass("compaction", 55_196, 125), pass("message", 180, 8)]);
    expect(partsOf(usage)).toEqual([
      ["response", null, null, 180, 8],
      ["compaction", 0, null, 55_196, 125],
    ]);
    expect(usage.notes).toEqual([]);
  });

  it("is billed for advice at the advisor's model", () => {
    const advice = pass("advisor_message", 2_529, 38, { model: "claude-opus-4-8" });
    const usage = convert([2417, 133], [pass("message", 1128, 121), advice, pass("message", 1289, 12)]);
    expect(partsOf(usage)).toEqual([
      ["response", null, null, 2417, 133],
      ["advisor_message", 1, "claude-opus-4-8", 2_529, 38],
    ]);
  });

  it("does not bill an unnamed advisor at the response's model", () => {
    const [, advice] = convert([1, 1], [pass("advisor_message", 5, 5)]).parts;
    expect(advice?.model).toBe("<unnamed advisor>");
  });

  it("keeps the order of its passes where message iterations are billed", () => {
    const usage = convert([1, 1], [pass("message", 1, 1), pass("compaction", 7, 7), pass("message", 3, 3)]);
    expect(partsOf(usage).map(([kind, iteration]) => [kind, iteration])).toEqual([
      ["message", 0],
      ["compaction", 1],
      ["message", 2],
    ]);
  });
});

describe("a response served by a fallback model", () => {
  const declined = pass("message", 500, 0, { model: "claude-fable-5-1" });
  const served = pass("fallback_message", 510, 90, { model: "claude-opus-5-5" });

  it("is billed hop by hop, and not by its top level", () => {
    const halfway = pass("message", 500, 12, { model: "claude-fable-5-1" });
    expect(partsOf(convert([510, 90], [halfway, served]))).toEqual([
      ["message", 0, "claude-fable-5-1", 500, 12],
      ["fallback_message", 1, "claude-opus-5-5", 510, 90],
    ]);
  });

  it("is not billed for a hop that declined before any output", () => {
    expect(partsOf(convert([510, 90], [declined, served]))).toEqual([
      ["fallback_message", 1, "claude-opus-5-5", 510, 90],
    ]);
  });

  it("is billed for its last hop even without output", () => {
    const empty = pass("fallback_message", 510, 0, { model: "claude-opus-5-5" });
    expect(partsOf(convert([510, 0], [declined, empty]))).toEqual([["fallback_message", 1, "claude-opus-5-5", 510, 0]]);
  });

  it("is billed for compaction besides", () => {
    expect(partsOf(convert([510, 90], [pass("compaction", 9_000, 50), declined, served]))).toEqual([
      ["compaction", 0, null, 9_000, 50],
      ["fallback_message", 2, "claude-opus-5-5", 510, 90],
    ]);
  });

  it("is billed where the last hop refused but an earlier one had written", () => {
    const halfway = pass("message", 500, 12, { model: "claude-fable-5-1" });
    const refused = pass("fallback_message", 510, 0, { model: "claude-opus-5-5" });
    const raw = { input_tokens: 510, output_tokens: 0, iterations: [halfway, refused] };
    expect(convertUsage(raw, { stopReason: "refusal" }).billedTo).toBe("self");
  });
});

describe("an iteration of an unknown kind", () => {
  it("leaves the response without a price, because it may be billed beside the rest", () => {
    const usage = convert([10, 2], [{ type: "critic_message" }]);
    const cost = costOf(usage, "claude-opus-5", parseInstant("2026-10-01"), listPriceBook());
    expect([cost.total, cost.reason]).toEqual([null, "unknown-iteration"]);
    expect(cost.lines.map(({ amount }) => amount)).toEqual([50_000_000n, 50_000_000n]);
  });

  it("is noted once and not billed, whatever it holds", () => {
    const usage = convert([10, 2], [{ type: "critic_message", input_tokens: -5 }, { type: "__proto__" }, {}]);
    expect(partsOf(usage)).toEqual([["response", null, null, 10, 2]]);
    expect(usage.notes).toEqual(["unknown-iteration-type"]);
  });
});
