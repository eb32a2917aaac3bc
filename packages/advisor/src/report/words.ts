import {
  calendarOf,
  displayUsd,
  formatInstant,
  type Instant,
  type LineItemName,
  type Money,
  type Position,
} from "@farthing/ledger";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { RESAMPLING_DAYS_MIN } from "../thresholds.ts";
import type { BatchResultsExpire, Report } from "./report.ts";

/** How each line item is called where people read it. */
export const ITEM_WORDS: Readonly<Record<LineItemName, string>> = {
  uncachedInput: "new input",
  cacheWrite5m: "writing context, 5m",
  cacheWrite1h: "writing context, 1h",
  cacheRead: "reading context back",
  output: "output",
  webSearch: "web search",
};

/** What an amount may be called: only usage paid per token is spent or saved. */
export function priceWords(report: Report): string {
  const { basis, discountPercent } = report.billing;
  return basis === "per-token" && discountPercent === null ? "" : " at API list prices";
}

/** `23 Oct - 21 Nov 2026`, in the report's own zone. */
export function periodWords(report: Report): string {
  const { first, last, timeZone } = report.period;
  if (first === null || last === null) return "no responses";
  const from = dayWords(first, timeZone, true);
  const to = dayWords(last, timeZone, true);
  if (from === to) return to;
  const sameYear = from.slice(-4) === to.slice(-4);
  return `${sameYear ? from.slice(0, -5) : from} - ${to}`;
}

/** `22 Nov 2026`, or without the year, in a time zone. */
export function dayWords(instant: Instant, timeZone: string, year: boolean): string {
  // Not the platform's own format, which takes as long to load as all else that a report needs.
  return calendarDayWords(calendarOf(timeZone).day(instant), year);
}

/** The same of a local day, `YYYY-MM-DD`; of a month, `YYYY-MM`, always with its year. */
export function calendarDayWords(text: string, year: boolean): string {
  const [yyyy = "", mm = "", dd] = text.split("-");
  const month = MONTHS[Number(mm) - 1] ?? mm;
  if (dd === undefined) return `${month} ${yyyy}`;
  return `${String(Number(dd))} ${month}${year ? ` ${yyyy}` : ""}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Cents for small amounts, whole dollars for large ones. */
export function usdWords(amount: Money): string {
  const large = amount >= 1_000_000_000_000_000n || amount <= -1_000_000_000_000_000n;
  return displayUsd(amount, large ? 0 : 2);
}

/** As `usdWords`, with its sign in front: `+$980`, `-$12.50`. */
export function signedUsdWords(amount: Money): string {
  return amount > 0n ? `+${usdWords(amount)}` : usdWords(amount);
}

/** What a range covers: with few days, how much these differ is not in it. */
export function rangeName({ advice }: Report): string {
  return advice.days < RESAMPLING_DAYS_MIN ? "range, days apart" : "80 % range";
}

/** `4,700 - 5,160`, without signs, for a column headed by its meaning. */
export function rangeWords(range: SavingRange): string {
  const bare = (amount: Money): string => usdWords(amount).replace("$", "");
  return range.low === range.high ? bare(range.low) : `${bare(range.low)} - ${bare(range.high)}`;
}

export function countWords(value: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(value)} ${value === 1 ? singular : plural}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+$/;

/** What tells a session from others where people read it; `--where session=` takes it too. */
export function sessionWords(name: string): string {
  return UUID.test(name) ? name.slice(0, 8) : name;
}

const UNITS = ["", "k", "M", "G", "T"] as const;

/** A count in at most five characters, such as `9,876`, `409k`, `27.2M`. */
export function shortCount(count: number): string {
  if (count < 10_000) return grouped(count);
  let scaled = count;
  let unit = 0;
  while (scaled >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${scaled < 99.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${UNITS[unit] ?? ""}`;
}

const GROUPS_OF_THREE = /\B(?=(\d{3})+$)/g;

/** A whole number with its thousands separated. */
export function grouped(count: number): string {
  return String(count).replace(GROUPS_OF_THREE, ",");
}

/** The time or the position that was looked back to. */
export function asOfText(asOf: Position | Instant): string {
  return typeof asOf === "number" ? formatInstant(asOf) : asOf;
}

/** What becomes of results of a batch that nobody reads. */
export function expiringWords({ batch, service, requests, recorded }: Omit<BatchResultsExpire, "kind" | "at">): string {
  const whose = service === null ? "" : ` of ${service}`;
  return `unread results of batch ${batch}${whose} are deleted; ${grouped(recorded)} of ${grouped(requests)} read`;
}
