import type { ResponseRecorded } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { compare, type Money } from "../money/money.ts";
import { costOf, type Cost } from "../pricing/cost.ts";
import type { PriceBook, UnpricedReason } from "../pricing/price-book.ts";
import type { Account } from "./account.ts";
import { calendarOf } from "./calendar.ts";
import { matches, type Condition } from "./filters.ts";
import { groupValue, type GroupKey } from "./group-keys.ts";
import {
  addRequest,
  addSpendTokens,
  NO_REQUESTS,
  tokensOf,
  type RequestTotals,
  type SpendTokens,
} from "./request-totals.ts";

export interface SpendQuery {
  /** Dimensions to group by, in order; none for the total alone. */
  readonly by: readonly GroupKey[];
  readonly where: readonly Condition[];
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
  /** IANA zone that cuts hours, days and months. */
  readonly timeZone: string;
  readonly book: PriceBook;
}

/** The totals of one group. */
export interface SpendRow extends RequestTotals {
  /** The group's value in each dimension asked for; null where its responses have none. */
  readonly by: Readonly<Record<string, string | null>>;
}

/** Responses of one model that have no price, for one reason. */
export interface UnpricedRow {
  readonly model: string;
  readonly reason: UnpricedReason;
  readonly requests: number;
  readonly tokens: SpendTokens;
}

export interface SpendResult {
  readonly total: RequestTotals & {
    /** Attempts that ended in an error or without an answer. */
    readonly failed: number;
    /** Of those, attempts that may have been billed without anyone seeing the answer. */
    readonly failedAtUnknownCost: number;
  };
  /** By amount, largest first; equal amounts by the groups' values. */
  readonly rows: readonly SpendRow[];
  /** By model, then reason. */
  readonly unpriced: readonly UnpricedRow[];
  /** Recorded responses somebody else pays for, or nobody; not in the total. */
  readonly notBilled: { readonly requests: number; readonly tokens: SpendTokens };
  /** Billed responses whose output is only a lower bound: with any of these, the total is "at least". */
  readonly lowerBoundRequests: number;
  /** The part of the total at the priority tier: prepaid, so list price is not what it cost. */
  readonly notional: { readonly requests: number; readonly usd: Money };
  /** Billing sources of the responses in the total, each once, sorted. */
  readonly sources: readonly string[];
  /** When the first and the last of these responses were complete; null where there are none. */
  readonly span: { readonly first: Instant; readonly last: Instant } | null;
}

/**
 * What the responses of an account cost at the prices of their own instants, in total and by group.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export function querySpend(account: Account, query: SpendQuery): SpendResult {
  const calendar = calendarOf(query.timeZone);
  const isWanted = matches(query, calendar);
  const rows = new Map<string, SpendRow>();
  const unpriced = new Map<string, UnpricedRow>();
  const sources = new Set<string>();
  let total: RequestTotals = NO_REQUESTS;
  let notBilled = { requests: 0, tokens: NO_REQUESTS.tokens };
  let notional: RequestTotals = NO_REQUESTS;
  let lowerBoundRequests = 0;
  let first = Infinity;
  let last = -Infinity;

  for (const response of account.responses) {
    if (!isWanted(response)) continue;
    const tokens = tokensOf(response);
    if (response.billedTo !== "self") {
      notBilled = { requests: notBilled.requests + 1, tokens: addSpendTokens(notBilled.tokens, tokens) };
      continue;
    }
    const at = Date.parse(response.occurredAt);
    const cost = costOf(response.usage, response.servedModel, at, query.book);
    total = addRequest(total, tokens, cost);
    if (cost.notional) notional = addRequest(notional, tokens, cost);
    if (response.output === "lower-bound") lowerBoundRequests += 1;
    for (const source of response.sources) sources.add(source);
    first = Math.min(first, at);
    last = Math.max(last, at);
    addUnpriced(unpriced, response, tokens, cost);

    const values = query.by.map((key) => groupValue(response, key, calendar));
    const rowKey = JSON.stringify(values);
    const row = rows.get(rowKey) ?? { by: toRecord(query.by, values), ...NO_REQUESTS };
    rows.set(rowKey, { by: row.by, ...addRequest(row, tokens, cost) });
  }

  const failures = account.failures.filter(isWanted);
  return {
    total: {
      ...total,
      failed: failures.length,
      failedAtUnknownCost: failures.filter(({ cost }) => cost === "unknown").length,
    },
    rows: query.by.length === 0 ? [] : [...rows.values()].sort(byAmountThenValues),
    unpriced: [...unpriced.entries()].sort(([a], [b]) => compareTexts(a, b)).map(([, row]) => row),
    notBilled,
    lowerBoundRequests,
    notional: { requests: notional.requests, usd: notional.usd },
    sources: [...sources].sort(),
    span: total.requests === 0 ? null : { first, last },
  };
}

function addUnpriced(
  rows: Map<string, UnpricedRow>,
  response: ResponseRecorded,
  tokens: SpendTokens,
  { reason }: Cost,
): void {
  if (reason === null) return;
  const model = response.servedModel;
  const key = `${model}\n${reason}`;
  const row = rows.get(key);
  rows.set(key, {
    model,
    reason,
    requests: (row?.requests ?? 0) + 1,
    tokens: row === undefined ? tokens : addSpendTokens(row.tokens, tokens),
  });
}

function toRecord(keys: readonly string[], values: readonly (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? null]));
}

function byAmountThenValues(a: SpendRow, b: SpendRow): number {
  const byAmount = compare(b.usd, a.usd);
  return byAmount === 0 ? compareTexts(sortKey(a), sortKey(b)) : byAmount;
}

/** Values joined so that an absent one comes before every present one. */
function sortKey(row: SpendRow): string {
  return Object.values(row.by)
    .map((value) => (value === null ? "\0" : `\u0001${value}`))
    .join("\0");
}

/** By code unit, so that the order is the same in every locale. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
