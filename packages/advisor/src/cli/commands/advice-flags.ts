import type { LedgerFlags } from "../flags/selection.ts";

/** Flags of every `farthing advice` command. */
export interface AdviceFlags extends LedgerFlags {
  readonly format: "text" | "json";
}

/** Flags of those that only ask. */
export interface AdviceQuestionFlags extends AdviceFlags {
  readonly asOf?: string;
  readonly adviceAsOf?: string;
  readonly tz?: string;
}

export interface DismissFlags extends AdviceFlags {
  readonly reason: string;
}
