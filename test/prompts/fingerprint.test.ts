import { createHmac } from "node:crypto";
import { parseKey } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { digestPrompt, fingerprintOf } from "../../packages/adapters/src/prompts/index.ts";

const KEY = parseKey("0f".repeat(32));

function blocksOf(body: unknown, billed: number | null = null): ReturnType<typeof fingerprintOf>["blocks"] {
  const digest = digestPrompt(body);
  return digest === null ? [] : fingerprintOf(digest, KEY, billed).blocks;
}

describe("a prompt's fingerprint", () => {
  it("has tools, then system, then messages, each block with what it is", () => {
    const blocks = blocksOf({
      model: "claude-opus-5",
      messages: [
        { role: "user", content: "Where is my parcel?" },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "track", input: { parcel: 7 } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "in Linz" }] },
      ],
      system: "You find parcels.",
      tools: [
        { name: "track", input_schema: { type: "object" } },
        { type: "web_search_20260209", name: "web_search" },
      ],
    });

    expect(blocks.map((block) => ("section" in block ? `${block.section} ${block.kind}` : block.kind))).toEqual([
      "tools tool",
      "tools web_search_20260209",
      "system text",
      "messages user.text",
      "messages assistant.tool_use",
      "messages user.tool_result",
    ]);
  });

  it("sums to what the prompt was billed as", () => {
    const blocks = blocksOf({ messages: Array.from({ length: 7 }, () => ({ role: "user", content: "a" })) }, 1_000);

    expect(blocks.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(1_000);
  });

  it("hashes a block as the first 64 bits of HMAC-SHA256 of its digest", () => {
    const digest = digestPrompt({ messages: [{ role: "user", content: "hello" }] });
    const [block] = digest?.blocks ?? [];
    const hmac = createHmac("sha256", KEY.secret)
      .update(block?.block.digest ?? "")
      .digest("hex");

    expect(blocksOf({ messages: [{ role: "user", content: "hello" }] })).toMatchObject([{ hash: hmac.slice(0, 16) }]);
  });
});
