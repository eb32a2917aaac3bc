import { formatInstant, parseInstant, type Instant } from "@farthing/ledger";
import type { ReadBill } from "./import.ts";
import type { BillProblem, BillSideName, Page, PageBucket } from "./page.ts";
import { parsePage } from "./parse-pages.ts";
import { reportedEvents } from "./reported-events.ts";

const HOUR_MS = 3_600_000;

/**
 * A request may span at most 31 days, group by at most 5 dimensions besides `cost_type` and `token_type`, and ask for at
 * most 1000 rows a page (Usage and Cost Analytics API; SDK 1.12.0, beta/organization/analytics/{usage,cost}.d.ts; checked
 * 2026-11-22).
 */
const RANGE_MS_MAX = 31 * 24 * HOUR_MS;
const GROUPED_BY = ["model", "service_tier", "api_key_id", "workspace_id", "inference_geo"] as const;
const COST_PARTS = ["cost_type", "token_type"] as const;
const ROWS_MAX = 1000;

/**
 * At most one poll a minute (Admin API usage and cost reports; checked 2026-11-22). Of the analytics API no other limit is
 * known.
 */
const POLL_MS = 60_000;

type UsageGroupBy = (typeof GROUPED_BY)[number];
type CostGroupBy = UsageGroupBy | (typeof COST_PARTS)[number];

/** What both reports are asked with. */
interface ReportParams<GroupBy> {
  starting_at: string;
  ending_at: string;
  time_bucket_width: "1h";
  group_by: GroupBy[];
  limit: number;
  order_by: "time";
  order: "asc";
}

/** What of a page of the SDK is used. */
interface ReportPage {
  readonly data: readonly unknown[];
  readonly has_more: boolean;
  readonly data_refreshed_at: string | null;
  hasNextPage(): boolean;
  getNextPage(): Promise<ReportPage>;
}

/** What of a client of `@anthropic-ai/sdk` is used; the client has an Admin API key, or one with `read:analytics`. */
export interface BillClient {
  readonly beta: {
    readonly organization: {
      readonly analytics: {
        readonly usage: { list(params: ReportParams<UsageGroupBy>): PromiseLike<ReportPage> };
        readonly cost: { list(params: ReportParams<CostGroupBy>): PromiseLike<ReportPage> };
      };
    };
  };
}

/** Which report of which time. */
interface Asked {
  readonly side: BillSideName;
  /** Inclusive. */
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

/** One report of one range: read to its last page, or not at all. */
export type FetchedReport =
  | (Asked & ReadBill & { readonly kind: "read"; readonly pages: number })
  | (Asked & { readonly kind: "missing"; readonly why: string });

/**
 * Reads the cost report and the usage report of a time from the Usage and Cost Analytics API, by hours, in ranges of at
 * most 31 days.
 *
 * Each report is given as soon as its last page is there, with the events that importing its pages from files gives, and
 * an empty one for each hour without rows that had passed when the figures were computed: a report that was read whole
 * tells that nothing was charged then. Where a page cannot be had, nothing of its report is told, nothing more is asked,
 * and every report that is missing is named. The client itself tries again what is worth it.
 *
 * @param period Whole UTC hours.
 * @param wait Waits so many milliseconds. The API asks for at most one poll a minute: a range is one poll, with both of its
 *   reports and all of their pages, and between two ranges a minute is waited.
 */
export async function* fetchBill(
  client: BillClient,
  period: { readonly since: Instant; readonly until: Instant },
  wait: (ms: number) => Promise<unknown>,
): AsyncGenerator<FetchedReport, void, undefined> {
  let hasFailed = false;
  for (let from = period.since; from < period.until; from += RANGE_MS_MAX) {
    if (from > period.since && !hasFailed) await wait(POLL_MS);
    for (const side of ["cost", "usage"] as const) {
      const asked: Asked = { side, from, until: Math.min(from + RANGE_MS_MAX, period.until) };
      const report: FetchedReport = hasFailed
        ? { ...asked, kind: "missing", why: "not asked for, since a report before it failed" }
        : await fetchReport(client, asked);
      hasFailed ||= report.kind === "missing";
      yield report;
    }
  }
}

async function fetchReport(client: BillClient, asked: Asked): Promise<FetchedReport> {
  const answers = await allPages(client, asked);
  if ("why" in answers) return { ...asked, kind: "missing", ...answers };
  return { ...asked, kind: "read", pages: answers.length, ...readAnswers(answers, asked) };
}

/** All pages of a report, or why one of them is not there. */
async function allPages(client: BillClient, asked: Asked): Promise<readonly ReportPage[] | { readonly why: string }> {
  const pages: ReportPage[] = [];
  try {
    let page = await firstPage(client, asked);
    pages.push(page);
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      pages.push(page);
    }
    return page.has_more ? { why: "the API says that more pages follow, and not where" } : pages;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { why: pages.length === 0 ? why : `page ${String(pages.length + 1)}: ${why}` };
  }
}

function firstPage(client: BillClient, { side, from, until }: Asked): PromiseLike<ReportPage> {
  const { usage, cost } = client.beta.organization.analytics;
  // In the order of time, a page does not shift when usage is added while others are read.
  const params = {
    starting_at: formatInstant(from),
    ending_at: formatInstant(until),
    time_bucket_width: "1h",
    limit: ROWS_MAX,
    order_by: "time",
    order: "asc",
  } as const;
  return side === "usage"
    ? usage.list({ ...params, group_by: [...GROUPED_BY] })
    : cost.list({ ...params, group_by: [...GROUPED_BY, ...COST_PARTS] });
}

function readAnswers(answers: readonly ReportPage[], asked: Asked): ReadBill {
  const { side, from, until } = asked;
  const report = `${side} report of ${formatInstant(from)} to ${formatInstant(until)}`;
  const parsed = answers.map(({ data, has_more, data_refreshed_at }, index) =>
    parsePage(`${report}, page ${String(index + 1)}`, { data, has_more, data_refreshed_at }, side),
  );
  const problems: readonly BillProblem[] = parsed.flatMap((each) => each.problems);
  // A page without rows does not show its kind.
  const pages = parsed.flatMap((each) => each.pages).filter(({ buckets }) => buckets.length > 0);
  // Of a row that cannot be read it is not sure which hour it is of.
  const silent = problems.length > 0 ? [] : [silentHours(answers, pages, asked)];
  return { events: reportedEvents([...pages, ...silent], () => false), problems, warnings: [] };
}

/** A page of the hours in which nothing was charged. */
function silentHours(answers: readonly ReportPage[], pages: readonly Page[], { side, from, until }: Asked): Page {
  const told = new Set(pages.flatMap(({ buckets }) => buckets.map((bucket) => bucket.from)));
  const refreshed = answers.flatMap(({ data_refreshed_at: at }) => instantOf(at) ?? []);
  // Pages may be computed at different times; an hour is sure to be silent by the oldest of them.
  const known = refreshed.length === 0 ? from : Math.min(until, ...refreshed);
  const buckets: PageBucket[] = [];
  for (let hour = from; hour + HOUR_MS <= known; hour += HOUR_MS) {
    const times = { from: formatInstant(hour), until: formatInstant(hour + HOUR_MS) };
    if (!told.has(times.from)) buckets.push({ ...times, lines: [], groupedBy: [], hasBadRow: false });
  }
  const refreshedAt = refreshed.length === 0 ? null : formatInstant(Math.min(...refreshed));
  return { name: "", kind: `analytics-${side}`, buckets, hasMore: false, refreshedAt };
}

function instantOf(text: string | null): Instant | null {
  try {
    return text === null ? null : parseInstant(text);
  } catch {
    return null;
  }
}
