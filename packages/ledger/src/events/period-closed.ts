import type { EventBase, Timestamp } from "./event-base.ts";

/**
 * What a period came to when its books were closed: the figure that stands from then on, and what it rests on.
 *
 * What is optional may not have been said.
 */
export interface PeriodClosed extends EventBase {
  readonly type: "PeriodClosed";
  /** Inclusive. */
  readonly from: Timestamp;
  /** Exclusive. */
  readonly until: Timestamp;
  /** Cost of the priced responses at list prices, decimal US dollars. */
  readonly usd: string;
  /** What had been recorded: all of it counts, nothing after it does. */
  readonly position: string;
  readonly priceBookHash: string;
  /** What this event says besides and all lines before the position, as one hash; see `chainHeadOf`. */
  readonly chainHead: string;
  /** IANA name of the zone whose days the period consists of. */
  readonly timeZone?: string;
  /** The figure is at prices as they were known then. ISO 8601 in UTC with milliseconds. */
  readonly pricesKnownAt?: string;
  /** Billed responses, those without a price included. */
  readonly requests?: number;
  /** Of these, responses without a price: not in the figure. */
  readonly unpricedRequests?: number;
  /** The same by the model that answered. */
  readonly models?: readonly ClosedModel[];
  /** Where each log stood at the position; several places of a log that was no unbroken chain. */
  readonly heads?: readonly ClosedHead[];
  /** How many prunes there had been. */
  readonly prunes?: number;
  /** SHA-256 of the record of the last of them; null where there was none. */
  readonly pruneRecord?: string | null;
}

/** What one model's responses came to in a period that was closed. */
export interface ClosedModel {
  /** Null for responses that name none. */
  readonly model: string | null;
  /** Decimal US dollars. */
  readonly usd: string;
  readonly requests: number;
  readonly unpricedRequests: number;
}

/** A line of a log, by its number, and the chain value that covers it and all lines before. */
export interface ClosedHead {
  readonly writer: string;
  readonly seq: number;
  readonly chain: string;
}
