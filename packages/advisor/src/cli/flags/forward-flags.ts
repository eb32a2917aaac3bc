/** Flags of `farthing forward`. */
export interface ForwardFlags {
  readonly ledger: readonly string[];
  readonly to?: string;
  readonly forget?: string;
  readonly force?: true;
  readonly watch?: true;
  readonly withSums?: true;
  readonly host?: string;
  readonly maxBytes?: number;
  readonly format: "text" | "json";
}
