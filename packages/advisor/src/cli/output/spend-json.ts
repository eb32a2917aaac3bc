import {
  formatInstant,
  formatUsd,
  type Adjustment,
  type RequestTotals,
  type SpendResult,
  type SpendTokens,
} from "@farthing/ledger";
import { contractToJson } from "../../contract/contract-json.ts";
import { priceUnder } from "../../contract/contract.ts";
import { reratedToJson } from "../../report/rerated.ts";
import { asOfText } from "../../report/words.ts";
import type { Selection } from "../flags/selection.ts";
import type { ClosedPeriodAnswer } from "../input/closed-period.ts";
import { contractOf, isSpendAtLeast } from "../input/contract-of.ts";
import { closingToJson } from "./closing-json.ts";

/** A spend result as its JSON document; `closed` is null where no period was named. */
export function spendToJson(
  result: SpendResult,
  selection: Selection,
  closed: ClosedPeriodAnswer | null,
  command: string,
): object {
  const { since, until, timeZone, book, contents } = selection;
  const price = priceUnder(
    contractOf(result, contents.settings, { ...selection, isWholeAccount: selection.where.length === 0 }),
    result.total.usd,
    isSpendAtLeast(result),
  );
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
    ...(price === null ? {} : { contract: contractToJson(price) }),
    closed: closed === null || closed.closing === null ? null : closingToJson(closed.closing),
    adjustments: (closed?.adjustments ?? []).map(adjustmentToJson),
    damage: contents.view.damage,
  };
}

function adjustmentToJson({ kind, source, reason, requests, usd }: Adjustment): object {
  return { kind, source, reason, requests, usd: formatUsd(usd) };
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
