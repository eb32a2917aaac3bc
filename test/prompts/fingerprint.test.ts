import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestPrompt } from "../../packages/adapters/src/prompts/index.ts";
import { fingerprint, hashes, kinds, KEY } from "./fingerprints.ts";

describe("a prompt's fingerprint", () => {
  it("has tools, then system, then messages, each block with what it is", () => {
    const body = {
      model: "claude-opus-5",
      messages: [
        { role: "user", content: "Where is my parcel?" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "I should look.", signature: "c2ln" },
            { type: "text", text: "One moment." },
            { type: "tool_use", id: "toolu_1", name: "track", input: { parcel: 7 } },
            { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "parcels" } },
            { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "in Linz" },
            { type: "image", source: { type: "url", url: "https://example.test/a.png" } },
            { type: "document", source: { type: "file", file_id: "file_1" } },
          ],
        },
        { role: "system", content: "Be brief from here on." },
      ],
      system: [
        { type: "text", text: "You find parcels." },
        { type: "text", text: "Always." },
      ],
      tools: [
        { name: "track", input_schema: { type: "object" } },
        { type: "custom", name: "call", input_schema: { type: "object" } },
        { type: "web_search_20260209", name: "web_search" },
      ],
    };

    expect(kinds(body)).toEqual([
      "tools tool",
      "tools tool",
      "tools web_search_20260209",
      "system text",
      "system text",
      "messages user.text",
      "messages assistant.thinking",
      "messages assistant.text",
      "messages assistant.tool_use",
      "messages assistant.server_tool_use",
      "messages assistant.web_search_tool_result",
      "messages user.tool_result",
      "messages user.image",
      "messages user.document",
      "messages system.text",
    ]);
  });

  it("hashes a block as the first 64 bits of HMAC-SHA256 of its digest", () => {
    const body = { messages: [{ role: "user", content: "hello" }] };
    const digest = digestPrompt(body)?.blocks[0]?.block.digest ?? "";

    expect(digest).toMatch(/^[0-9a-f]{32}$/);
    expect(hashes(body)).toEqual([createHmac("sha256", KEY.secret).update(digest).digest("hex").slice(0, 16)]);
    expect(fingerprint(body).key).toBe(KEY.id);
  });

  it("begins with the form that the answer must have", () => {
    const format = { type: "json_schema", schema: { type: "object" } };
    const messages = [{ role: "user", content: "hello" }];

    expect(kinds({ messages, output_config: { effort: "low", format } })).toEqual([
      "tools output_format",
      "messages user.text",
    ]);
    expect(hashes({ messages, output_format: format })).toEqual(hashes({ messages, output_config: { format } }));
  });

  it("leaves out tools that are loaded only when they are searched for", () => {
    const tools = [
      { name: "a", defer_loading: true, input_schema: {} },
      { name: "b", input_schema: {} },
    ];

    expect(kinds({ tools, messages: [{ role: "user", content: "hello" }] })).toEqual([
      "tools tool",
      "messages user.text",
    ]);
  });

  it("takes no word of the caller's for a kind or a role", () => {
    const blocks = [{ type: "My secret plan", text: "x" }, { text: "y" }];

    expect(kinds({ messages: [{ role: "A secret role", content: blocks }] })).toEqual([
      "messages other.other",
      "messages other.other",
    ]);
  });

  it("is there only where there is a prompt", () => {
    for (const body of [null, undefined, 7, "text", [], {}, { messages: [] }, { requests: [{ custom_id: "a" }] }]) {
      expect(digestPrompt(body)).toBeNull();
    }
  });
});
