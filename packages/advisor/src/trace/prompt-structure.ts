import { cumulativeHash, NO_BLOCKS, type PromptBlock } from "@farthing/ledger";
import { PrefixTable } from "./prefix-table.ts";
import type { RecordedCall } from "./recorded-call.ts";

/** What a program writes once of the prompts it sends. Each text is equal where that is. */
export interface PromptStructure {
  /** Tools and system prompt; null where the prompt was not fingerprinted. */
  readonly head: string | null;
  /** The first block of the system prompt; null where there is none, or it is not known. */
  readonly opening: string | null;
  /** Null where unknown. */
  readonly tools: number | null;
}

/** Reads the structures of prompts. Numbers in them mean something within one reader only. */
export class PromptStructures {
  readonly #tables = new Map<string, PrefixTable>();
  readonly #hashes = new Map<string, string>();

  of(call: RecordedCall): PromptStructure {
    const fingerprint = call.readPrompt();
    const toolCount = call.shape?.toolCount ?? null;
    if (fingerprint === null) return { head: null, opening: null, tools: toolCount };
    const table = this.#tableOf(fingerprint.key);
    let [prefix, opening, tools] = [0, 0, 0];
    for (const block of fingerprint.blocks) {
      if (!isOfHead(block)) break;
      prefix = table.after(prefix, block, "");
      if (block.section === "tools") tools += 1;
      else if (opening === 0) opening = table.after(0, block, "");
    }
    return {
      head: `${fingerprint.key} ${String(prefix)}`,
      opening: opening === 0 ? null : `${fingerprint.key} ${String(opening)}`,
      tools: toolCount ?? tools,
    };
  }

  /** A hash of a call's tools and system prompt that is the same in every run; null where it has no system prompt. */
  hashOf(call: RecordedCall, { head, opening }: PromptStructure): string | null {
    if (head === null || opening === null) return null;
    const known = this.#hashes.get(head);
    if (known !== undefined) return known;
    let hash = NO_BLOCKS;
    for (const block of call.readPrompt()?.blocks ?? []) {
      if (!isOfHead(block)) break;
      hash = cumulativeHash(hash, block);
    }
    this.#hashes.set(head, hash);
    return hash;
  }

  #tableOf(key: string): PrefixTable {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = new PrefixTable();
    this.#tables.set(key, table);
    return table;
  }
}

type Block = NonNullable<ReturnType<RecordedCall["readPrompt"]>>["blocks"][number];

/** Tools and system come first, and none of them is ever left out. */
function isOfHead(block: Block): block is PromptBlock {
  return "section" in block && block.section !== "messages";
}
