import { cumulativeHash, NO_BLOCKS, type PromptBlock, type PromptFingerprint } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { digestPrompt, promptHash } from "../../packages/adapters/src/prompts/index.ts";
import { fingerprint, KEY } from "./fingerprints.ts";

/** A conversation of so many messages after two tools and a system prompt; those at some places are marked. */
function conversation(messages: number, marked: readonly number[] = [], name = "a"): object {
  return {
    tools: [
      { name: "one", input_schema: {} },
      { name: "two", input_schema: {} },
    ],
    system: "Be kind.",
    messages: Array.from({ length: messages }, (_, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: [
        {
          type: "text",
          text: `${name}${String(index)}`,
          ...(marked.includes(index) ? { cache_control: { type: "ephemeral" } } : {}),
        },
      ],
    })),
  };
}

/** A conversation that begins as "grown" and goes on otherwise from a message on, in the middle of what is left out. */
function forked(messages: number, from: number): object {
  const [one, other] = [conversation(messages, [], "grown"), conversation(messages, [], "other")].map(
    (body) => (body as { messages: object[] }).messages,
  );
  return { ...conversation(messages), messages: [...(one ?? []).slice(0, from), ...(other ?? []).slice(from)] };
}

/** Every block of a conversation, from the fingerprints of its beginnings, of which nothing is left out. */
function everyBlock(messages: number, name?: string): PromptBlock[] {
  const blocks = new Map<number, PromptBlock>();
  for (let length = 1; length <= messages; length += 1) {
    const last = fingerprint(conversation(length, [], name)).blocks.at(-1);
    if (last !== undefined && "section" in last) blocks.set(length, last);
  }
  const front = fingerprint(conversation(1, [], name)).blocks.slice(0, 3);
  return [...front.filter((block) => "section" in block), ...blocks.values()];
}

function cumulative(blocks: readonly PromptBlock[]): string {
  return blocks.reduce(cumulativeHash, NO_BLOCKS);
}

function outline({ blocks }: PromptFingerprint): (string | number)[] {
  return blocks.map(
    (block) => ("section" in block ? block.section[0] : null) ?? ("blocks" in block ? block.blocks : -1),
  );
}

describe("a long prompt's fingerprint", () => {
  it("keeps all of a prompt whose messages are 40 blocks", () => {
    expect(fingerprint(conversation(40)).blocks).toHaveLength(43);
  });

  it("keeps tools, system and the newest 40 blocks, and one sum of those between", () => {
    const long = fingerprint(conversation(100));

    expect(outline(long)).toEqual(["t", "t", "s", 60, ...Array.from({ length: 40 }, () => "m")]);
    expect(long.blocks[3]).toMatchObject({ kind: "omitted", hash: cumulative(everyBlock(100).slice(0, 63)) });
  });

  it("keeps every block that is marked to be cached, and so has several sums", () => {
    const long = fingerprint(conversation(100, [10, 30, 99]));
    const every = everyBlock(100);

    expect(outline(long)).toEqual(["t", "t", "s", 10, "m", 19, "m", 29, ...Array.from({ length: 40 }, () => "m")]);
    // Places in the prompt: three blocks before the messages, and those up to the marked ones themselves.
    expect(long.blocks[3]?.hash).toBe(cumulative(every.slice(0, 13)));
    expect(long.blocks[5]?.hash).toBe(cumulative(every.slice(0, 33)));
    expect(long.blocks[7]?.hash).toBe(cumulative(every.slice(0, 63)));
  });

  it("has the same sums whether the conversation was seen growing, forking or not at all", () => {
    const straight = fingerprint(conversation(90, [], "straight"));
    for (let length = 60; length <= 90; length += 7) fingerprint(conversation(length, [], "grown"));
    fingerprint(conversation(120, [5], "grown"));
    fingerprint(forked(90, 20));

    const grown = fingerprint(conversation(90, [], "grown"));
    const fork = fingerprint(forked(90, 30)).blocks[3]?.hash;

    expect(fork).toBe(cumulative([...everyBlock(90, "grown").slice(0, 33), ...everyBlock(90, "other").slice(33, 53)]));
    expect(grown.blocks[3]?.hash).toBe(cumulative(everyBlock(90, "grown").slice(0, 53)));
    expect(straight.blocks[3]?.hash).toBe(cumulative(everyBlock(90, "straight").slice(0, 53)));
  });

  it("ends with what names the whole prompt", () => {
    const digest = digestPrompt(conversation(100));
    const { blocks } = fingerprint(conversation(100));
    const last = blocks.reduce(
      (previous, block) => ("section" in block ? cumulativeHash(previous, block) : block.hash),
      NO_BLOCKS,
    );

    expect(digest === null ? null : promptHash(digest, KEY)).toBe(last);
    expect(last).toBe(cumulative(everyBlock(100)));
  });

  it("sums the tokens of what is left out", () => {
    const { blocks } = fingerprint(conversation(300), undefined, 10_007);
    const [omitted] = blocks.filter((block) => "blocks" in block);

    expect(blocks.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(10_007);
    // 260 of 303 blocks, all of about the same length but the tools.
    expect(omitted?.tokens).toBeGreaterThan(3_000);
  });
});
