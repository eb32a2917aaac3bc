import type { PromptBill } from "./billing-oracle.ts";
import type { TrueRequest } from "./true-request.ts";

/** Models before 4.6 do not know `inference_geo`. */
const MODELS_WITHOUT_GEOGRAPHY: ReadonlySet<string> = new Set(["claude-sonnet-4-5-20250929"]);

/** The usage object of a response, as the API words it. */
export function apiUsage(request: TrueRequest, bill: PromptBill): Readonly<Record<string, unknown>> {
  return {
    input_tokens: bill.uncachedInput,
    cache_creation_input_tokens: bill.cacheWrite5m + bill.cacheWrite1h,
    cache_read_input_tokens: bill.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: bill.cacheWrite5m,
      ephemeral_1h_input_tokens: bill.cacheWrite1h,
    },
    output_tokens: request.outputTokens,
    output_tokens_details: { thinking_tokens: request.thinkingTokens },
    server_tool_use: null,
    service_tier: request.batched === true ? "batch" : "standard",
    inference_geo: MODELS_WITHOUT_GEOGRAPHY.has(request.model) ? "not_available" : "global",
    speed: "standard",
  };
}
