import { totalTokens } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";
import { streamed, written } from "../support/streamed.ts";

describe("what ends a stream", () => {
  async function recordedOf(body: string): Promise<EventRecorder> {
    const sink = recordEvents();
    await (await streamed(sink, [Buffer.from(body)])).text();
    return sink;
  }
  const start = written(apiMessageEvents({ usage: null }));

  it("is an interruption where the end of the message did not come", async () => {
    expect((await recordedOf(start)).attempts).toMatchObject([{ type: "RequestInterrupted", observedCharacters: 14 }]);
  });

  it("is an interruption where the API says that it failed after the start, and a free failure before it", async () => {
    const error = written([{ type: "error", error: { type: "overloaded_error", message: "" } } as { type: string }]);
    expect((await recordedOf(start + error)).attempts).toMatchObject([{ type: "RequestInterrupted" }]);
    expect((await recordedOf(error)).attempts).toMatchObject([
      { type: "RequestFailed", errorType: "overloaded_error", cost: "free", status: 200 },
    ]);
  });

  it("is a failure named by a word alone, whatever the other side says, and of unknown cost where it waited in vain", async () => {
    for (const [type, errorType, cost] of [
      ["blocked: someone@example.com said hunter2", "api_error", "free"],
      ["timeout_error", "timeout_error", "unknown"],
    ] as const) {
      const sink = await recordedOf(written([{ type: "error", error: { type } } as { type: string }]));
      expect(sink.attempts).toMatchObject([{ type: "RequestFailed", errorType, cost }]);
    }
  });

  it("is an interruption where the output was not counted: what a message starts with is no count", async () => {
    const stop = { type: "message_stop" };
    const reason = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: {} };
    for (const end of [[stop], [reason], [reason, stop]]) {
      expect((await recordedOf(start + written(end))).attempts).toMatchObject([
        { type: "RequestInterrupted", output: "lower-bound", usage: { parts: [{ tokens: { output: 1 } }] } },
      ]);
    }
  });

  it("names a model and a reason to stop by words alone", async () => {
    const sentence = "a b".repeat(100);
    const events = apiMessageEvents({ message: { model: sentence }, stopReason: sentence });
    expect((await recordedOf(written(events))).attempts).toMatchObject([
      { type: "RequestCompleted", servedModel: "claude-sonnet-5", stopReason: null },
    ]);
  });

  it("is a failure of unknown cost where there was no message at all", async () => {
    for (const body of ["", "event: ping\ndata: {}\n\n", "data: {\n\n", "data: null\n\ndata: [1]\n\n"]) {
      expect((await recordedOf(body)).attempts).toMatchObject([
        { type: "RequestFailed", cost: "unknown", status: 200 },
      ]);
    }
  });

  it("is the end of one message where another one begins", async () => {
    const sink = await recordedOf(start + written(apiMessageEvents({ message: { id: "msg_2" } })));
    expect(sink.attempts).toMatchObject([
      { type: "RequestInterrupted", id: "msg:msg_1" },
      { type: "RequestCompleted", id: "msg:msg_2" },
    ]);
  });

  it("can come without an empty line after it", async () => {
    const sink = await recordedOf(written(apiMessageEvents()).trimEnd());
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted" }]);
  });

  it("is told by events that are written in another way, too: with white space, or over several lines", async () => {
    const body = apiMessageEvents({ texts: ["four"] })
      .map((event) => `data: ${JSON.stringify(event, null, 1).replaceAll("\n", "\ndata: ")}\n\n`)
      .join("");
    expect((await recordedOf(body)).attempts).toMatchObject([{ type: "RequestCompleted", stopReason: "end_turn" }]);
  });
});

describe("the usage of a stream", () => {
  async function completed(events: readonly { readonly type: string }[]): Promise<EventRecorder> {
    const sink = recordEvents();
    await (await streamed(sink, [Buffer.from(written(events))])).text();
    return sink;
  }

  it("is that of the start, with what the end says in its place", async () => {
    const start = apiUsage({
      input_tokens: 43,
      cache_creation_input_tokens: 7,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 7 },
      output_tokens: 3,
    });
    const sink = await completed(
      apiMessageEvents({
        message: { usage: start },
        usage: { input_tokens: 61, cache_creation_input_tokens: null, output_tokens: 2 },
      }),
    );
    const [event] = sink.of("RequestCompleted");
    expect(event && totalTokens(event.usage)).toEqual({
      uncachedInput: 61,
      cacheWrite5m: 0,
      cacheWrite1h: 7,
      cacheRead: 0,
      output: 2,
    });
    expect(event?.usage).toMatchObject({ serviceTier: "standard", inferenceGeo: "global" });
  });

  it("is billed at the model that took over, which a block names", async () => {
    const events = apiMessageEvents();
    const fallback = {
      type: "content_block_start",
      index: 0,
      content_block: { type: "fallback", from: { model: "claude-sonnet-5" }, to: { model: "claude-haiku-4-5" } },
    };
    const sink = await completed([...events.slice(0, 1), fallback, ...events.slice(1)]);
    expect(sink.attempts).toMatchObject([{ servedModel: "claude-haiku-4-5", requestedModel: "claude-sonnet-5" }]);
  });

  it("is nobody's of a request that was refused before any output", async () => {
    const [start] = apiMessageEvents();
    const end = apiMessageEvents({ stopReason: "refusal", usage: { output_tokens: 1 } }).slice(-2);
    expect((await completed([...(start ? [start] : []), ...end])).attempts).toMatchObject([
      { stopReason: "refusal", billedTo: "nobody" },
    ]);
  });
});
