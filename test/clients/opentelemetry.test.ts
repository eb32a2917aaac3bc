import Anthropic from "@anthropic-ai/sdk";
import { attach } from "@farthing/adapters/anthropic";
import { ledgerSpanProcessor, type SpanProcessor } from "@farthing/adapters/otel";
import { importClaudeCode } from "@farthing/adapters/claude-code";
import {
  isEventOf,
  isResponse,
  merge,
  openLedger,
  totalTokens,
  type Ledger,
  type LedgerEvent,
  type ResponseRecorded,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import { errorReply, eventsReply, inTurn, jsonReply, openLoopbackApi, type Reply } from "../support/loopback-api.ts";
import { describeWithOtherClients } from "../support/other-clients.ts";
import { recordEvents } from "../support/recorded-events.ts";
import type { TracerProvider } from "../support/recording-tracer.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aFolder, write } from "../import/support/folder.ts";
import { load } from "./load.ts";
import { messageExchanges, messagesIn, replyOf } from "./message-exchanges.ts";

interface SdkTrace {
  readonly BasicTracerProvider: new (options: { readonly spanProcessors: readonly SpanProcessor[] }) => TracerProvider;
}

const PARAMS: Anthropic.MessageCreateParamsNonStreaming = {
  model: "claude-sonnet-5",
  max_tokens: 64,
  messages: [{ role: "user", content: "Good day." }],
};
const USAGE = apiUsage({
  cache_read_input_tokens: 2_000,
  cache_creation_input_tokens: 30,
  cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
});

type Sink = Parameters<typeof ledgerSpanProcessor>[0];

/** A client that is attached to one sink, and whose spans go to another. */
async function client(url: string, attached: Sink, traced: Sink, maxRetries = 0): Promise<Anthropic> {
  const { BasicTracerProvider } = await load<SdkTrace>("@opentelemetry/sdk-trace-base");
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [ledgerSpanProcessor(traced)] });
  return attach(
    new Anthropic({ apiKey: "sk-ant-test", baseURL: url, maxRetries, openTelemetry: { tracerProvider } }),
    attached,
  );
}

/** What attach and the spans recorded of one call each. */
async function bothRecord(
  reply: Reply,
  call: (client: Anthropic) => Promise<unknown>,
  maxRetries = 0,
): Promise<{ readonly attached: readonly LedgerEvent[]; readonly traced: readonly LedgerEvent[] }> {
  const [attached, traced] = [recordEvents(), recordEvents()];
  await using api = await openLoopbackApi(reply);
  try {
    await call(await client(api.url, attached, traced, maxRetries));
  } catch {
    // What failed is recorded, too.
  }
  return { attached: attached.attempts, traced: traced.attempts };
}

async function readAll(client: Anthropic): Promise<void> {
  for await (const _ of await client.messages.create({ ...PARAMS, stream: true }));
}

/** Merges events of one id, in both orders. */
function mergedBothWays(a: LedgerEvent | undefined, b: LedgerEvent | undefined): LedgerEvent {
  if (a === undefined || b === undefined) throw new Error("expected an event from each source");
  expect(merge(a, b)).toEqual(merge(b, a));
  return merge(a, b);
}

describeWithOtherClients("a call seen by attach and by the SDK's own spans", () => {
  it.each([
    ["an answer", jsonReply(apiMessage({ usage: USAGE })), (client: Anthropic) => client.messages.create(PARAMS)],
    ["a stream", eventsReply(apiMessageEvents({ message: { usage: USAGE } })), readAll],
  ])("%s is one response, without a conflict", async (_, reply, call) => {
    const { attached, traced } = await bothRecord(reply, call);
    expect([attached, traced].map((events) => events.map(({ id }) => id))).toEqual([["msg:msg_1"], ["msg:msg_1"]]);
    const merged = mergedBothWays(attached[0], traced[0]);
    expect(merged).toMatchObject({ conflicts: [], output: "final", sources: ["anthropic", "otel"] });
    // The API's own object counts, not what a span makes of it.
    expect(merged).toMatchObject({ usage: { ...(attached[0] as ResponseRecorded).usage } });
  });

  it("a stream that is left is one interrupted response", async () => {
    const { attached, traced } = await bothRecord(
      eventsReply(apiMessageEvents({ usage: null, texts: ["a", "b"] })),
      readAll,
    );
    const merged = mergedBothWays(attached[0], traced[0]);
    expect(merged).toMatchObject({ type: "RequestInterrupted", id: "msg:msg_1", conflicts: [] });
  });

  it("failed attempts are one each, and what either tells of them is kept", async () => {
    const overloaded = (request: string): Reply =>
      errorReply(529, "overloaded_error", { headers: { "request-id": request, "retry-after-ms": "1" } });
    const { attached, traced } = await bothRecord(
      inTurn(overloaded("req_a"), overloaded("req_b")),
      (client) => client.messages.create(PARAMS),
      1,
    );
    // The span is that of the call, and tells of its last attempt.
    expect(attached.map(({ id }) => id)).toEqual(["req:req_a", "req:req_b"]);
    expect(traced.map(({ id }) => id)).toEqual(["req:req_b"]);
    expect(mergedBothWays(attached[1], traced[0])).toMatchObject({ status: 529, cost: "free", attempt: 1 });
  });

  describeWithSharedData("answered as recorded", "exchanges", (folder) => {
    const messages = messageExchanges(folder).filter(({ status }) => status === 200);

    it.each(messages.map((exchange) => [exchange.name, exchange] as const))(
      "%s is one, without a conflict",
      async (_, exchange) => {
        // Betas are what a span tells by that passes of other models may be missing in it.
        const betas = Object.hasOwn(exchange.usage, "iterations")
          ? ["advisor-tool-2026-03-01", "server-side-fallback-2026-06-01", "compact-2026-01-12"]
          : [];
        const { attached, traced } = await bothRecord(replyOf(exchange), async (client) => {
          const answer = await client.beta.messages.create({ ...PARAMS, stream: exchange.isStream, betas });
          if (Symbol.asyncIterator in answer) for await (const _ of answer);
        });
        // A span is that of the last message, where several were recorded as one.
        expect(attached.map(({ id }) => id)).toEqual(messagesIn(exchange).map((id) => `msg:${id}`));
        expect(traced.map(({ id }) => id)).toEqual([`msg:${messagesIn(exchange).at(-1) ?? ""}`]);
        const own = attached.at(-1);
        const merged = mergedBothWays(own, traced[0]);
        if (!isResponse(merged) || own === undefined || !isResponse(own)) throw new Error("expected responses");
        expect(merged.conflicts).toEqual([]);
        expect(totalTokens(merged.usage)).toEqual(totalTokens(own.usage));
      },
    );
  });
});

describeWithOtherClients("one ledger", () => {
  const sources = ["attach", "spans", "transcript"] as const;
  const orders = sources.flatMap((a) => sources.flatMap((b) => sources.map((c) => [a, b, c] as const)));

  describe.each(orders.filter((order) => new Set(order).size === 3))("told by %s, %s and %s", (...order) => {
    it("counts the message once", async () => {
      await using api = await openLoopbackApi(jsonReply(apiMessage({ usage: USAGE })));
      await using ledger = await openLedger(temporaryFolder() + "/ledger", { mode: "write", create: true });
      const [attached, traced] = [recordEvents(), recordEvents()];
      await (await client(api.url, attached, traced)).messages.create(PARAMS);
      for (const source of order) {
        if (source === "attach") await ledger.append(attached.events);
        else if (source === "spans") await ledger.append(traced.events);
        else await importTranscript(ledger);
      }
      const { responses } = await ledger.account();
      const [response] = responses;
      if (response === undefined) throw new Error("expected a response");
      expect(responses).toHaveLength(1);
      expect(response).toMatchObject({ id: "msg:msg_1", conflicts: [], output: "final" });
      expect(new Set(response.sources).size).toBe(3);
      expect(totalTokens(response.usage)).toEqual({
        uncachedInput: 100,
        cacheWrite5m: 10,
        cacheWrite1h: 20,
        cacheRead: 2_000,
        output: 10,
      });
      expect((await ledger.account()).others.filter((event) => isEventOf(event, "RequestFailed"))).toEqual([]);
    });
  });
});

/** Imports the transcript of a session of one answer: the message that the server sends. */
async function importTranscript(ledger: Ledger): Promise<void> {
  const folder = aFolder();
  const line = {
    type: "assistant",
    uuid: "u1",
    sessionId: "session-1",
    timestamp: new Date().toISOString(),
    requestId: "req_1",
    message: apiMessage({ usage: USAGE }),
  };
  const file = write(folder, "projects/app/session-1.jsonl", `${JSON.stringify(line)}\n`);
  await importClaudeCode({ ledger, paths: [file], env: {}, home: folder });
}
