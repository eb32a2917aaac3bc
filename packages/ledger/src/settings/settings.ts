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
  /** What the contract's amounts are paid in; null for US dollars. */
  readonly currency: CurrencySetting | null;
  /** Names of the labels whose values are stored only as keyed tokens, sorted. */
  readonly personalLabels: readonly string[];
  /** How much disk the ledger's folder may take, in bytes, before it is said and `prune` makes room; null for no limit. */
  readonly diskLimitBytes: number | null;
  /** IANA name of the zone that cuts days and months, unless a command is told otherwise. */
  readonly timeZone: string;
  /** Amounts that spend is held against, in order of their names. */
  readonly budgets: readonly BudgetSetting[];
}

/** Another currency, at a rate that was agreed on. Nothing looks up rates. */
export interface CurrencySetting {
  /** ISO 4217, such as `EUR`. */
  readonly code: string;
  /** Units of it that a US dollar is paid as, decimal, above zero. */
  readonly perUsd: string;
}

export const BUDGET_PERIODS = ["day", "week", "month"] as const;

/** How often a budget begins anew. Weeks begin on Monday. */
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** An amount per period, for all requests or some of them. */
export interface BudgetSetting {
  /** No other budget of the ledger has it. */
  readonly name: string;
  /** Decimal US dollars. */
  readonly usd: string;
  readonly per: BudgetPeriod;
  /**
   * Conditions that all must hold: a dimension and its value, null for requests that have none. Values of personal labels
   * are their tokens.
   */
  readonly where: readonly { readonly key: string; readonly value: string | null }[];
}

export const DEFAULT_SETTINGS: LedgerSettings = {
  billing: {},
  discountPercent: null,
  monthlyCommitmentUsd: null,
  currency: null,
  personalLabels: [],
  diskLimitBytes: null,
  timeZone: "UTC",
  budgets: [],
};
