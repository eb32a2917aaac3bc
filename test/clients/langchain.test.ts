import { ledgerMiddleware } from "@farthing/adapters/anthropic";
import { expect, it } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { errorReply, eventsReply, inTurn, jsonReply, type LoopbackApi } from "../support/loopback-api.ts";
import { describeWithOtherClients } from "../support/other-clients.ts";
import type { EventRecorder } from "../support/recorded-events.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { recordAsSeenBare, tokensIn } from "./bare-and-recorded.ts";
import { load } from "./load.ts";
import { expectRecorded, messageExchanges, replyOf } from "./message-exchanges.ts";

interface ChatModel {
  invoke(prompt: string): Promise<unknown>;
  stream(prompt: string): Promise<AsyncIterable<unknown>>;
}
interface LangChainAnthropic {
  readonly ChatAnthropic: new (options: Readonly<Record<string, unknown>>) => ChatModel;
}

describeWithOtherClients("LangChain, given ledgerMiddleware", () => {
  async function model(api: LoopbackApi, sink: EventRecorder | null, maxRetries = 0): Promise<ChatModel> {
    const { ChatAnthropic } = await load<LangChainAnthropic>("@langchain/anthropic");
    return new ChatAnthropic({
      model: "claude-sonnet-5",
      apiKey: "sk-ant-test",
      anthropicApiUrl: api.url,
      maxTokens: 64,
      maxRetries,
      ...(sink === null ? {} : { clientOptions: { middleware: [ledgerMiddleware(sink)] } }),
    });
  }

  async function invoke(api: LoopbackApi, sink: EventRecorder | null): Promise<unknown> {
    return (await model(api, sink)).invoke("Good day.");
  }

  async function stream(api: LoopbackApi, sink: EventRecorder | null): Promise<unknown> {
    const chunks: unknown[] = [];
    for await (const chunk of await (await model(api, sink)).stream("Good day.")) chunks.push(chunk);
    return chunks;
  }

  it("is recorded for what it invokes, and sees the same", async () => {
    const sink = await recordAsSeenBare(invoke, () => jsonReply(apiMessage()));
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted", id: "msg:msg_1" }]);
    expect(tokensIn(sink)).toEqual([
      [{ uncachedInput: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 10 }],
    ]);
  });

  it("is recorded for what it streams, with the output of the bill", async () => {
    const sink = await recordAsSeenBare(stream, () => eventsReply(apiMessageEvents({ usage: { output_tokens: 7 } })));
    // LangChain itself adds the placeholder of `message_start` to it.
    expect(tokensIn(sink)).toEqual([
      [{ uncachedInput: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 7 }],
    ]);
  });

  it("is recorded for an attempt that failed, too", async () => {
    const overloaded = errorReply(529, "overloaded_error", { headers: { "request-id": "req_a" } });
    const sink = await recordAsSeenBare(
      async (api, sink) => (await model(api, sink, 1)).invoke("Good day."),
      () => inTurn(overloaded, jsonReply(apiMessage())),
    );
    expect(sink.attempts).toMatchObject([
      { type: "RequestFailed", id: "req:req_a", status: 529, cost: "free" },
      { type: "RequestCompleted", id: "msg:msg_1" },
    ]);
  });

  describeWithSharedData("answered as recorded", "exchanges", (folder) => {
    it.each(messageExchanges(folder).map((exchange) => [exchange.name, exchange] as const))(
      "%s",
      async (_, exchange) => {
        const calls = exchange.isStream ? stream : invoke;
        const sink = await recordAsSeenBare(calls, () => replyOf(exchange));
        expectRecorded(sink, exchange);
      },
    );
  });
});
