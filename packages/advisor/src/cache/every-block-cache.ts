import type { Instant } from "@farthing/ledger";
import { LIFETIME_MS, type CacheLifetime } from "./cache-rules.ts";
import { PrefixStore } from "./prefix-store.ts";

/**
 * A cache of traffic that is known by its blocks alone: every block end is a boundary, with neither a limit of
 * breakpoints nor of what these look back, and what a request writes can be read by every later one.
 *
 * It allocates nothing for a request, keeps no totals, and holds what can still be read. Requests must come in order of
 * their start.
 */
export class EveryBlockCache {
  readonly #prefixes: PrefixStore;

  constructor(lifetime: CacheLifetime) {
    this.#prefixes = new PrefixStore(LIFETIME_MS[lifetime]);
  }

  /** Bytes that the prefixes take. */
  get bytes(): number {
    return this.#prefixes.bytes;
  }

  /**
   * Reads what it can of a prompt and writes the rest.
   *
   * @param prefixes By block, the number of the prompt up to and including it: above 0, and equal where prompts are.
   * @param from The first block to end where a prefix is long enough to be cached.
   * @param to The block after the prompt's last.
   * @returns How many blocks from the first on are read.
   */
  request(startedAt: Instant, prefixes: ArrayLike<number>, from: number, to: number): number {
    const store = this.#prefixes;
    store.advance(startedAt);
    let read = 0;
    for (let block = from; block < to; block += 1) {
      if (store.readOrWrite(prefixes[block] ?? 0, startedAt)) read = block + 1;
    }
    return read;
  }
}
