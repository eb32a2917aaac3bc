import { describe, expect, it } from "vitest";
import { fingerprint, hashes, hashOfBlock } from "./fingerprints.ts";

const LONG = "All work and no play. ".repeat(1_000);

describe("two blocks of a prompt", () => {
  it("are equal whether a text stands alone or in a list", () => {
    const alone = { system: "Be kind.", messages: [{ role: "user", content: LONG }] };
    const listed = {
      system: [{ type: "text", text: "Be kind." }],
      messages: [{ role: "user", content: [{ text: LONG, type: "text" }] }],
    };

    expect(hashes(alone)).toEqual(hashes(listed));
  });

  it("are equal where only `cache_control` differs, also of a block within one", () => {
    const marked = { cache_control: { type: "ephemeral", ttl: "1h" } };
    const tool = { name: "a", input_schema: { type: "object", properties: {} } };
    const inner = { type: "text", text: "inner" };
    const result = { type: "tool_result", tool_use_id: "t" };

    expect(hashOfBlock({ type: "text", text: "a", ...marked })).toBe(hashOfBlock({ type: "text", text: "a" }));
    expect(hashes({ tools: [{ ...tool, ...marked }] })).toEqual(hashes({ tools: [tool] }));
    expect(hashOfBlock({ ...result, content: [{ ...inner, ...marked }] })).toBe(
      hashOfBlock({ ...result, content: [inner] }),
    );
  });

  it("are equal where a field is null that the other does not have", () => {
    expect(hashOfBlock({ type: "text", text: "a", citations: null })).toBe(hashOfBlock({ type: "text", text: "a" }));
    expect(hashOfBlock({ type: "tool_use", id: "t", name: "n", input: {}, caller: null })).toBe(
      hashOfBlock({ type: "tool_use", id: "t", name: "n", input: {} }),
    );
  });

  it("differ where anything else does", () => {
    const blocks: object[] = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
      { type: "text", text: `${LONG}a` },
      { type: "text", text: `${LONG}b` },
      // Alike in length, at both ends and in the middle.
      { type: "text", text: `${LONG}1${LONG}${LONG}${LONG}` },
      { type: "text", text: `${LONG}2${LONG}${LONG}${LONG}` },
      { type: "text", text: "a", citations: [{ type: "char_location", cited_text: "a" }] },
      { type: "tool_use", id: "t", name: "n", input: {} },
      { type: "tool_use", id: "t", name: "n", input: { a: null } },
      { type: "tool_use", id: "t", name: "n", input: { cache_control: { type: "ephemeral" } } },
      { type: "tool_use", id: "t", name: "n", input: { a: 1 } },
      { type: "tool_use", id: "t", name: "n", input: { a: "1" } },
      { type: "tool_use", id: "t", name: "n", input: { a: 1, b: 2 } },
      { type: "tool_use", id: "t", name: "n", input: { b: 2, a: 1 } },
      { type: "tool_use", id: "u", name: "n", input: {} },
      { type: "tool_result", tool_use_id: "t", content: "a" },
      { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "a" }] },
      { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: LONG }] },
      { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: `${LONG}.` }] },
      { type: "tool_result", tool_use_id: "t", content: "a", is_error: true },
      { type: "thinking", thinking: "a", signature: "c2ln" },
      { type: "thinking", thinking: "a", signature: "c2lo" },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgp=" } },
      { type: "image", source: { type: "base64", media_type: "image/webp", data: "iVBORw0KGgo=" } },
      { type: "image", source: { type: "url", url: "https://example.test/a.png" } },
      { type: "image", source: { type: "url", url: "https://example.test/b.png" } },
      { type: "document", source: { type: "file", file_id: "file_1" } },
      { type: "document", source: { type: "file", file_id: "file_2" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "a" }, title: "one" },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "a" }, title: "two" },
      { type: "text", text: "\ud800" },
      { type: "text", text: "\ud801" },
      { type: "text", text: "\ufffd" },
    ];

    expect(new Set(blocks.map(hashOfBlock)).size).toBe(blocks.length);
  });

  it("differ by name, description and schema of a tool", () => {
    const tool = { name: "find", description: "Finds", input_schema: { type: "object", properties: { a: {}, b: {} } } };
    const tools = [
      tool,
      { ...tool, name: "seek" },
      { ...tool, description: "Seeks" },
      { ...tool, input_schema: { type: "object", properties: { b: {}, a: {} } } },
      { ...tool, strict: true },
    ];

    expect(new Set(tools.flatMap((one) => hashes({ tools: [one] }))).size).toBe(tools.length);
  });

  it("are what their JSON says, dates and fields without a value included", () => {
    const at = new Date(Date.UTC(2026, 0, 2));
    const use = { type: "tool_use", id: "t", name: "n" };

    expect(hashOfBlock({ ...use, input: { at, left: undefined, out: () => 1, list: [undefined] } })).toBe(
      hashOfBlock({ ...use, input: { at: "2026-01-02T00:00:00.000Z", list: [null] } }),
    );
  });
});

describe("a mark to be cached", () => {
  it("lives five minutes unless it says an hour", () => {
    const ttls = fingerprint({
      tools: [{ name: "a", input_schema: {}, cache_control: { type: "ephemeral", ttl: "1h" } }],
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "5m" } }],
      messages: [
        { role: "user", content: [{ type: "text", text: "u", cache_control: { type: "ephemeral" } }] },
        { role: "user", content: [{ type: "text", text: "v", cache_control: null }] },
      ],
    }).blocks.map((block) => ("ttl" in block ? block.ttl : null));

    expect(ttls).toEqual(["1h", "5m", "5m", null]);
  });

  it("is on the last block that can have one where caching is automatic", () => {
    const marks = (content: unknown, ttl?: string): unknown[] =>
      fingerprint({
        cache_control: { type: "ephemeral", ...(ttl === undefined ? {} : { ttl }) },
        messages: [
          { role: "user", content: "question" },
          { role: "assistant", content },
        ],
      }).blocks.map((block) => ("ttl" in block ? block.ttl : null));

    expect(marks("answer")).toEqual([null, "5m"]);
    expect(marks("answer", "1h")).toEqual([null, "1h"]);
    expect(marks([{ type: "thinking", thinking: "hm", signature: "c2ln" }], "1h")).toEqual(["1h", null]);
    expect(marks([{ type: "text", text: "answer", cache_control: { type: "ephemeral" } }])).toEqual([null, "5m"]);
  });
});
