import { convertUsage, costOf, money, type Money, type PriceBook } from "@farthing/ledger";
import { billingOracle, type ApiChance, type PromptBill } from "./billing-oracle.ts";
import type { TrueRequest } from "./true-request.ts";

/** A request and what the oracle bills for its prompt. */
export interface BilledRequest {
  readonly request: TrueRequest;
  readonly bill: PromptBill;
}

/** Bills traffic in order of its start. */
export function billTraffic(requests: readonly TrueRequest[], chance: ApiChance): readonly BilledRequest[] {
  const oracle = billingOracle(chance);
  return inOrderOfStart(requests).map((request) => ({ request, bill: oracle(request) }));
}

function inOrderOfStart(requests: readonly TrueRequest[]): readonly TrueRequest[] {
  return [...requests].sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
}

/**
 * What traffic really costs: whole answers, also those that nobody saw the end of.
 *
 * @throws RangeError where something has no price.
 */
export function trueCost(billed: readonly BilledRequest[], book: PriceBook): Money {
  return money(
    billed.reduce((sum, each) => {
      const { usage } = convertUsage(apiUsage(each));
      const { total } = costOf(usage, each.request.model, each.request.completedAt, book);
      if (total === null) throw new RangeError(`${each.request.id} has no price at ${each.request.model}`);
      return sum + total;
    }, 0n),
  );
}

/** The usage object of a response, as the API words it. */
export function apiUsage(
  { request, bill }: BilledRequest,
  outputTokens: number = request.outputTokens,
): Readonly<Record<string, unknown>> {
  return {
    input_tokens: bill.uncachedInput,
    cache_creation_input_tokens: bill.cacheWrite5m + bill.cacheWrite1h,
    cache_read_input_tokens: bill.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: bill.cacheWrite5m,
      ephemeral_1h_input_tokens: bill.cacheWrite1h,
    },
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: Math.min(request.thinkingTokens, outputTokens) },
    server_tool_use: request.webSearches === 0 ? null : { web_search_requests: request.webSearches },
    service_tier: request.tier,
    inference_geo: request.geo,
    speed: request.speed,
  };
}
