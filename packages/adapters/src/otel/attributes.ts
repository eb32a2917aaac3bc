import { type JsonObject, ownValue } from "../ndjson/json-object.ts";

/**
 * The attributes that are read of a span, and no others: in content mode a span also holds prompts and answers.
 *
 * The names are those of SDK 1.12. `gen_ai.*` are still in development; the SDK is what is followed, not the convention.
 */
export const ATTRIBUTES = {
  responseId: "gen_ai.response.id",
  requestedModel: "gen_ai.request.model",
  servedModel: "gen_ai.response.model",
  maxTokens: "gen_ai.request.max_tokens",
  effort: "gen_ai.request.reasoning.level",
  stream: "gen_ai.request.stream",
  thinkingType: "anthropic.thinking.type",
  thinkingBudget: "anthropic.thinking.budget_tokens",
  betas: "anthropic.beta",
  stopReason: "anthropic.message.stop_reason",
  timeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  requestId: "anthropic.request.id",
  workspaceId: "anthropic.workspace.id",
  status: "http.response.status_code",
  method: "http.request.method",
  resendCount: "http.request.resend_count",
  errorType: "error.type",
  countedTokens: "anthropic.message.count_tokens.input_tokens",
} as const;

/** What a span tells of usage. */
export const USAGE_ATTRIBUTES = {
  /** All prompt tokens: unlike the API's `input_tokens`, those read from and written to the cache are among them. */
  promptTokens: "gen_ai.usage.input_tokens",
  cacheRead: "gen_ai.usage.cache_read.input_tokens",
  cacheWrite: "gen_ai.usage.cache_write.input_tokens",
  cacheWrite5m: "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
  cacheWrite1h: "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
  output: "gen_ai.usage.output_tokens",
  thinking: "gen_ai.usage.reasoning.output_tokens",
  serviceTier: "anthropic.response.service_tier",
  compactionInput: "anthropic.usage.compaction.input_tokens",
  compactionOutput: "anthropic.usage.compaction.output_tokens",
} as const;

/** A whole number from 0; null where there is none. */
export function ownCount(attributes: JsonObject, name: string): number | null {
  const value = ownValue(attributes, name);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The texts of a list; empty where there is none. */
export function ownTexts(attributes: JsonObject, name: string): readonly string[] {
  const value = ownValue(attributes, name);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
