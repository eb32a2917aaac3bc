import { hash } from "node:crypto";
import type { PromptBlock } from "./prompt-fingerprint.ts";

/** The cumulative hash of a prompt without blocks. */
export const NO_BLOCKS: string = "0".repeat(16);

/**
 * Names a prompt up to and including a block: 16 hexadecimal digits that are equal where all blocks up to there are.
 *
 * `previous` is the cumulative hash of the block before, or `NO_BLOCKS`. Tokens and lifetimes are left out: they can
 * differ between requests whose prompts begin alike.
 */
export function cumulativeHash(
  previous: string,
  { section, kind, hash: own }: Pick<PromptBlock, "section" | "kind" | "hash">,
): string {
  return hash("sha256", `${previous} ${section} ${kind} ${own}`, "hex").slice(0, NO_BLOCKS.length);
}
