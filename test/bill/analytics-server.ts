import type { Bill, BillCostLine, BillUsageLine, Money } from "@farthing/ledger";
import { jsonReply, type Reply } from "../support/loopback-api.ts";

/** A row as the API has it, with every dimension it knows. */
interface AnalyticsRow {
  readonly starting_at: string;
  readonly ending_at: string;
  readonly group: Readonly<Record<string, string>>;
  readonly usage?: object;
  readonly cost?: object;
}

export interface AnalyticsRows {
  readonly usage: readonly AnalyticsRow[];
  readonly cost: readonly AnalyticsRow[];
  readonly refreshedAt: string;
  /** At most this many rows a page, whatever is asked. Default: what is asked. */
  readonly rowsMax?: number;
}

/** The side of the bill that a request asks for, and its query. */
export function askedOf(path: string): { readonly side: "usage" | "cost"; readonly query: URLSearchParams } {
  const { pathname, searchParams } = new URL(path, "http://localhost");
  if (pathname === "/v1/organizations/analytics/usage") return { side: "usage", query: searchParams };
  if (pathname === "/v1/organizations/analytics/cost") return { side: "cost", query: searchParams };
  throw new Error(`no such path: ${pathname}`);
}

/** The page that answers a request: rows of its range in the order of time, with the dimensions it groups by. */
export function pageFor({ rowsMax = Infinity, ...rows }: AnalyticsRows, path: string): object {
  const { side, query } = askedOf(path);
  const [from, until] = [query.get("starting_at") ?? "", query.get("ending_at") ?? ""];
  if (Date.parse(until) - Date.parse(from) > 31 * 86_400_000) throw new Error("a range over 31 days");
  const asked = query.getAll("group_by[]");
  const dimensions = asked.filter((name) => name !== "cost_type" && name !== "token_type");
  if (dimensions.length > 5) throw new Error("too many dimensions");
  const limit = Math.min(Number(query.get("limit") ?? 20), rowsMax);
  const first = Number(query.get("page") ?? 0);
  const isIn = ({ starting_at: at }: AnalyticsRow): boolean =>
    Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(until);
  const inRange = rows[side].filter(isIn).sort((a, b) => (a.starting_at < b.starting_at ? -1 : 1));
  const hasMore = inRange.length > first + limit;
  return {
    data: inRange.slice(first, first + limit).map((row) => ({
      ...row,
      group: Object.fromEntries(asked.map((name) => [name, row.group[name] ?? null])),
    })),
    has_more: hasMore,
    next_page: hasMore ? String(first + limit) : null,
    data_refreshed_at: rows.refreshedAt,
  };
}

export function serving(rows: AnalyticsRows): Reply {
  return (request, to) => jsonReply(pageFor(rows, request.path))(request, to);
}

/** A bill as rows of the analytics API. */
export function rowsOfBill({ cost, usage }: Bill): AnalyticsRows {
  return {
    cost: cost.lines.map((line) => costRow(line)),
    usage: usage.lines.map((line) => usageRow(line)),
    refreshedAt: new Date(cost.refreshedAt ?? 0).toISOString(),
  };
}

function costRow({ from, until, dimensions, billed, list }: BillCostLine): AnalyticsRow {
  const cost = {
    amount: cents(billed),
    list_amount: list === null ? null : cents(list),
    currency: "USD",
    requests: null,
  };
  return { ...timesOf(from, until), group: dimensions, cost };
}

function usageRow({ from, until, dimensions, tokens, webSearchRequests }: BillUsageLine): AnalyticsRow {
  const usage = {
    uncached_input_tokens: tokens.uncachedInput,
    cache_creation: {
      ephemeral_5m_input_tokens: tokens.cacheWrite5m,
      ephemeral_1h_input_tokens: tokens.cacheWrite1h,
    },
    cache_read_input_tokens: tokens.cacheRead,
    output_tokens: tokens.output,
    server_tool_use: { web_search_requests: webSearchRequests },
    requests: null,
  };
  return { ...timesOf(from, until), group: dimensions, usage };
}

function timesOf(from: number, until: number): Pick<AnalyticsRow, "starting_at" | "ending_at"> {
  return { starting_at: new Date(from).toISOString(), ending_at: new Date(until).toISOString() };
}

/** There are 10^10 picodollars in a cent. */
function cents(amount: Money): string {
  const [whole, rest] = [amount / 10_000_000_000n, amount % 10_000_000_000n];
  return `${String(whole)}.${String(rest).padStart(10, "0")}`;
}
