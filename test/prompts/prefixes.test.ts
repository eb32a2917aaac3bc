import { cumulativeHash, NO_BLOCKS, parseKey, type PromptFingerprint } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestPrompt, fingerprintOf } from "../../packages/adapters/src/prompts/index.ts";
import { fingerprint, KEY } from "./fingerprints.ts";
import { anyText } from "../support/any-text.ts";

const OTHER_KEY = parseKey("f0".repeat(32));

const texts = fc.oneof(
  fc.constantFrom("a", "b", "", "\ud800", "x".repeat(600), "y".repeat(9_000)),
  anyText({ maxLength: 20 }),
);
const names = fc.constantFrom("a", "b", "type", "text");
const inputs = fc.dictionary(names, fc.oneof(texts, fc.integer(), fc.boolean()), { maxKeys: 3, noNullPrototype: true });
const blocks = fc.oneof(
  texts.map((text) => ({ type: "text", text })),
  inputs.map((input) => ({ type: "tool_use", id: "t", name: "n", input })),
  fc.array(texts, { maxLength: 2 }).map((list) => ({
    type: "tool_result",
    tool_use_id: "t",
    content: list.map((text) => ({ type: "text", text })),
  })),
);
const roles = fc.constantFrom("user", "assistant");
const messages = fc.record({
  role: roles,
  content: fc.oneof(texts, fc.array(blocks, { minLength: 1, maxLength: 3 })),
});
const tools = inputs.map((input_schema) => ({ name: "n", input_schema }));
const bodies = fc.record({
  tools: fc.array(tools, { maxLength: 3 }),
  system: texts,
  messages: fc.array(messages, { minLength: 1, maxLength: 6 }),
});

/** What names a prompt up to each of its blocks. */
function names64({ blocks: kept }: PromptFingerprint): string[] {
  let previous = NO_BLOCKS;
  return kept.map((block) => (previous = "section" in block ? cumulativeHash(previous, block) : block.hash));
}

/** A prompt's blocks as the API gets them, one JSON each, texts alone as blocks. */
function blocksAsJson(body: {
  tools: object[];
  system: string;
  messages: { role: string; content: unknown }[];
}): string[] {
  const listOf = (content: unknown): unknown[] =>
    typeof content === "string" ? [{ type: "text", text: content }] : (content as unknown[]);
  return [
    ...body.tools.map((tool) => JSON.stringify(["tools", tool])),
    ...listOf(body.system).map((block) => JSON.stringify(["system", block])),
    ...body.messages.flatMap(({ role, content }) => listOf(content).map((block) => JSON.stringify([role, block]))),
  ];
}

describe("the fingerprints of two prompts", () => {
  it("agree up to where the prompts do, and never after", () => {
    fc.assert(
      fc.property(bodies, bodies, fc.nat({ max: 6 }), (one, two, shared) => {
        // Half of them begin alike.
        const other = {
          ...two,
          tools: one.tools,
          system: one.system,
          messages: [...one.messages.slice(0, shared), ...two.messages],
        };
        for (const second of [two, other]) {
          const [a, b] = [blocksAsJson(one), blocksAsJson(second)];
          const [x, y] = [names64(fingerprint(one)), names64(fingerprint(second))];
          expect(x).toHaveLength(a.length);
          let equal = true;
          for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
            equal &&= a[index] === b[index];
            expect(x[index] === y[index]).toBe(equal);
          }
        }
      }),
    );
  });

  it("agree for equal prompts made of other objects, in any order of calls", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const again = JSON.parse(JSON.stringify(body)) as typeof body;
        // Halves of surrogate pairs survive JSON, as escapes.
        expect(fingerprint(again)).toEqual(fingerprint(body));
        expect(fingerprint(body)).toEqual(fingerprint(again));
      }),
    );
  });

  it("share nothing under different keys", () => {
    fc.assert(
      fc.property(bodies, bodies, (one, two) => {
        const mine = fingerprint(one, KEY);
        const theirs = fingerprint(two, OTHER_KEY);
        const hashes = new Set(mine.blocks.map(({ hash }) => hash));
        expect(theirs.blocks.filter(({ hash }) => hashes.has(hash))).toEqual([]);
        expect(theirs.key).not.toBe(mine.key);
      }),
    );
  });

  it("sum exactly to what was billed, whatever that was", () => {
    fc.assert(
      fc.property(bodies, fc.oneof(fc.nat({ max: 50 }), fc.maxSafeNat()), (body, billed) => {
        const { blocks: kept } = fingerprint(body, KEY, billed);
        expect(kept.reduce((sum, { tokens }) => sum + BigInt(tokens), 0n)).toBe(BigInt(billed));
        for (const { tokens } of kept) expect(tokens).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("can be made under both keys from one digest", () => {
    const body = { messages: [{ role: "user", content: "hello" }] };
    const digest = digestPrompt(body);
    if (digest === null) throw new Error("no prompt");
    const [mine, theirs, again] = [KEY, OTHER_KEY, KEY].map((key) => fingerprintOf(digest, key, 10));

    expect(again).toEqual(mine);
    expect(theirs).toEqual(fingerprint(body, OTHER_KEY, 10));
    expect(theirs?.blocks[0]?.hash).not.toBe(mine?.blocks[0]?.hash);
  });
});
