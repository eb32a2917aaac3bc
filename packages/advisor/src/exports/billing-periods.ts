import type { ClosedSpan, Instant } from "@farthing/ledger";

const DAY_MS = 86_400_000;

/**
 * The billing period that is open at an instant: its month of UTC, as far as no closing covers it.
 *
 * What a month that was closed by another zone's days leaves of a month of UTC, less than a day, is no period of its own:
 * it belongs to the month beside it.
 *
 * @param closed Periods that are closed; none of them holds the instant.
 */
export function openPeriodAt(at: Instant, closed: readonly ClosedSpan[]): ClosedSpan {
  const open = {
    from: Math.max(...closed.filter(({ until }) => until <= at).map(({ until }) => until)),
    until: Math.min(...closed.filter(({ from }) => from > at).map(({ from }) => from)),
  };
  const [year, month] = [new Date(at).getUTCFullYear(), new Date(at).getUTCMonth()];
  const monthFrom = (months: number): Instant => Date.UTC(year, month + months, 1);
  const divides = (start: Instant): boolean => start - open.from >= DAY_MS && open.until - start >= DAY_MS;
  return {
    from: [monthFrom(0), monthFrom(-1)].find(divides) ?? open.from,
    until: [monthFrom(1), monthFrom(2)].find(divides) ?? open.until,
  };
}

/** The first billing period after a closed one that is open: a correction belongs to it, because nothing joins a closed one. */
export function nextOpenPeriod({ until }: ClosedSpan, closed: readonly ClosedSpan[]): ClosedSpan {
  const covering = closed.find((each) => each.from <= until && until < each.until);
  return covering === undefined ? openPeriodAt(until, closed) : nextOpenPeriod(covering, closed);
}
