/** How usage from a source is paid for; decides whether dollars may be called spent. */
export type BillingBasis = (typeof BILLING_BASES)[number];

export const BILLING_BASES = ["per-token", "subscription", "mixed", "unknown"] as const;

/** What the user told a ledger about itself. Kept in `ledger.json`. */
export interface LedgerSettings {
  /** Basis per source, such as `{"claude-code": "subscription"}`; a source that is absent is `unknown`. */
  readonly billing: Readonly<Record<string, BillingBasis>>;
  /** Negotiated discount on list prices in percent, a decimal string from "0" to "100"; null where there is none. */
  readonly discountPercent: string | null;
  /** What is owed per month whatever is used, decimal US dollars; null where nothing was committed. */
  readonly monthlyCommitmentUsd: string | null;
  /** Names of the labels whose values are stored only as keyed tokens, sorted. */
  readonly personalLabels: readonly string[];
  /** How much disk the ledger's folder may take, in bytes, before it is said and `prune` makes room; null for no limit. */
  readonly diskLimitBytes: number | null;
  /** IANA name of the zone that cuts days and months, unless a command is told otherwise. */
  readonly timeZone: string;
}

export const DEFAULT_SETTINGS: LedgerSettings = {
  billing: {},
  discountPercent: null,
  monthlyCommitmentUsd: null,
  personalLabels: [],
  diskLimitBytes: null,
  timeZone: "UTC",
};
