import {
  add,
  addTokens,
  formatUsd,
  NO_TOKENS,
  parseUsd,
  ZERO,
  type AppendOutcome,
  type BillReported,
  type Ledger,
  type TokenBuckets,
} from "@farthing/ledger";
import type { BillProblem, BillSideName, Page } from "./page.ts";
import { pageGaps } from "./page-warnings.ts";
import { parsePages } from "./parse-pages.ts";
import { reportedEvents } from "./reported-events.ts";

/** A file of a report. */
export interface BillFile {
  readonly name: string;
  readonly text: string;
}

/** What the files of a report tell. */
export interface ReadBill {
  readonly events: readonly BillReported[];
  readonly problems: readonly BillProblem[];
  /** What seems to be missing. */
  readonly warnings: readonly string[];
}

/** What an import of a report read, and what became of it. */
export interface BillImportReport {
  readonly files: number;
  /** UTC days of which something is told. */
  readonly days: number;
  readonly rows: number;
  /** After discounts, in decimal US dollars; null for usage. */
  readonly usd: string | null;
  /** Null for amounts. */
  readonly tokens: TokenBuckets | null;
  /** Null where no row tells it. */
  readonly webSearchRequests: number | null;
  readonly outcomes: Readonly<Record<AppendOutcome["outcome"], number>>;
  readonly problems: readonly BillProblem[];
  readonly warnings: readonly string[];
}

/** Reads files that together are one report: pages in any order. What cannot be read is named, the rest is kept. */
export function readBill(files: readonly BillFile[], side: BillSideName): ReadBill {
  const parsed = files.map(({ name, text }) => parsePages(name, text, side));
  const problems = parsed.flatMap((each) => each.problems);
  return { ...eventsOfPages(parsed.flatMap(({ pages }) => pages)), problems };
}

function eventsOfPages(pages: readonly Page[]): Omit<ReadBill, "problems"> {
  const { isCut, warnings } = pageGaps(pages);
  return { events: reportedEvents(pages, () => isCut), warnings };
}

/**
 * Appends what a report tells to the bill account, which is never spend. Repeating it appends nothing.
 *
 * @throws LedgerError where the ledger cannot be written to.
 */
export async function importBill(
  ledger: Pick<Ledger, "append">,
  { events, problems, warnings }: ReadBill,
  files: number,
): Promise<BillImportReport> {
  const outcomes = { appended: 0, merged: 0, exists: 0, conflict: 0 };
  for (const { outcome } of await ledger.append(events)) outcomes[outcome] += 1;
  return { files, ...totalsOf(events), outcomes, problems, warnings };
}

function totalsOf(
  events: readonly BillReported[],
): Pick<BillImportReport, "days" | "rows" | "usd" | "tokens" | "webSearchRequests"> {
  const lines = events.flatMap(({ report }) => report?.lines ?? []);
  const amounts = events.flatMap(({ usd }) => (usd === null ? [] : [parseUsd(usd)]));
  const counted = lines.flatMap(({ tokens }) => (tokens === null ? [] : [tokens]));
  const searches = lines.flatMap(({ webSearchRequests }) => webSearchRequests ?? []);
  return {
    days: new Set(events.flatMap((event) => daysOf(event))).size,
    rows: lines.length,
    usd: amounts.length === 0 ? null : formatUsd(amounts.reduce(add, ZERO)),
    tokens: counted.length === 0 ? null : counted.reduce(addTokens, NO_TOKENS),
    webSearchRequests: searches.length === 0 ? null : searches.reduce((sum, count) => sum + count, 0),
  };
}

const DAY_MS = 86_400_000;

function daysOf({ from, until }: BillReported): readonly number[] {
  const first = Math.floor(Date.parse(from) / DAY_MS);
  return Array.from({ length: Math.ceil(Date.parse(until) / DAY_MS) - first }, (_, index) => first + index);
}
