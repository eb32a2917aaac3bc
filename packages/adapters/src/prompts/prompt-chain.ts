import { cumulativeHash, NO_BLOCKS } from "@farthing/ledger";
import type { KeyedHashes } from "./keyed-hash.ts";
import type { DigestedBlock } from "./prompt-digest.ts";

/** The cumulative hashes of a prompt's blocks, from the first on. */
interface Chain {
  readonly blocks: readonly DigestedBlock[];
  readonly cumulative: readonly string[];
}

/** How many conversations are remembered of a key, and how long they may be. */
const CHAINS_MAX = 64;
const LINKS_MAX = 4_096;

const byHashes = new WeakMap<KeyedHashes, Map<string, Chain>>();

/**
 * The cumulative hash at each of the first `length` blocks.
 *
 * A conversation goes on where the one remembered ended, so that only what is new in it is hashed.
 *
 * @param name What tells this conversation from others, most of the time.
 */
export function chainOf(
  blocks: readonly DigestedBlock[],
  length: number,
  name: string,
  hashes: KeyedHashes,
): readonly string[] {
  const chains = byHashes.get(hashes) ?? new Map<string, Chain>();
  byHashes.set(hashes, chains);
  const before = chains.get(name);
  const cumulative = before?.cumulative.slice(0, equalLength(before.blocks, blocks, length)) ?? [];
  for (let index = cumulative.length; index < length; index += 1) {
    const block = blocks[index];
    if (block === undefined) break;
    const own = { section: block.section, kind: block.kind, hash: hashes.hashOf(block.block) };
    cumulative.push(cumulativeHash(cumulative[index - 1] ?? NO_BLOCKS, own));
  }
  chains.delete(name);
  if (length <= LINKS_MAX) chains.set(name, { blocks: blocks.slice(0, length), cumulative });
  const [oldest] = chains.keys();
  if (chains.size > CHAINS_MAX && oldest !== undefined) chains.delete(oldest);
  return cumulative;
}

/** How many blocks are the same in both from the first on, up to a length. */
function equalLength(a: readonly DigestedBlock[], b: readonly DigestedBlock[], length: number): number {
  const end = Math.min(a.length, b.length, length);
  for (let index = 0; index < end; index += 1) {
    const [one, other] = [a[index], b[index]];
    const isEqual =
      one?.block.digest === other?.block.digest && one?.kind === other?.kind && one?.section === other?.section;
    if (!isEqual) return index;
  }
  return end;
}
