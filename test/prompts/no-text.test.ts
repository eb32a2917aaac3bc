import { describe, expect, it } from "vitest";
import { digestPrompt, fingerprintOf, shapeOf } from "../../packages/adapters/src/prompts/index.ts";
import { KEY } from "./fingerprints.ts";

/** Words that stand nowhere else. */
const SECRETS = [
  "quagga",
  "xylophagous",
  "zymurgy",
  "ytterbium",
  "vellichor",
  "ulotrichous",
  "tmesis",
  "syzygy",
] as const;
const [system, user, tool, description, input, result, thought, file] = SECRETS;

const BODY = {
  model: "claude-opus-5",
  max_tokens: 100,
  metadata: { user_id: "somebody" },
  output_config: { effort: "a secret effort" },
  system: `${system} `.repeat(2_000),
  tools: [{ name: tool, description, input_schema: { type: "object", properties: { [input]: {} } } }],
  messages: [
    { role: "user", content: `${user} `.repeat(2_000) },
    { role: "assistant", content: [{ type: "thinking", thinking: thought, signature: "c2ln" }] },
    { role: "assistant", content: [{ type: "tool_use", id: "t", name: tool, input: { [input]: input } }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: result }] },
    { role: "user", content: [{ type: "document", title: file, source: { type: "file", file_id: file } }] },
  ],
};

describe("what is kept of a prompt", () => {
  it("has no word of it", () => {
    const digest = digestPrompt(BODY);
    if (digest === null) throw new Error("no prompt");
    const kept = JSON.stringify([digest, fingerprintOf(digest, KEY, 5_000), shapeOf(BODY)]);

    for (const word of [...SECRETS, "somebody", "secret"]) expect(kept).not.toContain(word);
  });

  it("has no digest that could be compared without the key", () => {
    const digest = digestPrompt(BODY);
    if (digest === null) throw new Error("no prompt");
    const kept = JSON.stringify(fingerprintOf(digest, KEY, 5_000));

    for (const { block } of digest.blocks) expect(kept).not.toContain(block.digest.slice(0, 16));
  });
});
