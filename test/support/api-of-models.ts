import { setTimeout as wait } from "node:timers/promises";
import { apiMessage, apiMessageEvents, apiUsage } from "./api-messages.ts";
import { eventsReply, jsonReply, type Reply } from "./loopback-api.ts";

/** A request as the API got it. */
export interface AskedOfApi {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly { readonly content: string }[];
  readonly [name: string]: unknown;
}

/** What an API of several models answers. */
export interface ModelAnswers {
  /** The text of an answer. */
  readonly text?: (asked: AskedOfApi) => string;
  readonly usage?: (asked: AskedOfApi) => Readonly<Record<string, unknown>>;
  readonly stopReason?: (asked: AskedOfApi) => string;
  /** Another answer than a message; null for a message. */
  readonly instead?: (asked: AskedOfApi) => Reply | null;
  /** What the counting endpoint says; null for an error. */
  readonly promptTokens?: (asked: AskedOfApi) => number | null;
  readonly waitMs?: (asked: AskedOfApi) => number;
}

/** Every message is a new one, by the model that was asked. */
export function apiOfModels({ text, usage, stopReason, instead, promptTokens, waitMs }: ModelAnswers = {}): Reply {
  let messages = 0;
  return async (request, to) => {
    const asked = JSON.parse(request.body) as AskedOfApi;
    if (request.path.endsWith("/count_tokens")) {
      const tokens = promptTokens === undefined ? 100 : promptTokens(asked);
      const reply = tokens === null ? jsonReply({}, { status: 400 }) : jsonReply({ input_tokens: tokens });
      return reply(request, to);
    }
    messages += 1;
    const id = `msg_${String(messages)}`;
    await wait(waitMs?.(asked) ?? 0);
    const other = instead?.(asked) ?? null;
    if (other !== null) return other(request, to);
    const message = apiMessage({
      id,
      model: asked.model,
      content: [{ type: "text", text: text?.(asked) ?? "billing" }],
      stop_reason: stopReason?.(asked) ?? "end_turn",
      usage: apiUsage(usage?.(asked) ?? {}),
    });
    const options = { headers: { "request-id": `req_${String(messages)}` } };
    return asked["stream"] === true
      ? eventsReply(eventsOf(message), options)(request, to)
      : jsonReply(message, options)(request, to);
  };
}

/** A message of one text, as the events of a stream. */
function eventsOf({ content, usage, stop_reason: stopReason, ...message }: Readonly<Record<string, unknown>>): {
  readonly type: string;
}[] {
  const [{ text }] = content as [{ readonly text: string }];
  return apiMessageEvents({
    message: { ...message, usage: { ...(usage as object), output_tokens: 1 } },
    texts: [text],
    usage: usage as Readonly<Record<string, unknown>>,
    stopReason: stopReason as string,
  });
}
