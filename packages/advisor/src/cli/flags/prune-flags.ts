/** The flags of `farthing prune`. */
export interface PruneFlags {
  readonly ledger: readonly string[];
  readonly before?: string;
  readonly dryRun?: true;
  readonly now?: string;
  readonly format: "text" | "json";
}
