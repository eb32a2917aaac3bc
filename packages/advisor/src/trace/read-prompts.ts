import type { PromptFingerprint, RequestShape, TokenBuckets } from "@farthing/ledger";
import { promptVariants } from "../cache/cache-variant.ts";
import type { Breakpoint, PromptBlocks } from "../cache/prompt-blocks.ts";
import { measuredEnds, PrefixLengths } from "./prefix-lengths.ts";
import { PrefixTable } from "./prefix-table.ts";

/** A recorded prompt, ready to be replayed. */
export interface TracePrompt {
  /** The key it was fingerprinted with: prompts under different ones are never compared. */
  readonly key: string;
  readonly blocks: PromptBlocks;
  /** As sent, in order of their blocks. */
  readonly breakpoints: readonly Breakpoint[];
}

/** What a prompt is read from. */
export interface PromptRecord {
  readonly fingerprint: PromptFingerprint;
  readonly model: string;
  /** What shares a tokenizer. */
  readonly scope: string;
  readonly shape: RequestShape | null;
  /** What was billed for the prompt. */
  readonly own: TokenBuckets;
}

/** Reads fingerprints into prompts whose beginnings can be compared, in order of their start. */
export class PromptReader {
  readonly #tables = new Map<string, PrefixTable>();
  readonly #lengths = new PrefixLengths();

  read({ fingerprint, model, scope, shape, own }: PromptRecord): TracePrompt {
    const table = this.#tableOf(fingerprint.key);
    const count = fingerprint.blocks.length;
    const prefixes = new Uint32Array(count);
    const estimated = new Float64Array(count);
    const breakpoints: Breakpoint[] = [];
    const variants = promptVariants(shape, model, fingerprint.blocks);
    let runs: Uint32Array | null = null;
    let prefix = 0;
    let end = 0;
    for (const [index, block] of fingerprint.blocks.entries()) {
      const variant = variants.byBlock[index] ?? "";
      if ("section" in block) {
        prefix = table.after(prefix, block, variant);
        if (block.ttl !== undefined) breakpoints.push({ block: index, ttl: block.ttl });
      } else {
        prefix = table.afterRun(prefix, block.hash, variant);
      }
      const standsFor = "section" in block ? (variants.isDropped(index) ? 0 : 1) : block.blocks;
      if (standsFor !== 1) (runs ??= new Uint32Array(count).fill(1))[index] = standsFor;
      end += block.tokens;
      prefixes[index] = prefix;
      estimated[index] = end;
    }
    const known = this.#lengths.of(`${fingerprint.key} ${scope}`);
    const { ends, tail } = measuredEnds({ prefixes, estimated, breakpoints, own }, known);
    return { key: fingerprint.key, blocks: { prefixes, ends, tail, runs }, breakpoints };
  }

  /** The prefixes of all prompts that were read, by their key. */
  get tables(): ReadonlyMap<string, PrefixTable> {
    return this.#tables;
  }

  #tableOf(key: string): PrefixTable {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = new PrefixTable();
    this.#tables.set(key, table);
    return table;
  }
}
