import type { Instant } from "@farthing/ledger";
import type { BlockMaker } from "./block-maker.ts";
import type { Random } from "./chance.ts";
import type { Knobs } from "./knobs.ts";
import type { TrueBlock } from "./true-request.ts";

const TIMESTAMP_TOKENS = 24;

/** The tools and the system prompt that a request begins with. */
export function frontOf(knobs: Knobs, blocks: BlockMaker, random: Random, at: Instant): readonly TrueBlock[] {
  return [...toolsOf(knobs, blocks, random), ...timestampOf(knobs, blocks, at), ...systemOf(knobs, blocks)];
}

function toolsOf(
  { front, tools, toolTokens, unusedTools, unstable }: Knobs,
  blocks: BlockMaker,
  random: Random,
): TrueBlock[] {
  const made = Array.from({ length: tools }, (_, number) =>
    blocks.make({
      section: "tools",
      kind: "tool",
      id: `${front}/tool-${String(number).padStart(2, "0")}`,
      tokens: toolTokens + 17 * number,
      role: number < unusedTools ? "unused" : "static",
    }),
  );
  return unstable === "tool-order" ? shuffled(made, random) : made;
}

function timestampOf({ front, unstable }: Knobs, blocks: BlockMaker, at: Instant): TrueBlock[] {
  if (unstable !== "timestamp") return [];
  const id = `${front}/at ${String(at)}`;
  return [blocks.make({ section: "system", kind: "text", id, tokens: TIMESTAMP_TOKENS, role: "volatile" })];
}

function systemOf({ front, systemTokens, systemBlocks }: Knobs, blocks: BlockMaker): TrueBlock[] {
  return Array.from({ length: systemBlocks }, (_, number) =>
    blocks.make({
      section: "system",
      kind: "text",
      id: `${front}/system-${String(number)}`,
      tokens: Math.ceil(systemTokens / systemBlocks),
      role: "static",
    }),
  );
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.between(0, left.length - 1), 1));
}
