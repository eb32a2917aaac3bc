import { formatInstant, parseInstant } from "@farthing/ledger";
import { isJsonObject, ownObject, ownText, ownValue, parseJson, type JsonObject } from "../ndjson/json-object.ts";
import type { BillProblem, BillSideName, Page, PageBucket, ParsedPages } from "./page.ts";
import { parseRow, sideOfRow } from "./parse-row.ts";

const NAMES: Readonly<Record<BillSideName, string>> = { usage: "usage report", cost: "cost report" };
const CSV = /^[^\n{[]*[,;\t][^\n]*(\n|$)/;

/** Reads the pages of one file: a page as the API answers, or a list of them. */
export function parsePages(name: string, text: string, side: BillSideName): ParsedPages {
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  if (value === undefined) return wholeFile(name, CSV.test(text.trimStart()) ? csvWords(side) : "it is not JSON");
  const parsed = (Array.isArray(value) ? value : [value]).map((page) => parsePage(name, page, side));
  return { pages: parsed.flatMap(({ pages }) => pages), problems: parsed.flatMap(({ problems }) => problems) };
}

/** Reads one page as the API answers it, already parsed. */
export function parsePage(name: string, value: unknown, side: BillSideName): ParsedPages {
  const data = isJsonObject(value) ? ownValue(value, "data") : undefined;
  if (!isJsonObject(value) || !Array.isArray(data)) {
    return wholeFile(name, `it is no page of a ${NAMES[side]}: expected an object with a list "data"`);
  }
  const wrong = wrongKind(data, side);
  if (wrong !== null) return wholeFile(name, wrong);
  const isAnalytics = data.some((item) => isJsonObject(item) && ownObject(item, side) !== null);
  const problems: BillProblem[] = [];
  const read = isAnalytics ? analyticsBuckets : adminBuckets;
  const buckets = read(data, side, (place, why) => problems.push({ file: name, place, why }));
  const page: Page = {
    name,
    kind: isAnalytics ? `analytics-${side}` : `${side}-report`,
    buckets,
    hasMore: ownValue(value, "has_more") === true,
    refreshedAt: timestampOf(value, "data_refreshed_at"),
  };
  return { pages: [page], problems };
}

function wholeFile(file: string, why: string): ParsedPages {
  return { pages: [], problems: [{ file, place: null, why }] };
}

function csvWords(side: BillSideName): string {
  const path = side === "cost" ? "cost_report" : "usage_report/messages";
  return `it looks like CSV, whose columns Anthropic does not document; fetch JSON instead: GET /v1/organizations/${path}, or /v1/organizations/analytics/${side}`;
}

/** Why no item can be read as what was asked for; null where one may. */
function wrongKind(data: readonly unknown[], side: BillSideName): string | null {
  const items = data.filter((item) => isJsonObject(item));
  if (items.some((item) => ownObject(item, "core_metrics") !== null)) {
    return "it is the Claude Code usage report, which tells sessions and lines of code, not the bill; fetch /v1/organizations/usage_report/messages";
  }
  const other: BillSideName = side === "cost" ? "usage" : "cost";
  const isOther =
    items.some((item) => ownObject(item, other) !== null && ownObject(item, side) === null) ||
    items.flatMap((item) => rowsOf(item)).some((row) => isJsonObject(row) && sideOfRow(row) === other);
  return isOther ? `it is a ${NAMES[other]}: farthing import ${other}-report reads it` : null;
}

function rowsOf(item: JsonObject): readonly unknown[] {
  const rows = ownValue(item, "results");
  return Array.isArray(rows) ? rows : [];
}

type Report = (place: string, why: string) => void;

/** Buckets of the Admin API: each item is one, with its rows in `results`. */
function adminBuckets(data: readonly unknown[], side: BillSideName, report: Report): readonly PageBucket[] {
  return data.flatMap((item, index) => {
    const place = `data[${String(index)}]`;
    const times = timesOf(item);
    const rows = isJsonObject(item) ? ownValue(item, "results") : null;
    if (!isJsonObject(item) || times === null || !Array.isArray(rows)) {
      report(place, 'expected a time with "starting_at", a later "ending_at" and a list "results"');
      return [];
    }
    const parsed = rows.map((row: unknown, at) => {
      const read = isJsonObject(row) ? parseRow(row, row, side) : { why: "expected an object" };
      if ("line" in read) return read;
      report(`${place}.results[${String(at)}]`, read.why);
      return null;
    });
    const read = parsed.filter((row) => row !== null);
    const groupedBy = [...new Set(read.flatMap((row) => row.groupedBy))];
    return [{ ...times, lines: read.map(({ line }) => line), groupedBy, hasBadRow: read.length < rows.length }];
  });
}

/** Buckets of the analytics API: each item is one row, with its own time. */
function analyticsBuckets(data: readonly unknown[], side: BillSideName, report: Report): readonly PageBucket[] {
  return data.flatMap((item, index) => {
    const place = `data[${String(index)}]`;
    const times = timesOf(item);
    if (!isJsonObject(item) || times === null) {
      report(place, 'expected a row with "starting_at" and a later "ending_at"');
      return [];
    }
    const amounts = ownObject(item, side);
    const read =
      amounts === null ? { why: `it has no "${side}"` } : parseRow(amounts, ownObject(item, "group") ?? {}, side);
    if ("why" in read) report(place, read.why);
    const [lines, groupedBy] = "line" in read ? [[read.line], read.groupedBy] : [[], []];
    return [{ ...times, lines, groupedBy, hasBadRow: lines.length === 0 }];
  });
}

function timesOf(item: unknown): { readonly from: string; readonly until: string } | null {
  if (!isJsonObject(item)) return null;
  const [from, until] = [timestampOf(item, "starting_at"), timestampOf(item, "ending_at")];
  return from !== null && until !== null && from < until ? { from, until } : null;
}

function timestampOf(object: JsonObject, name: string): string | null {
  const text = ownText(object, name);
  try {
    return text === null ? null : formatInstant(parseInstant(text));
  } catch {
    return null;
  }
}
