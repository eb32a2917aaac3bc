import type { LedgerFlags } from "../flags/selection.ts";

/** Flags of every `farthing advice` command. */
export interface AdviceFlags extends LedgerFlags {
  readonly format: "text" | "json";
}

export interface DismissFlags extends AdviceFlags {
  readonly reason: string;
}
