import type { BillReportKind } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Money } from "../money/money.ts";
import type { TokenBuckets } from "../usage/usage.ts";

/** Half-open: `from` belongs to it, `until` does not. */
export interface BillSpan {
  readonly from: Instant;
  readonly until: Instant;
}

/** Where a line of the bill comes from, and what it is of. */
interface CountedLine extends BillSpan {
  readonly kind: BillReportKind;
  /** Under the report's own names, such as `model` and `workspace_id`. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Null where the report does not tell it. */
  readonly requests: number | null;
}

/** What was charged for all that is alike in its dimensions. */
export interface BillCostLine extends CountedLine {
  /** After discounts and before credits. */
  readonly billed: Money;
  /** Before discounts; null where the report does not tell it. */
  readonly list: Money | null;
}

/** What was used by all that is alike in its dimensions. */
export interface BillUsageLine extends CountedLine {
  readonly tokens: TokenBuckets;
  readonly webSearchRequests: number | null;
}

/** An amount that somebody read from an invoice. */
export interface StatedAmount extends BillSpan {
  readonly billed: Money;
  /** What the amount is of; empty for everything. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statedAt: Instant;
}

/** One side of the bill: its amounts, or its usage. */
export interface BillSide<Line> {
  /** In order of time. Those of a report's time that begins in the period asked for. */
  readonly lines: readonly Line[];
  /** The times that are told of, in order, joined where they touch. A time without lines is one in which nothing was used. */
  readonly covered: readonly BillSpan[];
  /** Names of the dimensions that all of its lines are told apart by; a line that has one not is of what has no name. */
  readonly groupedBy: readonly string[];
  /** The times of which further lines may be missing: a page ended within them, or a row could not be read. */
  readonly incomplete: readonly BillSpan[];
  /** Lines of other reports of the same times, which tell the same amounts in another way. */
  readonly leftOut: number;
  /** When the newest of what counts was said; null where nothing is told, or no report says when it was made. */
  readonly refreshedAt: Instant | null;
}

/** The bill account of a period. */
export interface Bill {
  readonly cost: BillSide<BillCostLine>;
  readonly usage: BillSide<BillUsageLine>;
  /** Of periods that overlap the one asked for, in order. */
  readonly stated: readonly StatedAmount[];
}
