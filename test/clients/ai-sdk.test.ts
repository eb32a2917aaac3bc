import { ledgerFetch } from "@farthing/adapters/anthropic";
import { expect, it } from "vitest";
import { apiMessage, apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import { errorReply, eventsReply, inTurn, jsonReply, type LoopbackApi } from "../support/loopback-api.ts";
import { describeWithOtherClients } from "../support/other-clients.ts";
import type { EventRecorder } from "../support/recorded-events.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { recordAsSeenBare, tokensIn } from "./bare-and-recorded.ts";
import { load } from "./load.ts";
import { expectRecorded, messageExchanges, replyOf } from "./message-exchanges.ts";

type Options = Readonly<Record<string, unknown>>;

interface Ai {
  readonly generateText: (options: Options) => Promise<Readonly<Record<string, unknown>>>;
  readonly streamText: (options: Options) => { readonly fullStream: AsyncIterable<unknown> };
}
interface AiAnthropic {
  readonly createAnthropic: (options: Options) => (model: string) => unknown;
}

const USAGE = apiUsage({ cache_read_input_tokens: 2_000, cache_creation_input_tokens: 30, output_tokens: 12 });

describeWithOtherClients("the AI SDK, given ledgerFetch", () => {
  /** What a call is made with. */
  async function options(api: LoopbackApi, sink: EventRecorder | null): Promise<Options> {
    const { createAnthropic } = await load<AiAnthropic>("@ai-sdk/anthropic");
    const anthropic = createAnthropic({
      baseURL: `${api.url}/v1`,
      apiKey: "sk-ant-test",
      generateId: counter(),
      ...(sink === null ? {} : { fetch: ledgerFetch(sink) }),
    });
    return { model: anthropic("claude-sonnet-5"), prompt: "Good day.", maxRetries: 1 };
  }

  async function generate(api: LoopbackApi, sink: EventRecorder | null): Promise<unknown> {
    const { generateText } = await load<Ai>("ai");
    const { text, content, usage, finishReason, providerMetadata, response } = await generateText(
      await options(api, sink),
    );
    return { text, content, usage, finishReason, providerMetadata, response };
  }

  async function stream(api: LoopbackApi, sink: EventRecorder | null): Promise<unknown> {
    const { streamText } = await load<Ai>("ai");
    const parts: unknown[] = [];
    const errors: unknown[] = [];
    const { fullStream } = streamText({
      ...(await options(api, sink)),
      onError: (event: { readonly error: unknown }) => void errors.push(String(event.error)),
    });
    for await (const part of fullStream) parts.push(part);
    return { parts, errors };
  }

  it("is recorded for what it generates, and sees the same", async () => {
    const sink = await recordAsSeenBare(generate, () => jsonReply(apiMessage({ usage: USAGE })));
    expect(sink.attempts).toMatchObject([
      { type: "RequestCompleted", id: "msg:msg_1", servedModel: "claude-sonnet-5" },
    ]);
    expect(tokensIn(sink)).toEqual([
      [{ uncachedInput: 100, cacheWrite5m: 30, cacheWrite1h: 0, cacheRead: 2_000, output: 12 }],
    ]);
  });

  it("is recorded for what it streams, and sees the same", async () => {
    const sink = await recordAsSeenBare(stream, () => eventsReply(apiMessageEvents({ usage: { output_tokens: 12 } })));
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted", id: "msg:msg_1" }]);
    expect(tokensIn(sink)).toEqual([
      [{ uncachedInput: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 12 }],
    ]);
  });

  it("is recorded for an attempt that failed, too", async () => {
    const overloaded = errorReply(529, "overloaded_error", { headers: { "request-id": "req_a", "retry-after": "0" } });
    const sink = await recordAsSeenBare(generate, () => inTurn(overloaded, jsonReply(apiMessage())));
    expect(sink.attempts).toMatchObject([
      { type: "RequestFailed", id: "req:req_a", status: 529, errorType: "overloaded_error", cost: "free" },
      { type: "RequestCompleted", id: "msg:msg_1" },
    ]);
  });

  describeWithSharedData("answered as recorded", "exchanges", (folder) => {
    it.each(messageExchanges(folder).map((exchange) => [exchange.name, exchange] as const))(
      "%s",
      async (_, exchange) => {
        const calls = exchange.isStream ? stream : generate;
        const sink = await recordAsSeenBare(calls, () => replyOf(exchange));
        expectRecorded(sink, exchange);
      },
    );
  });
});

/** Ids that are the same in every run. */
function counter(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `generated-${String(count)}`;
  };
}
