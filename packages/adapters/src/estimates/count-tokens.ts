/** What of a client is called to count; a client of `@anthropic-ai/sdk` fits as it is. */
export interface CountingClient {
  readonly messages: { countTokens(params: never): PromiseLike<{ readonly input_tokens: number }> };
  readonly beta?: { readonly messages: { countTokens(params: never): PromiseLike<{ readonly input_tokens: number }> } };
}

type Fields = Readonly<Record<string, unknown>>;

/** What the counting endpoint takes of a request. Source: `@anthropic-ai/sdk` 1.12, `MessageCountTokensParams`. */
const COUNTED: readonly string[] = [
  "messages",
  "model",
  "cache_control",
  "output_config",
  "speed",
  "system",
  "thinking",
  "tool_choice",
  "tools",
  "user_profile_id",
  "workspace_id",
];
/** What its beta takes besides. */
const COUNTED_IN_BETA: readonly string[] = [
  ...COUNTED,
  "billing_policy",
  "compaction",
  "context_management",
  "mcp_servers",
  "output_format",
  "betas",
];

/**
 * The prompt tokens of a request as the API counts them, which is free. Null where it does not answer.
 *
 * Counted with `client.beta` where the request has `betas`, as it would be sent.
 */
export async function countTokens(params: Fields, client: CountingClient): Promise<number | null> {
  const isBeta = Array.isArray(params["betas"]) && client.beta !== undefined;
  const names = isBeta ? COUNTED_IN_BETA : COUNTED;
  const counted = Object.fromEntries(names.filter((name) => name in params).map((name) => [name, params[name]]));
  try {
    const messages = isBeta && client.beta !== undefined ? client.beta.messages : client.messages;
    const { input_tokens: tokens } = await messages.countTokens(counted as never);
    return Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null;
  } catch {
    return null;
  }
}
