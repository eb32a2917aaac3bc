import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import Anthropic from "@anthropic-ai/sdk";
import { attach, ledgerFetch } from "@farthing/adapters/anthropic";
import { openEventWriter } from "@farthing/adapters/event-writer";
import { ledgerSpanProcessor } from "@farthing/adapters/otel";
import { openLedger } from "@farthing/ledger";
import fc from "fast-check";
import { beforeEach, expect, it, vi } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { readExchanges } from "../support/exchanges.ts";
import { recordingTracerProvider } from "../support/recording-tracer.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { contentOf, mapBody, withoutContent } from "./content.ts";
import { bytesBelow, fragmentsFound, fragmentsOf } from "./windows.ts";

// The SDK warns of old models, of which the recordings have many.
beforeEach(() => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  return () => {
    warn.mockRestore();
  };
});

/** A call: what is sent, and what comes back. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly streams: boolean;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What must not be found, whatever is called. */
interface Secrets {
  readonly apiKey: string;
  readonly authorization: string;
  readonly userId: string;
}

const SECRETS: Secrets = {
  apiKey: "sk-ant-api03-Zq8LwPx2vR7tYb4NcHd9",
  authorization: "Bearer Xw93mfkQp0TzLr61sVbuJe",
  userId: "ada.lovelace@example.org",
};
const FILLERS: Secrets = { apiKey: "z".repeat(33), authorization: "z".repeat(29), userId: "z".repeat(24) };

/**
 * Makes the calls of clients that record in all ways there are, asks questions, and reads all that was written: the files
 * of the ledger, events in a file and in a stream, errors that were handed out, and lines on standard error.
 */
async function bytesRecorded(calls: readonly Call[], secrets: Secrets, path: string): Promise<string> {
  const key = "11".repeat(32);
  const told: string[] = [];
  const onError = (error: unknown): void => void told.push(inspect(error, { depth: 8 }));
  const streamed: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      streamed.push(chunk);
      done();
    },
  });
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((line) => {
    told.push(String(line));
    return true;
  });
  try {
    const options = { mode: "write", create: true, segmentBytes: 50_000, key, onError } as const;
    const ledger = await openLedger(path, options);
    const file = `${path}.ndjson`;
    const sinks: Sinks = {
      ledger,
      file: openEventWriter({ path: file, key, onError }),
      stream: openEventWriter({ stream, key, onError }),
      // Nothing can be written there, which is said on standard error.
      nowhere: openEventWriter({ path: join(path, "none", "events.ndjson"), key, queue: { events: 2 } }),
    };
    for (const [index, call] of calls.entries()) {
      for (const client of clientsOf(call, sinks, secrets, onError)) await make(client, call, secrets);
      if (index % 10 === 0) await ledger.flush();
    }
    await ledger.flush();
    await ledger.spend({ by: ["model"] });
    await ledger.requests();
    await ledger.view();
    await ledger.close();
    await sinks.file.close();
    await sinks.stream.close();
    await expect(sinks.nowhere.close()).rejects.toThrow("ENOENT");
    const events = [readFileSync(file), ...streamed].map((bytes) => bytes.toString("latin1"));
    for (const one of [events[0], events.slice(1).join("")]) expect(one).toContain('"RequestCompleted"');
    expect(told.join("")).toContain("ENOENT");
    return [bytesBelow(path), ...events, Buffer.from(told.join("\n")).toString("latin1")].join("\n");
  } finally {
    stderr.mockRestore();
  }
}

type Sink = Parameters<typeof ledgerSpanProcessor>[0];
type Writer = ReturnType<typeof openEventWriter>;

interface Sinks {
  readonly ledger: Sink;
  readonly file: Writer;
  readonly stream: Writer;
  readonly nowhere: Writer;
}

function clientsOf(
  { status, body, headers }: Call,
  { ledger, file, stream, nowhere }: Sinks,
  secrets: Secrets,
  onError: (error: unknown) => void,
): readonly Anthropic[] {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(body, { status, headers }));
  const options = {
    apiKey: secrets.apiKey,
    defaultHeaders: { authorization: secrets.authorization },
    maxRetries: 0,
    logLevel: "off",
  } as const;
  const tracerProvider = recordingTracerProvider({ "service.name": "shop" }, ledgerSpanProcessor(ledger));
  const client = attach(
    new Anthropic({ ...options, fetch, openTelemetry: { tracerProvider, traces: { contentMode: "content" } } }),
    ledger,
    { onError },
  );
  const within = ledgerFetch(nowhere, { fetch: ledgerFetch(ledger, { fetch }) });
  return [
    attach(client, file, { onError }),
    new Anthropic({ ...options, openTelemetry: false, fetch: ledgerFetch(stream, { fetch: within, onError }) }),
  ];
}

async function make(client: Anthropic, call: Call, { userId }: Secrets): Promise<void> {
  const { method, path, request, streams } = call;
  try {
    if (path.split("?")[0] === "/v1/messages") {
      const params = { ...(request as Anthropic.MessageCreateParams), metadata: { user_id: userId }, stream: streams };
      const answer = await client.messages.create(params);
      if (Symbol.asyncIterator in answer) for await (const _ of answer);
      return;
    }
    const body = method === "POST" ? { ...(request as object), metadata: { user_id: userId } } : undefined;
    const options = { method: method.toLowerCase() as "post", path, body };
    await (await client.request(options).asResponse()).text();
  } catch {
    // Errors are part of it.
  }
}

function withoutSecrets(call: Call): Call {
  return { ...call, request: withoutContent(call.request), body: mapBody(call.body, (value) => withoutContent(value)) };
}

function secretsOf(call: Call): readonly string[] {
  const answered: string[] = [];
  mapBody(call.body, (value) => {
    answered.push(...contentOf(value));
    return value;
  });
  return [...contentOf(call.request), ...answered];
}

/** Fragments of secrets that are on the disk, and would not be if there were other secrets. */
async function fragmentsOnDisk(
  path: string,
  calls: readonly Call[],
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const stored = fragmentsOf(await bytesRecorded(calls, SECRETS, path));
  expect(stored.has('"RequestComp')).toBe(true);
  const control = fragmentsOf(
    await bytesRecorded(calls.map(withoutSecrets), FILLERS, join(temporaryFolder(), "ledger")),
  );
  const secrets = [...Object.values<string>(SECRETS as never), ...calls.flatMap(secretsOf), ...more];
  return fragmentsFound(secrets, without(stored, control));
}

function without(stored: ReadonlySet<string>, control: ReadonlySet<string>): Set<string> {
  return new Set([...stored].filter((fragment) => !control.has(fragment)));
}

describeWithSharedData("of exchanges that were recorded", "exchanges", (folder) => {
  it("no fragment of a prompt, an answer, a secret header or a user's id is in any byte that is written", async () => {
    const dummy = {
      model: "claude-sonnet-5",
      max_tokens: 64,
      messages: [{ role: "user", content: "Good day to you." }],
    };
    const calls = readExchanges(folder).map((exchange) => ({
      ...exchange,
      request: exchange.request ?? dummy,
      streams: exchange.isStream,
      body: exchange.response.toString("utf8"),
    }));
    const path = join(temporaryFolder(), "ledger");
    expect(await fragmentsOnDisk(path, calls)).toEqual([]);
    // What was read is everything there is.
    expect(readdirSync(path)).toEqual(["checkpoints", "columns", "ledger.json", "segments", "writers"]);
  });
});

const words = fc.string({ unit: "grapheme", minLength: 12, maxLength: 60 });

/** Calls of every outcome, with texts wherever the API has a place for some. */
const generated: fc.Arbitrary<Call> = fc
  .record({
    system: words,
    user: words,
    tool: words,
    input: words,
    answer: words,
    stop: words,
    kind: fc.nat({ max: 8 }),
  })
  .map(({ system, user, tool, input, answer, stop, kind }) => {
    const request = {
      model: "claude-sonnet-5",
      max_tokens: 64,
      system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
      tools: [{ name: "look_up", description: tool, input_schema: { type: "object", properties: { [tool]: {} } } }],
      stop_sequences: [stop],
      messages: [
        { role: "user", content: user },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "toolu_1", name: "look_up", input: { [input]: input } }],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: input }] },
      ],
    };
    const message = apiMessage({
      content: [{ type: "text", text: answer }],
      stop_reason: "stop_sequence",
      stop_sequence: stop,
    });
    const events = apiMessageEvents({ texts: [answer, user], usage: kind === 2 ? null : {} });
    const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    const error = (type: string, text: string): string =>
      JSON.stringify({ type: "error", error: { type, message: text } });
    const [status, body] = (
      [
        [200, JSON.stringify(message)],
        [200, stream],
        [200, stream],
        [400, error("invalid_request_error", `The prompt "${user}" is not allowed`)],
        [400, error(user, user)],
        [502, `<html>${user}</html>`],
        [200, `${stream}event: error\ndata: ${error("api_error", user)}\n\n`],
        [200, JSON.stringify({ ...message, usage: { input_tokens: user, [answer]: user } })],
        [200, `${user}${JSON.stringify(message)}`],
      ] as const
    )[kind] ?? [200, ""];
    const streams = body.startsWith("event:");
    const headers = { "content-type": streams ? "text/event-stream" : "application/json", "request-id": "req_1" };
    return { method: "POST", path: "/v1/messages", request, status, streams, body, headers };
  });

it("of generated calls of every outcome, no fragment is in any byte that is written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(generated, { minLength: 9, maxLength: 20 }), async (calls) => {
      const ok: Call = { ...calls[0], status: 200, streams: false, body: JSON.stringify(apiMessage()) } as Call;
      const pages = calls.map(({ body }) => body).filter((body) => body.startsWith("<"));
      expect(await fragmentsOnDisk(join(temporaryFolder(), "ledger"), [ok, ...calls], pages)).toEqual([]);
    }),
    // Each run is two ledgers; a failure tells enough without a smaller one.
    { numRuns: 5, endOnFailure: true },
  );
});
