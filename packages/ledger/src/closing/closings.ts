import type { KnownEvent, PeriodClosed } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";

/** From an instant, inclusive, until another, exclusive. */
export interface ClosedSpan {
  readonly from: Instant;
  readonly until: Instant;
}

/** The closings among events, the earliest first, as a view has them. */
export function closingsIn(others: readonly KnownEvent[]): readonly PeriodClosed[] {
  return others.filter((event) => isEventOf(event, "PeriodClosed"));
}

export function spanOf({ from, until }: PeriodClosed): ClosedSpan {
  return { from: Date.parse(from), until: Date.parse(until) };
}

/** The closing of a period; null where it is open. Of several the first one stands. */
export function closingOf(closings: readonly PeriodClosed[], { from, until }: ClosedSpan): PeriodClosed | null {
  return closings.find((each) => spanOf(each).from === from && spanOf(each).until === until) ?? null;
}

/** Closings that have an instant in common with a period. */
export function closingsWithin(closings: readonly PeriodClosed[], { from, until }: ClosedSpan): PeriodClosed[] {
  return closings.filter((each) => spanOf(each).from < until && spanOf(each).until > from);
}
