import { formatInstant, formatUsd, type RequestTotals, type SpendResult, type SpendTokens } from "@farthing/ledger";
import { reratedToJson } from "../../report/rerated.ts";
import { asOfText } from "../../report/words.ts";
import type { Selection } from "../flags/selection.ts";

/** A spend result as its JSON document. */
export function spendToJson(result: SpendResult, selection: Selection, command: string): object {
  const { since, until, timeZone, book, contents } = selection;
  return {
    command,
    period: {
      since: since === null ? null : formatInstant(since),
      until: until === null ? null : formatInstant(until),
      timeZone,
      asOf: selection.asOf === null ? null : asOfText(selection.asOf),
      first: result.span === null ? null : formatInstant(result.span.first),
      last: result.span === null ? null : formatInstant(result.span.last),
    },
    priceBook: book.hash,
    total: {
      ...totalsToJson(result.total),
      pricedRequests: result.total.requests - result.total.unpricedRequests,
      failed: result.total.failed,
      failedAtUnknownCost: result.total.failedAtUnknownCost,
      lowerBoundRequests: result.lowerBoundRequests,
    },
    rows: result.rows.map((row) => ({ by: row.by, ...totalsToJson(row) })),
    unpriced: result.unpriced.map(({ model, reason, requests, tokens }) => ({
      model,
      reason,
      requests,
      tokens: tokensToJson(tokens),
    })),
    notBilled: { requests: result.notBilled.requests, tokens: tokensToJson(result.notBilled.tokens) },
    notional: { requests: result.notional.requests, usd: formatUsd(result.notional.usd) },
    rerated: result.rerated.map(reratedToJson),
    damage: contents.view.damage,
  };
}

function totalsToJson(totals: RequestTotals): object {
  return {
    usd: formatUsd(totals.usd),
    requests: totals.requests,
    unpricedRequests: totals.unpricedRequests,
    tokens: tokensToJson(totals.tokens),
  };
}

/** Token counts in the documented order of keys. */
export function tokensToJson(tokens: SpendTokens): SpendTokens {
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, thinking } = tokens;
  return { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, thinking };
}
