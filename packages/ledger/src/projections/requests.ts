import type { ResponseRecorded } from "../events/event.ts";
import { compare } from "../money/money.ts";
import { costOf, type Cost } from "../pricing/cost.ts";
import { promptTokens, totalTokens } from "../usage/usage.ts";
import type { Account } from "./account.ts";
import { calendarOf } from "./calendar.ts";
import { matches } from "./filters.ts";
import type { SpendQuery } from "./spend.ts";

/** How requests are ordered: by cost or tokens, largest first, or by time, earliest first. */
export type RequestOrder = "usd" | "time" | "tokens";

export interface RequestsQuery extends Omit<SpendQuery, "by"> {
  readonly sort: RequestOrder;
  /** At most this many, taken from the front; null for all. */
  readonly limit: number | null;
}

/** A billed response with what it cost. */
export interface RequestRow {
  readonly response: ResponseRecorded;
  readonly cost: Cost;
}

export interface RequestsResult {
  readonly rows: readonly RequestRow[];
  /** How many responses the filter matched, before the limit. */
  readonly matched: number;
}

/**
 * The billed responses of an account, one row each.
 *
 * Unpriced responses come last in the order by cost; equal rows are ordered by time, then id.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export function queryRequests(account: Account, query: RequestsQuery): RequestsResult {
  const isWanted = matches(query, calendarOf(query.timeZone));
  const rows = account.responses
    .filter((response) => response.billedTo === "self" && isWanted(response))
    .map((response) => ({
      response,
      cost: costOf(response.usage, response.servedModel, Date.parse(response.occurredAt), query.book),
    }));
  // The account is in order of time and id already, and sorting keeps the order of equals.
  const sorted = query.sort === "time" ? rows : rows.sort(ORDERS[query.sort]);
  return { rows: sorted.slice(0, query.limit ?? sorted.length), matched: rows.length };
}

const ORDERS: Readonly<Record<Exclude<RequestOrder, "time">, (a: RequestRow, b: RequestRow) => number>> = {
  usd: (a, b) => {
    if (a.cost.total === null || b.cost.total === null)
      return Number(a.cost.total === null) - Number(b.cost.total === null);
    return compare(b.cost.total, a.cost.total);
  },
  tokens: (a, b) => countTokens(b) - countTokens(a),
};

function countTokens({ response }: RequestRow): number {
  const tokens = totalTokens(response.usage);
  return promptTokens(tokens) + tokens.output;
}
