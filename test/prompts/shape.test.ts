import { loadParseEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { digestPrompt, shapeOf } from "../../packages/adapters/src/prompts/index.ts";
import { aRequestCompleted } from "../support/builders.ts";

const HOUR = { type: "ephemeral", ttl: "1h" };

describe("the shape of a request", () => {
  it("is what it asks for", () => {
    const body = {
      model: "claude-opus-5",
      max_tokens: 2_048,
      stream: true,
      temperature: 0.5,
      thinking: { type: "enabled", budget_tokens: 1_024 },
      output_config: { effort: "high", format: { type: "json_schema", schema: {} } },
      tool_choice: { type: "any" },
      tools: [
        { name: "a", input_schema: {}, cache_control: HOUR },
        { name: "b", input_schema: {}, defer_loading: true },
      ],
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: "m" }],
      cache_control: { type: "ephemeral" },
    };

    expect(shapeOf(body)).toEqual({
      maxTokens: 2_048,
      thinking: "enabled",
      thinkingBudgetTokens: 1_024,
      effort: "high",
      stream: true,
      toolCount: 2,
      cacheBreakpoints: [
        { section: "tools", ttl: "1h" },
        { section: "system", ttl: "5m" },
        { section: "messages", ttl: "5m" },
      ],
      temperature: 0.5,
      toolChoice: "any",
      outputFormat: true,
      promptBytes: expect.any(Number) as unknown,
    });
    expect(shapeOf(body, digestPrompt(body))).toEqual(shapeOf(body));
  });

  it("is null where the request does not say", () => {
    expect(shapeOf({ model: "claude-opus-5", messages: [{ role: "user", content: "m" }] })).toEqual({
      maxTokens: null,
      thinking: null,
      thinkingBudgetTokens: null,
      effort: null,
      stream: false,
      toolCount: 0,
      cacheBreakpoints: [],
      temperature: null,
      promptBytes: 1,
    });
    expect(shapeOf("text")).toBeNull();
    expect(shapeOf(null)).toBeNull();
  });

  it("takes nothing for what it is not", () => {
    const shape = shapeOf({
      max_tokens: "many",
      stream: "yes",
      temperature: NaN,
      thinking: { type: "hard", budget_tokens: -1 },
      output_config: { effort: "As much as you can." },
      tool_choice: { type: "whatever" },
      messages: [],
    });

    expect(shape).toEqual({
      maxTokens: null,
      thinking: null,
      thinkingBudgetTokens: null,
      effort: null,
      stream: false,
      toolCount: 0,
      cacheBreakpoints: null,
      temperature: null,
    });
  });

  it("has the bytes of a prompt to seven binary digits, and none of a prompt with images", () => {
    const bytes = (content: unknown): number | undefined =>
      shapeOf({ messages: [{ role: "user", content }] })?.promptBytes;

    expect(bytes("a".repeat(100))).toBe(100);
    // 1,000 lies between 2^9 and 2^10, where the steps are 8; 1,003 is nearest to 1,000.
    expect(bytes("a".repeat(1_003))).toBe(1_000);
    expect(bytes("ü".repeat(50))).toBe(100);
    expect(bytes([{ type: "image", source: { type: "url", url: "https://example.test" } }])).toBeUndefined();
  });

  it("is taken by a ledger as it is", async () => {
    const parseEvent = await loadParseEvent();
    const body = { tool_choice: { type: "auto" }, output_format: {}, messages: [{ role: "user", content: "m" }] };
    const event = { ...aRequestCompleted(), request: shapeOf(body) };

    expect(parseEvent(event)).toBe(event);
    expect(() => parseEvent({ ...event, request: { ...event.request, toolChoice: "whatever" } })).toThrow("toolChoice");
  });
});
