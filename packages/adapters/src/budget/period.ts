import type { Calendar, Instant } from "@farthing/ledger";

/** What a budget is for. */
export type BudgetPeriod = "day" | "month";

/** A day or a month as one time zone counts it. */
export interface Period {
  /** Inclusive. */
  readonly since: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

export function periodAt(instant: Instant, per: BudgetPeriod, calendar: Calendar): Period {
  const day = calendar.day(instant);
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const next = per === "day" ? Date.UTC(year, month - 1, date + 1) : Date.UTC(year, month, 1);
  const first = per === "day" ? day : `${day.slice(0, 7)}-01`;
  return { since: calendar.startOfDay(first), until: calendar.startOfDay(new Date(next).toISOString().slice(0, 10)) };
}
