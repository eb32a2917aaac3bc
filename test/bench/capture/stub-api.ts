import { setImmediate } from "node:timers/promises";
import { textOf } from "./prompts.ts";

type StubFetch = (input: unknown, init?: { readonly body?: unknown }) => Promise<Response>;

/** Answers calls within the process, one turn of the event loop after they were sent, as the API would. */
export function stubApi(deltas: number | null): StubFetch {
  let calls = 0;
  const reply = deltas === null ? jsonReply() : streamReply(deltas);
  return async () => {
    calls += 1;
    const id = `${String(process.pid)}x${String(calls)}x${String(deltas ?? 0)}`;
    await setImmediate();
    return reply(id);
  };
}

const USAGE = {
  input_tokens: 312,
  cache_creation_input_tokens: 300,
  cache_read_input_tokens: 4_567,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
  output_tokens: 420,
  service_tier: "standard",
  inference_geo: "global",
};

function jsonReply(): (id: string) => Response {
  const content = [{ type: "text", text: textOf("reply", 1_400) }];
  const rest = JSON.stringify({
    ...message(content, USAGE),
    stop_reason: "end_turn",
    stop_sequence: null,
  }).slice(1);
  return (id) => new Response(`{"id":"msg_${id}",${rest}`, { status: 200, headers: headersOf(id, "application/json") });
}

/** One event in each chunk, as they come when a model writes them. */
function streamReply(deltas: number): (id: string) => Response {
  const encoder = new TextEncoder();
  const event = (data: { readonly type: string }): Uint8Array => encoder.encode(textOfEvent(data));
  const delta = (index: number) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: `word ${String(index)} ` },
  });
  const after = [
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as { type: string }),
    ...Array.from({ length: deltas }, (_, index) => event(delta(index))),
    event({ type: "content_block_stop", index: 0 } as { type: string }),
    event({
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 420 },
    } as { type: string }),
    event({ type: "message_stop" }),
  ];
  const start = message([], { ...USAGE, output_tokens: 1 });
  return (id) => {
    let next = -1;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (next === -1) {
          const first = { type: "message_start", message: { id: `msg_${id}`, ...start, stop_reason: null } };
          controller.enqueue(encoder.encode(textOfEvent(first)));
        } else {
          const chunk = after[next];
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        }
        next += 1;
      },
    });
    return new Response(body, { status: 200, headers: headersOf(id, "text/event-stream; charset=utf-8") });
  };
}

function textOfEvent(data: { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function message(content: readonly object[], usage: object): object {
  return { type: "message", role: "assistant", model: "claude-opus-4-5-20251101", content, usage };
}

function headersOf(id: string, contentType: string): Record<string, string> {
  return {
    "content-type": contentType,
    "request-id": `req_${id}`,
    "anthropic-organization-id": "11111111-2222-4333-8444-555555555555",
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": "2026-11-29T12:00:00Z",
    "anthropic-ratelimit-tokens-limit": "480000",
    "anthropic-ratelimit-tokens-remaining": "472000",
    "anthropic-ratelimit-tokens-reset": "2026-11-29T12:00:00Z",
  };
}
