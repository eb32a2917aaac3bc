import Anthropic from "@anthropic-ai/sdk";
import { ledgerSpanProcessor, type LedgerSpanProcessorOptions } from "@farthing/adapters/otel";
import { convertUsage, isResponse, merge, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents, apiUsage, type StreamedMessage } from "../support/api-messages.ts";
import { NO_CONTEXT, NO_IDS, NO_SHAPE, aRequestCompleted } from "../support/builders.ts";
import { recordEvents } from "../support/recorded-events.ts";
import { recordingTracerProvider } from "../support/recording-tracer.ts";

const PARAMS: Anthropic.MessageCreateParamsNonStreaming = {
  model: "claude-sonnet-5",
  max_tokens: 64,
  messages: [{ role: "user", content: "Good day." }],
};
const RESOURCE = { "service.name": "shop", "service.version": "1.4.0", "deployment.environment.name": "production" };

/** A client whose spans are recorded, over a `fetch` that gives these answers in turn. */
function traced(
  options: LedgerSpanProcessorOptions,
  ...answers: readonly ((signal: AbortSignal | null | undefined) => Response | Promise<Response>)[]
) {
  const recorder = recordEvents();
  const processor = ledgerSpanProcessor(recorder, options);
  let calls = 0;
  const client = new Anthropic({
    apiKey: "sk-ant-test",
    timeout: 50,
    maxRetries: answers.length - 1,
    openTelemetry: { tracerProvider: recordingTracerProvider(RESOURCE, processor) },
    fetch: async (_url, init) => {
      const answer = answers[calls];
      calls += 1;
      if (answer === undefined) throw new Error("no more answers");
      return answer(init?.signal);
    },
  });
  return { client, recorder, processor };
}

function json(body: unknown, status = 200): () => Response {
  const headers = { "request-id": "req_7", "anthropic-workspace-id": "wrk_1", "retry-after-ms": "1" };
  return () => Response.json(body, { status, headers });
}

function stream(message: StreamedMessage = {}): () => Response {
  const text = apiMessageEvents(message).map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return () => new Response(text.join(""), { headers: { "content-type": "text/event-stream", "request-id": "req_7" } });
}

const OVERLOADED = json({ type: "error", error: { type: "overloaded_error", message: "Good day." } }, 529);

/** The event that a recorder holds, and no other. */
function only({ events }: { readonly events: readonly LedgerEvent[] }): LedgerEvent {
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`expected one event, not ${String(events.length)}`);
  return event;
}

describe("a span of the SDK's own", () => {
  it("becomes the event of its message", async () => {
    const { client, recorder } = traced(
      { labels: { feature: "chat" }, context: { host: "host-1" } },
      json(apiMessage()),
    );
    await client.messages.create(PARAMS);

    expect(only(recorder)).toEqual({
      type: "RequestCompleted",
      version: 1,
      id: "msg:msg_1",
      occurredAt: expect.stringMatching(/Z$/),
      sources: ["otel"],
      finality: "complete",
      requestedModel: "claude-sonnet-5",
      servedModel: "claude-sonnet-5",
      usage: {
        parts: [
          {
            kind: "response",
            iteration: null,
            model: null,
            tokens: { uncachedInput: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 10 },
          },
        ],
        thinkingTokens: null,
        webSearchRequests: 0,
        webFetchRequests: 0,
        serviceTier: "standard",
        inferenceGeo: null,
        speed: null,
        notes: ["details-not-reported"],
        raw: {
          "gen_ai.usage.input_tokens": 100,
          "gen_ai.usage.cache_read.input_tokens": 0,
          "gen_ai.usage.cache_write.input_tokens": 0,
          "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 0,
          "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 0,
          "gen_ai.usage.output_tokens": 10,
          "anthropic.response.service_tier": "standard",
        },
      },
      stopReason: "end_turn",
      billedTo: "self",
      output: "final",
      ids: { ...NO_IDS, message: "msg_1", request: "req_7", workspace: "wrk_1" },
      timing: {
        startedAt: expect.stringMatching(/Z$/),
        startedAtProvenance: "reported",
        occurredAtProvenance: "reported",
        firstTokenAt: null,
      },
      attempt: 0,
      request: { ...NO_SHAPE, maxTokens: 64 },
      context: { ...NO_CONTEXT, service: "shop", release: "1.4.0", environment: "production", host: "host-1" },
      labels: { feature: "chat" },
      cacheMissReason: null,
      conflicts: [],
    });
  });

  it("holds the buckets of the usage that it was made from, whatever was cached", async () => {
    const count = fc.nat({ max: 1_000_000 });
    const usages = fc.record({ input: count, read: count, write5m: count, write1h: count, output: count });
    await fc.assert(
      fc.asyncProperty(usages, async ({ input, read, write5m, write1h, output }) => {
        const usage = apiUsage({
          input_tokens: input,
          cache_read_input_tokens: read,
          cache_creation_input_tokens: write5m + write1h,
          cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h },
          output_tokens: output,
        });
        const { client, recorder } = traced({}, json(apiMessage({ usage })));
        await client.messages.create(PARAMS);
        expect(only(recorder)).toMatchObject({
          usage: {
            parts: [
              {
                tokens: { uncachedInput: input, cacheRead: read, cacheWrite5m: write5m, cacheWrite1h: write1h, output },
              },
            ],
          },
        });
      }),
    );
  });

  it("says so where cache writes come without their lifetimes", async () => {
    const usage = apiUsage({ cache_creation_input_tokens: 7, cache_creation: null });
    const { client, recorder } = traced({}, json(apiMessage({ usage })));
    await client.messages.create(PARAMS);
    const notes = ["cache-write-lifetime-assumed-5m", "details-not-reported"];
    expect(only(recorder)).toMatchObject({ usage: { parts: [{ tokens: { cacheWrite5m: 7 } }], notes } });
  });

  it("of a stream read to its end is that of the whole message, with the time of its first delta", async () => {
    const { client, recorder } = traced({}, stream({ usage: { output_tokens: 12 } }));
    await client.messages.stream(PARAMS).finalMessage();
    expect(only(recorder)).toMatchObject({
      id: "msg:msg_1",
      output: "final",
      stopReason: "end_turn",
      usage: { parts: [{ tokens: { uncachedInput: 100, output: 12 } }] },
      timing: { firstTokenAt: expect.stringMatching(/Z$/) },
      request: { stream: true },
    });
  });

  it.each(["left by the caller", "cut off by the server"])("of a stream %s is a lower bound", async (way) => {
    const { client, recorder } = traced({}, stream({ usage: null }));
    for await (const event of await client.messages.create({ ...PARAMS, stream: true })) {
      if (way === "left by the caller" && event.type === "content_block_delta") break;
    }
    expect(only(recorder)).toMatchObject({
      type: "RequestInterrupted",
      id: "msg:msg_1",
      output: "lower-bound",
      stopReason: null,
      usage: { parts: [{ tokens: { uncachedInput: 100, output: 0 } }] },
    });
  });

  it("of a call that was tried again says which attempt it was, and not when that began", async () => {
    const { client, recorder } = traced({}, OVERLOADED, json(apiMessage()));
    await client.messages.create(PARAMS);
    expect(only(recorder)).toMatchObject({
      type: "RequestCompleted",
      attempt: 1,
      timing: { startedAt: null, startedAtProvenance: "missing" },
    });
  });

  it("of a count of tokens is that count", async () => {
    const { client, recorder } = traced({}, json({ input_tokens: 1_234 }));
    await client.messages.countTokens({ model: PARAMS.model, messages: PARAMS.messages });
    expect(only(recorder)).toMatchObject({
      type: "TokensCounted",
      id: "req:req_7",
      model: "claude-sonnet-5",
      promptTokens: 1_234,
    });
  });

  it("of anything else is passed over", async () => {
    const { client, recorder, processor } = traced({}, json({ data: [], has_more: false }));
    await client.models.list();
    expect(recorder.events).toEqual([]);
    expect(processor.skipped()).toEqual({ "failed-without-id": 0, "answer-not-seen": 0, invalid: 0 });
  });

  it("whose counts cannot be is counted as skipped", async () => {
    const usage = apiUsage({ input_tokens: -3 });
    const { client, recorder, processor } = traced({}, json(apiMessage({ usage })));
    await client.messages.create(PARAMS);
    expect(recorder.events).toEqual([]);
    expect(processor.skipped()).toMatchObject({ invalid: 1 });
  });
});

describe("the span of a call that failed", () => {
  it("is the failed attempt, without the message of the error", async () => {
    const { client, recorder } = traced({}, OVERLOADED);
    await expect(client.messages.create(PARAMS)).rejects.toThrow("529");
    expect(only(recorder)).toMatchObject({
      type: "RequestFailed",
      id: "req:req_7",
      status: 529,
      errorType: "overloaded_error",
      cost: "free",
      attempt: 0,
    });
    expect(JSON.stringify(recorder.events)).not.toContain("Good day");
  });

  const never = (signal: AbortSignal | null | undefined): Promise<Response> =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        reject(new DOMException("aborted", "AbortError"));
      });
    });

  it("is left to others where no request id says which attempt it was", async () => {
    const { client, recorder, processor } = traced({}, never);
    await expect(client.messages.create(PARAMS)).rejects.toThrow("timed out");
    expect(recorder.events).toEqual([]);
    expect(processor.skipped()).toMatchObject({ "failed-without-id": 1 });
  });

  it("is recorded under its own id, at an unknown cost, where spans are the only source", async () => {
    const { client, recorder } = traced({ spansAlone: true }, never);
    await expect(client.messages.create(PARAMS)).rejects.toThrow("timed out");
    expect(only(recorder)).toMatchObject({
      type: "RequestFailed",
      id: `span:${"t".repeat(32)}/0000000000000001`,
      errorType: "timeout",
      cost: "unknown",
      status: null,
    });
  });

  it("is no failure where the API answered and only its caller could not read the answer", async () => {
    const { client, recorder, processor } = traced({}, () => new Response("{", json({})()));
    await expect(client.messages.create(PARAMS)).rejects.toThrow("JSON");
    expect(recorder.events).toEqual([]);
    expect(processor.skipped()).toMatchObject({ "answer-not-seen": 1 });
  });
});

describe("a response with passes that a span does not tell", () => {
  const compaction = { type: "compaction", input_tokens: 900, cache_read_input_tokens: 100, output_tokens: 50 };
  const message = { type: "message", input_tokens: 100, output_tokens: 10 };
  const usage = apiUsage({ iterations: [compaction, message] });

  it("is not priced from its span, and does not contradict the whole usage", async () => {
    const { client, recorder } = traced({}, json(apiMessage({ usage })));
    await client.messages.create(PARAMS);
    const seen = only(recorder);
    expect(seen).toMatchObject({
      output: "lower-bound",
      usage: { notes: ["unknown-iteration-type", "details-not-reported"] },
    });
    const whole = aRequestCompleted({ servedModel: "claude-sonnet-5", usage: convertUsage(usage).usage });
    for (const merged of [merge(seen, whole), merge(whole, seen)]) {
      expect(isResponse(merged) && merged.usage).toEqual(whole.usage);
      expect(merged).toMatchObject({ conflicts: [], output: "final" });
    }
  });

  it("is a lower bound where a beta makes other models take part", async () => {
    const { client, recorder } = traced({}, json(apiMessage()));
    await client.beta.messages.create({ ...PARAMS, betas: ["advisor-tool-2026-03-01"] });
    expect(only(recorder)).toMatchObject({ output: "lower-bound", finality: "complete" });
  });
});

it("a sink or a listener that throws does not disturb the call", async () => {
  const processor = ledgerSpanProcessor(
    {
      record() {
        throw new Error("full");
      },
      flush: () => Promise.reject(new Error("full")),
      fingerprintKey: () => Promise.resolve(null),
    },
    {
      onError() {
        throw new Error("louder");
      },
    },
  );
  const client = new Anthropic({
    apiKey: "sk-ant-test",
    openTelemetry: { tracerProvider: recordingTracerProvider({}, processor) },
    fetch: async () => json(apiMessage())(),
  });
  expect(await client.messages.create(PARAMS)).toMatchObject({ id: "msg_1" });
  await processor.forceFlush();
  await processor.shutdown();
  expect(processor.skipped()).toMatchObject({ invalid: 1 });
});
