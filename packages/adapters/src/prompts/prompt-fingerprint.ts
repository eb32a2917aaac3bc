import {
  NO_BLOCKS,
  type LedgerKey,
  type OmittedBlocks,
  type PromptBlock,
  type PromptFingerprint,
} from "@farthing/ledger";
import { apportion } from "./apportion.ts";
import { keptRuns } from "./kept-blocks.ts";
import { keyedHashes } from "./keyed-hash.ts";
import { chainOf } from "./prompt-chain.ts";
import type { DigestedBlock, PromptDigest } from "./prompt-digest.ts";

/**
 * The fingerprint of a prompt under a key.
 *
 * @param billedPromptTokens What the prompt was billed as: tokens then sum to it. Null where unknown: they are estimated.
 */
export function fingerprintOf(
  { blocks }: PromptDigest,
  key: LedgerKey,
  billedPromptTokens: number | null,
): PromptFingerprint {
  const estimated = blocks.map(({ tokens }) => tokens);
  const tokens = billedPromptTokens === null ? estimated : apportion(billedPromptTokens, estimated);
  const hashes = keyedHashes(key);
  const runs = keptRuns(blocks);
  const omitted = runs.filter(({ isOmitted }) => isOmitted);
  const [first, last] = [omitted[0], omitted.at(-1)];
  const chain =
    first === undefined || last === undefined
      ? []
      : chainOf(blocks, last.to, `${blocks[0]?.block.digest ?? ""}${blocks[first.from]?.block.digest ?? ""}`, hashes);
  const kept = runs.map(({ from, to, isOmitted }): PromptBlock | OmittedBlocks => {
    const block = blocks[from];
    if (isOmitted || block === undefined) {
      return { blocks: to - from, hash: chain[to - 1] ?? "", kind: "omitted", tokens: sum(tokens, from, to) };
    }
    return keptBlock(block, hashes.hashOf(block.block), tokens[from] ?? 0);
  });
  return { blocks: kept, key: key.id };
}

/** The cumulative hash of a prompt at its last block: what names the whole of it. */
export function promptHash({ blocks }: PromptDigest, key: LedgerKey): string {
  const chain = chainOf(blocks, blocks.length, `whole ${blocks[0]?.block.digest ?? ""}`, keyedHashes(key));
  return chain.at(-1) ?? NO_BLOCKS;
}

function keptBlock({ section, kind, ttl }: DigestedBlock, hash: string, tokens: number): PromptBlock {
  return ttl === null ? { hash, kind, section, tokens } : { hash, kind, section, tokens, ttl };
}

function sum(tokens: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index += 1) total += tokens[index] ?? 0;
  return total;
}
