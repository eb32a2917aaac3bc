import { setTimeout as wait } from "node:timers/promises";
import { apiMessage, apiUsage } from "./api-messages.ts";
import { jsonReply, type Reply } from "./loopback-api.ts";

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
  /** Another answer than a message; null for a message. */
  readonly instead?: (asked: AskedOfApi) => Reply | null;
  /** What the counting endpoint says; null for an error. */
  readonly promptTokens?: (asked: AskedOfApi) => number | null;
  readonly waitMs?: (asked: AskedOfApi) => number;
}

/** Every message is a new one, by the model that was asked. */
export function apiOfModels({ text, usage, instead, promptTokens, waitMs }: ModelAnswers = {}): Reply {
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
      usage: apiUsage(usage?.(asked) ?? {}),
    });
    return jsonReply(message, { headers: { "request-id": `req_${String(messages)}` } })(request, to);
  };
}
