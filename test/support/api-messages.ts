/** A usage object in the API's words: 100 prompt tokens, 10 of output. */
export function apiUsage(overrides: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    input_tokens: 100,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: 10,
    service_tier: "standard",
    inference_geo: "global",
    ...overrides,
  };
}

/** A message as the API answers a request that does not stream. */
export function apiMessage(overrides: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5",
    content: [{ type: "text", text: "A fine answer." }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: apiUsage(),
    ...overrides,
  };
}

export interface StreamedMessage {
  /** Overrides of the message that `message_start` holds. */
  readonly message?: Readonly<Record<string, unknown>>;
  /** The texts of the deltas. */
  readonly texts?: readonly string[];
  /** Overrides of the usage of `message_delta`; null leaves out that event and `message_stop`. */
  readonly usage?: Readonly<Record<string, unknown>> | null;
  readonly stopReason?: string;
}

/** A message as the events of a stream: `message_start` with 100 prompt tokens and 1 of output, then a text block, 10 of output at the end. */
export function apiMessageEvents({
  message = {},
  texts = ["A fine", " answer."],
  usage = {},
  stopReason = "end_turn",
}: StreamedMessage = {}): { readonly type: string }[] {
  const start = apiMessage({ content: [], stop_reason: null, usage: apiUsage({ output_tokens: 1 }), ...message });
  const events: { readonly type: string; readonly [field: string]: unknown }[] = [
    { type: "message_start", message: start },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...texts.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
  ];
  if (usage === null) return events;
  return [
    ...events,
    {
      type: "message_delta",
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: {
        input_tokens: 100,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 10,
        ...usage,
      },
    },
    { type: "message_stop" },
  ];
}
