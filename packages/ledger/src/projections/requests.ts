import { costOf, type Cost } from "../pricing/cost.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import { requestOfRow, type ResponseOfRow } from "../rows/request-of-row.ts";
import type { Account } from "./account.ts";
import { billedTerms } from "./billed-terms.ts";
import { calendarOf } from "./calendar.ts";
import { rowFilter } from "./conditions.ts";
import { FrontRows, type RowPlace } from "./front-rows.ts";
import { overBatches, type Requests } from "./row-batches.ts";
import { rowCosts } from "./row-costs.ts";
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
  readonly response: ResponseOfRow;
  readonly cost: Cost;
}

export interface RequestsResult {
  readonly rows: readonly RequestRow[];
  /** How many responses the filter matched, before the limit. */
  readonly matched: number;
}

/**
 * Billed responses, one row each.
 *
 * Unpriced responses come last in the order by cost; equal rows are ordered by time, then id. Batches are taken one at
 * a time and must have details; no more than `limit` responses are kept.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export function queryRequests(requests: Account | Iterable<RowBatch>, query: RequestsQuery): RequestsResult;
export function queryRequests(requests: AsyncIterable<RowBatch>, query: RequestsQuery): Promise<RequestsResult>;
export function queryRequests(requests: Requests, query: RequestsQuery): RequestsResult | Promise<RequestsResult> {
  const wantedIn = rowFilter(query, calendarOf(query.timeZone));
  const costsIn = rowCosts(query.book);
  const front = new FrontRows<RequestRow>(query.limit, (place) => requestAt(place, query));
  let matched = 0;
  const take = (batch: RowBatch): void => {
    const { rows, dead } = batch;
    const isWanted = wantedIn(rows);
    const rank = rankIn(batch, query.sort, costsIn);
    const isBilled = billedTerms(rows);
    for (let row = 0; row < rows.count; row += 1) {
      if ((dead !== null && dead[row] !== 0) || isBilled[rows.termsOf[row] ?? 0] !== true || !isWanted(row)) continue;
      matched += 1;
      front.offer(rank(row), rows.occurredAt[row] ?? 0, { rows, row });
    }
    front.keep();
  };
  return overBatches(requests, take, () => ({ rows: front.inOrder(), matched }));
}

/** What rows are ordered by, the smallest first. */
function rankIn(
  { rows }: RowBatch,
  sort: RequestOrder,
  costsIn: ReturnType<typeof rowCosts>,
): (row: number) => number | bigint {
  switch (sort) {
    case "time":
      return () => 0;
    case "tokens":
      return (row) => -tokensAt({ rows, row });
    case "usd": {
      const costOfRow = costsIn(rows);
      return (row) => {
        const usd = costOfRow(row);
        return usd === null ? Infinity : -usd;
      };
    }
  }
}

function tokensAt({ rows, row }: RowPlace): number {
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output } = rows;
  let tokens = 0;
  for (const column of [uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output]) tokens += column[row] ?? 0;
  for (const part of rows.furtherParts.get(row) ?? []) {
    for (const count of Object.values(part.tokens)) tokens += count;
  }
  return tokens;
}

function requestAt({ rows, row }: RowPlace, { book }: RequestsQuery): RequestRow {
  const response = requestOfRow(rows, row);
  if (response.type === "RequestFailed") throw new TypeError("a failure has no price");
  const cost = costOf(response.usage, response.servedModel, Date.parse(response.occurredAt), book);
  return { response, cost };
}
