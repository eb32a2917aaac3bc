import { isResponse, type TokenBuckets } from "@farthing/ledger";
import { expect } from "vitest";
import { openLoopbackApi, type LoopbackApi, type Reply } from "../support/loopback-api.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";

/** Makes calls of the server; with a sink, recorded in it. Returns all that its caller gets to see. */
export type Calls = (api: LoopbackApi, sink: EventRecorder | null) => Promise<unknown>;

/** Makes the calls without and with Farthing, and expects the caller and the server to see the same. */
export async function recordAsSeenBare(calls: Calls, reply: () => Reply): Promise<EventRecorder> {
  const bare = await makeCalls(calls, reply(), null);
  const sink = recordEvents();
  const recorded = await makeCalls(calls, reply(), sink);
  expect(recorded).toEqual(bare);
  return sink;
}

async function makeCalls(calls: Calls, reply: Reply, sink: EventRecorder | null): Promise<unknown> {
  await using api = await openLoopbackApi(reply);
  const seen = await outcomeOf(() => calls(api, sink));
  // What holds a port of the server, an instant or an id that the AI SDK makes up differs from run to run.
  const text = JSON.stringify(seen, withoutTimes) ?? "";
  return {
    seen: text.replaceAll(api.url, "<server>").replaceAll(/\baitxt-\w+/g, "<text>"),
    sent: api.requests.map(sentRequest),
  };
}

/** The result of a call, or what its error says. */
async function outcomeOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { result: await call() };
  } catch (error) {
    if (!(error instanceof Error)) return { error };
    const { name, message, cause } = error;
    return { error: { ...error, name, message, class: error.constructor.name, cause: String(cause) } };
  }
}

const TIMES = new Set(["performance", "timestamp", "date", "x-amz-date"]);

function withoutTimes(this: unknown, key: string, value: unknown): unknown {
  return TIMES.has(key) ? undefined : value;
}

function sentRequest({ method, path, headers, body }: LoopbackApi["requests"][number]): unknown {
  const { host: _host, authorization: _signed, "x-amz-date": _date, ...rest } = headers;
  return { method, path, headers: rest, body };
}

/** The tokens of each response recorded. */
export function tokensIn(sink: EventRecorder): TokenBuckets[][] {
  return sink.events.filter(isResponse).map(({ usage }) => usage.parts.map(({ tokens }) => tokens));
}
