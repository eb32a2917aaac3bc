import type { ClosedSpan, Instant } from "@farthing/ledger";

/**
 * The billing period that is open at an instant: its month of UTC, as far as no closing covers it.
 *
 * @param closed Periods that are closed; none of them holds the instant.
 */
export function openPeriodAt(at: Instant, closed: readonly ClosedSpan[]): ClosedSpan {
  const [year, month] = [new Date(at).getUTCFullYear(), new Date(at).getUTCMonth()];
  const before = closed.filter(({ until }) => until <= at).map(({ until }) => until);
  const after = closed.filter(({ from }) => from > at).map(({ from }) => from);
  return {
    from: Math.max(Date.UTC(year, month, 1), ...before),
    until: Math.min(Date.UTC(year, month + 1, 1), ...after),
  };
}

/** The first billing period after a closed one that is open: a correction belongs to it, because nothing joins a closed one. */
export function nextOpenPeriod({ until }: ClosedSpan, closed: readonly ClosedSpan[]): ClosedSpan {
  const covering = closed.find((each) => each.from <= until && until < each.until);
  return covering === undefined ? openPeriodAt(until, closed) : nextOpenPeriod(covering, closed);
}
