import { ADDRESS, ANSWER, END, KEY, MODEL, PROMPT, START, USED, USED_USD, type Used } from "./records.ts";

/** What `prompt_tokens` counts beside uncached tokens, by the age of a release. */
export type PromptCount = "uncached alone" | "with reads" | "with reads and writes";

export function promptTokensOf({ uncached, reads, write5m, write1h }: Used, counts: PromptCount): number {
  if (counts === "uncached alone") return uncached;
  return uncached + reads + (counts === "with reads" ? 0 : write5m + write1h);
}

/** The `usage_object` of a release: newer ones tell lifetimes of writes, and the uncached tokens apart. */
export function usageObject(used: Used, counts: PromptCount, tellsText = false): object {
  const writes = used.write5m + used.write1h;
  const prompt = promptTokensOf(used, counts);
  return {
    prompt_tokens: prompt,
    completion_tokens: used.output,
    total_tokens: prompt + used.output,
    prompt_tokens_details: {
      cached_tokens: used.reads,
      cache_creation_tokens: writes,
      cache_creation_token_details: {
        ephemeral_5m_input_tokens: used.write5m,
        ephemeral_1h_input_tokens: used.write1h,
      },
      ...(tellsText ? { text_tokens: used.uncached } : {}),
    },
    cache_creation_input_tokens: writes,
    cache_read_input_tokens: used.reads,
  };
}

/** A row of `LiteLLM_SpendLogs` with all that may not be kept. */
export function aSpendLog(overrides: object = {}, metadata: object = {}): object {
  const usage = usageObject(USED, "with reads and writes", true);
  return {
    request_id: "chatcmpl-1",
    call_type: "acompletion",
    api_key: "a".repeat(64),
    spend: USED_USD,
    total_tokens: 13_400,
    prompt_tokens: 13_000,
    completion_tokens: 400,
    startTime: START,
    endTime: END,
    completionStartTime: "2026-10-01T10:00:01.000Z",
    model: MODEL,
    model_group: "claude-prod",
    custom_llm_provider: "anthropic",
    user: ADDRESS,
    end_user: ADDRESS,
    cache_hit: "False",
    request_tags: ["nightly", ADDRESS, "User-Agent: something/1.0"],
    team_id: "team-1",
    requester_ip_address: "10.0.0.1",
    messages: [{ role: "user", content: PROMPT }],
    response: { id: "chatcmpl-1", choices: [{ message: { content: ANSWER } }] },
    proxy_server_request: { headers: { authorization: `Bearer ${KEY}` }, body: { messages: PROMPT } },
    session_id: "session-1",
    status: "success",
    metadata: {
      user_api_key: KEY,
      user_api_key_alias: "search",
      user_api_key_user_email: ADDRESS,
      user_api_key_team_alias: "research",
      usage_object: usage,
      ...metadata,
    },
    ...overrides,
  };
}

/** The same call as LiteLLM's loggers write it into buckets. */
export function aLoggedPayload(overrides: object = {}): object {
  const usage = usageObject(USED, "with reads and writes", true);
  return {
    id: "chatcmpl-1",
    trace_id: "session-1",
    call_type: "acompletion",
    stream: true,
    response_cost: USED_USD,
    status: "success",
    custom_llm_provider: "anthropic",
    total_tokens: 13_400,
    prompt_tokens: 13_000,
    completion_tokens: 400,
    startTime: Date.parse(START) / 1000,
    endTime: Date.parse(END) / 1000,
    completionStartTime: Date.parse(START) / 1000 + 1,
    model: MODEL,
    model_group: "claude-prod",
    cache_hit: null,
    request_tags: ["nightly"],
    end_user: ADDRESS,
    messages: [{ role: "user", content: PROMPT }],
    response: { id: "chatcmpl-1", choices: [{ message: { content: ANSWER } }], usage },
    metadata: {
      user_api_key_hash: "a".repeat(64),
      user_api_key_alias: "search",
      user_api_key_team_alias: "research",
      user_api_key_user_email: ADDRESS,
      usage_object: usage,
    },
    hidden_params: { additional_headers: { "llm_provider-request-id": "req_1" } },
    ...overrides,
  };
}
