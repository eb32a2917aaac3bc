import {
  closingOf,
  formatInstant,
  formatUsd,
  money,
  parseUsd,
  spanOf,
  type ClosedSpan,
  type Instant,
  type Money,
  type PeriodClosed,
} from "@farthing/ledger";

/** A period that was closed, of which the report tells a part or all. */
export interface ClosedFigure extends ClosedSpan {
  readonly timeZone: string;
  readonly closedAt: Instant;
  /** What it was closed with, which never changes. */
  readonly usd: Money;
  /** What it comes to now less that; null where the report is not of this very period. */
  readonly sinceUsd: Money | null;
  /** How many responses more it holds now; null where that is not told, or the closing does not say how many it held. */
  readonly sinceRequests: number | null;
  /** The same of responses without a price. */
  readonly sinceUnpriced: number | null;
}

/** What the requests of a report come to. */
interface SelectedTotal {
  readonly usd: Money;
  readonly requests: number;
  readonly unpricedRequests: number;
}

/** Which requests a report is about. */
interface Selected {
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly timeZone: string;
}

/** The closed periods that lie in a report's time, the earliest first. */
export function closedFigures(
  closings: readonly PeriodClosed[],
  { since, until, timeZone }: Selected,
  total: SelectedTotal,
): readonly ClosedFigure[] {
  return closings
    .filter((each) => closingOf(closings, spanOf(each)) === each)
    .map((each) => {
      const { from, until: end } = spanOf(each);
      const usd = parseUsd(each.usd);
      const isAll = from === since && end === until;
      const grownBy = (now: number, then: number | undefined): number | null =>
        isAll && then !== undefined ? now - then : null;
      return {
        from,
        until: end,
        timeZone: each.timeZone ?? timeZone,
        closedAt: Date.parse(each.occurredAt),
        usd,
        sinceUsd: isAll ? money(total.usd - usd) : null,
        sinceRequests: grownBy(total.requests, each.requests),
        sinceUnpriced: grownBy(total.unpricedRequests, each.unpricedRequests),
      };
    })
    .filter(({ from, until: end }) => from < (until ?? Infinity) && end > (since ?? -Infinity))
    .toSorted((a, b) => a.from - b.from || a.until - b.until);
}

/** As JSON. */
export function closedFigureToJson({ from, until, timeZone, closedAt, usd, sinceUsd }: ClosedFigure): object {
  return {
    from: formatInstant(from),
    until: formatInstant(until),
    timeZone,
    closedAt: formatInstant(closedAt),
    usd: formatUsd(usd),
    sinceUsd: sinceUsd === null ? null : formatUsd(sinceUsd),
  };
}
