import type { TokenBuckets } from "../usage/usage.ts";
import type { EventBase, Timestamp } from "./event-base.ts";

/**
 * Which report told it. `usage-report`, `cost-report`: the Admin API's, in its older shape. `analytics-usage`,
 * `analytics-cost`: those of the Usage and Cost Analytics API.
 */
export type BillReportKind = (typeof BILL_REPORT_KINDS)[number];

export const BILL_REPORT_KINDS = ["usage-report", "cost-report", "analytics-usage", "analytics-cost"] as const;

/** One row of a report: what was used by, or charged for, all that is alike in its dimensions. */
export interface BillLine {
  /** As the report names them, such as `model`, `workspace_id` and `token_type`; those it left empty are absent. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** After discounts and before credits, in decimal US dollars; null where the report tells only usage. */
  readonly usd: string | null;
  /** Before discounts, in decimal US dollars; null where the report does not tell it. */
  readonly listUsd: string | null;
  /** Null where the report tells only amounts. */
  readonly tokens: TokenBuckets | null;
  readonly webSearchRequests: number | null;
  readonly requests: number | null;
}

/** What a report says of one time. */
export interface BillReport {
  readonly kind: BillReportKind;
  /** Names of the dimensions by which its lines are told apart, sorted. */
  readonly groupedBy: readonly string[];
  /** Whether it held all lines of this time; a page that ends within it does not. */
  readonly complete: boolean;
  readonly lines: readonly BillLine[];
}

/**
 * What the invoice side says of a time. An account of its own, never spend.
 *
 * Of several that tell of the same time in the same way the newest counts, and of two equally new ones the larger: a bill
 * of a time only grows. `occurredAt` is when it was said where that is known, else the end of the time.
 */
export interface BillReported extends EventBase {
  readonly type: "BillReported";
  readonly from: Timestamp;
  readonly until: Timestamp;
  /** After discounts and before credits, in decimal US dollars; null where only usage is told. */
  readonly usd: string | null;
  /** What the whole amount is of, such as a workspace; empty for everything. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** What the amount is made of. Absent where only the amount is known: somebody read it from an invoice. */
  readonly report?: BillReport;
  readonly raw: unknown;
}
