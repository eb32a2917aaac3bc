import { candidateParams, requestBound, type RequestParams } from "@farthing/advisor";
import { listPriceBook, modelById, parseInstant, parseUsd } from "@farthing/ledger";
import { describe, expect, it } from "vitest";

const TERMS = { at: parseInstant("2026-11-22"), book: listPriceBook() };
const SONNET: RequestParams = {
  inference_geo: "global",
  model: "claude-sonnet-5",
  max_tokens: 1_000,
  messages: [{ role: "user", content: "Good day." }],
};

function bound(overrides: RequestParams, counted: number | null = 10_000): string | bigint {
  const { usd, reason } = requestBound({ ...SONNET, ...overrides }, counted, TERMS);
  return usd ?? reason;
}

describe("the most that a request can cost", () => {
  it("is its prompt as counted and a margin, and all the output it allows", () => {
    // 10,000 x 1.05 + 100 = 10,600 at $2, 1,000 at $10 per million.
    expect(bound({})).toBe(parseUsd("0.0312"));
  });

  it("is that of writing the prompt to a cache, where something of it is marked", () => {
    const marked = (ttl: object): RequestParams => ({
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ...ttl } }],
    });
    // 1.25 and 2 times the price of the prompt.
    expect(bound(marked({}))).toBe(parseUsd("0.0365"));
    expect(bound(marked({ ttl: "1h" }))).toBe(parseUsd("0.0524"));
  });

  it("is that of the United States where a request names no place, and the model has a price there", () => {
    // 1.1 times 0.0312: a workspace may have its requests answered there.
    for (const geo of [undefined, null, "", "us"]) {
      expect(bound({ inference_geo: geo })).toBe(parseUsd("0.03432"));
    }
    // Haiku 4.5 is $1 and $5 per million everywhere, and refuses the parameter.
    expect(bound({ inference_geo: undefined, model: "claude-haiku-4-5" })).toBe(parseUsd("0.0156"));
  });

  it("is by the bytes of a prompt that was not counted", () => {
    const content = "x".repeat(1_000);
    const bytes = bound({ messages: [{ role: "user", content }] }, null);
    // More than a token a byte, and not twice as many with what the API may add.
    expect(bytes).toBeGreaterThan(parseUsd("0.012"));
    expect(bytes).toBeLessThan(parseUsd("0.016"));
  });

  it.each([
    [
      "a picture that was not counted",
      { messages: [{ role: "user", content: [{ type: "image", source: {} }] }] },
      null,
      "prompt-not-counted",
    ],
    [
      "a tool of the API's that was not counted",
      { tools: [{ type: "bash_20250124", name: "bash" }] },
      null,
      "prompt-not-counted",
    ],
    [
      "a tool that the API runs",
      { tools: [{ type: "web_search_20250305", name: "web_search" }] },
      10,
      "tool-not-bounded",
    ],
    ["a parameter of another release", { mcp_servers: [] }, 10, "parameter-not-bounded"],
    ["a model without a price", { model: "claude-haiku-9" }, 10, "no-price"],
    ["no limit of its output", { max_tokens: undefined }, 10, "output-not-bounded"],
  ] as const)("is not known with %s", (_, overrides, counted, reason) => {
    expect(bound(overrides, counted)).toBe(reason);
  });

  it("is known with a tool that the client runs, once it is counted", () => {
    expect(
      typeof bound({
        tools: [
          { name: "look_up", input_schema: {} },
          { type: "bash_20250124", name: "bash" },
        ],
      }),
    ).toBe("bigint");
  });
});

describe("a request to a candidate", () => {
  const changed = (id: string, overrides: RequestParams): { params: RequestParams; changes: readonly string[] } =>
    candidateParams({ ...SONNET, ...overrides }, id, modelById(id));

  it("is the same but for the model, where the candidate takes it", () => {
    expect(changed("claude-opus-5", { temperature: 1 })).toEqual({
      params: { ...SONNET, model: "claude-opus-5", temperature: 1 },
      changes: [],
    });
  });

  it.each([
    [
      "claude-opus-5",
      { thinking: { type: "enabled", budget_tokens: 2_000 } },
      { thinking: { type: "adaptive" } },
      "thinking-budget-replaced",
    ],
    ["claude-opus-5-5", { thinking: { type: "enabled", budget_tokens: 2_000 } }, {}, "thinking-left-out"],
    ["claude-opus-5-5", { thinking: { type: "disabled" } }, {}, "thinking-left-out"],
    ["claude-haiku-4-5", { thinking: { type: "adaptive" } }, {}, "thinking-left-out"],
    ["claude-haiku-4-5", { output_config: { effort: "low" } }, {}, "effort-left-out"],
    [
      "claude-haiku-4-5",
      { output_config: { effort: "low", format: {} } },
      { output_config: { format: {} } },
      "effort-left-out",
    ],
    ["claude-haiku-4-5", { max_tokens: 128_000 }, { max_tokens: 64_000 }, "max-tokens-lowered"],
  ] as const)("of %s leaves out or replaces %j", (id, asked, sent, change) => {
    expect(changed(id, asked)).toEqual({ params: { ...SONNET, ...sent, model: id }, changes: [change] });
  });

  it("of a model that nobody knows is left as it is", () => {
    const { changes } = changed("claude-own-1", { thinking: { type: "enabled" }, max_tokens: 1_000_000 });
    expect(changes).toEqual([]);
  });
});
