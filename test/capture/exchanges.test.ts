import type Anthropic from "@anthropic-ai/sdk";
import { attach } from "@farthing/adapters/anthropic";
import { convertUsage, totalTokens, type TokenBuckets } from "@farthing/ledger";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aClient } from "../support/attached-client.ts";
import { readExchanges, type Exchange } from "../support/exchanges.ts";
import { bytesReply, noReply, openLoopbackApi, type LoopbackApi } from "../support/loopback-api.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";
import { describeWithSharedData } from "../support/shared-data.ts";

/** What a caller of the SDK sees of an exchange. */
async function seenBy(client: Anthropic, exchange: Exchange): Promise<unknown> {
  const { method, path, isStream } = exchange;
  const body = exchange.request ?? { model: "claude-opus-5", max_tokens: 100, messages: [] };
  const events: unknown[] = [];
  try {
    if (path.includes("/results")) return await (await client.get(path).asResponse()).text();
    if (method !== "POST") return await client[method === "GET" ? "get" : "delete"](path);
    if (!isStream) return await client.post(path, { body });
    for await (const event of (await client.post(path, { body, stream: true })) as AsyncIterable<unknown>) {
      events.push(event);
    }
    return events;
  } catch (error) {
    const { name, message, status, requestID, error: inner } = error as InstanceType<typeof Anthropic.APIError>;
    return { events, error: { name, message, status, requestID, inner } };
  }
}

/** The API's counts in our words, worked out here by the rule alone: a total of writes beside their split. */
function bucketsOf(usage: Exchange["usage"]): TokenBuckets {
  const count = (value: unknown): number => (typeof value === "number" ? value : 0);
  const split = (usage["cache_creation"] ?? {}) as Readonly<Record<string, unknown>>;
  const oneHour = count(split["ephemeral_1h_input_tokens"]);
  return {
    uncachedInput: count(usage["input_tokens"]),
    cacheWrite5m: count(usage["cache_creation_input_tokens"]) - oneHour,
    cacheWrite1h: oneHour,
    cacheRead: count(usage["cache_read_input_tokens"]),
    output: count(usage["output_tokens"]),
  };
}

/** Exchanges in which several messages follow one another in one stream, and how many do; `usage` is the last one's. */
const MESSAGES_IN: Readonly<Record<string, number>> = { 153: 15, 154: 2, 155: 3, 156: 3, 157: 2, 160: 2 };

function checkRecorded(exchange: Exchange, sink: EventRecorder): void {
  const { name, status, path, usage } = exchange;
  const { attempts } = sink;
  if (path.includes("/count_tokens")) {
    const counted = JSON.parse(exchange.response.toString()) as { input_tokens: number };
    expect(sink.of("TokensCounted")).toMatchObject([{ promptTokens: counted.input_tokens }]);
    expect(attempts).toEqual([]);
  } else if (path.endsWith("/results")) {
    const lines = exchange.response.toString().split("\n");
    expect(attempts).toHaveLength(lines.filter((line) => line !== "").length);
  } else if (!path.startsWith("/v1/messages") || path.includes("/batches")) {
    // Nothing that is billed by itself: what batches come to is recorded from their results.
    expect(attempts).toEqual([]);
  } else if (status !== 200) {
    const { error } = JSON.parse(exchange.response.toString()) as { error: { type: string } };
    expect(attempts).toMatchObject([{ type: "RequestFailed", status, errorType: error.type, cost: "free" }]);
  } else {
    const last = attempts.at(-1);
    expect(attempts, name).toHaveLength(MESSAGES_IN[name.slice(0, 3)] ?? 1);
    if (last?.type !== "RequestCompleted") throw new Error(`${name} was recorded as ${String(last?.type)}`);
    expect(last).toMatchObject({
      finality: "complete",
      output: "final",
      requestedModel: exchange.request?.["model"] ?? "claude-opus-5",
    });
    if (usage["iterations"] === undefined) expect(totalTokens(last.usage)).toEqual(bucketsOf(usage));
    else expect(last.usage.parts).toEqual(convertUsage(usage).usage.parts);
  }
}

describeWithSharedData("every recorded exchange", "exchanges", (folder) => {
  const exchanges = readExchanges(folder);
  let api: LoopbackApi;
  beforeAll(async () => {
    api = await openLoopbackApi(noReply);
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it("is there", () => {
    expect(exchanges).toHaveLength(160);
  });

  it.each([
    { chunks: "whole", chunkBytes: Infinity },
    { chunks: "in chunks of 1021 bytes", chunkBytes: 1021 },
  ])("reaches the caller just the same, and its tokens are recorded: $chunks", async ({ chunkBytes }) => {
    const errors: unknown[] = [];
    for (const exchange of exchanges) {
      const { status, headers, response } = exchange;
      api.reply(bytesReply(response, { status, headers, chunkBytes }));
      const sink = recordEvents();
      const bare = await seenBy(aClient(api.url), exchange);
      const attached = await seenBy(
        attach(aClient(api.url), sink, { onError: (error) => errors.push(error) }),
        exchange,
      );
      expect(attached, exchange.name).toEqual(bare);
      checkRecorded(exchange, sink);
    }
    expect(errors).toEqual([]);
  });
});
