import { ledgerFetch } from "@farthing/adapters/anthropic";
import { describe, expect, it } from "vitest";
import { PARAMS } from "../support/attached-client.ts";
import { noReply, openLoopbackApi } from "../support/loopback-api.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";

const JSON_BODY = { "content-type": "application/json" };

/** Sends a request by a `fetch` that does this; what is recorded, and what the caller catches. */
async function sentBy(
  send: () => Promise<Response>,
  path = "messages",
  init: RequestInit = { method: "POST", body: JSON.stringify(PARAMS) },
): Promise<{ readonly sink: EventRecorder; readonly answer: unknown }> {
  const sink = recordEvents();
  const fetch = ledgerFetch(sink, { fetch: send, onError: () => undefined });
  const answer: unknown = await fetch(`https://api.anthropic.com/v1/${path}`, init).catch((error: unknown) => error);
  return { sink, answer };
}

describe("an error", () => {
  it("that ends several calls at once, as that of a signal they share, is one attempt for each", async () => {
    const controller = new AbortController();
    await using api = await openLoopbackApi(noReply);
    const sink = recordEvents();
    const inner = ledgerFetch(sink);
    // Attached twice to the same sink, each of the calls is still one.
    const outer = ledgerFetch(sink, { fetch: inner });
    const init = { method: "POST", body: JSON.stringify(PARAMS), signal: controller.signal };
    const sent = [1, 2, 3].map(() => outer(`${api.url}/v1/messages`, init));
    controller.abort();
    const errors = (await Promise.allSettled(sent)).map(
      (each) => each.status === "rejected" && (each.reason as unknown),
    );
    expect(new Set(errors).size).toBe(1);
    expect(sink.attempts.map(({ type }) => type)).toEqual(Array(3).fill("RequestFailed"));
  });

  it("whose fields throw reaches the caller as it is", async () => {
    const odd = Object.defineProperty(new Error("odd"), "cause", {
      get() {
        throw new RangeError("nobody sees this");
      },
    });
    const { sink, answer } = await sentBy(() => Promise.reject(odd));
    expect(answer).toBe(odd);
    expect(sink.attempts).toMatchObject([{ errorType: "connection_lost", cost: "unknown" }]);
  });

  it.each([
    ["messages/count_tokens", "POST", "free"],
    ["messages/batches/msgbatch_1", "GET", "free"],
    ["messages/batches/msgbatch_1/results", "GET", "free"],
    ["messages/batches/msgbatch_1/cancel", "POST", "free"],
    ["messages/batches", "GET", "free"],
    ["messages/batches", "POST", "unknown"],
  ])("where %s is asked by %s is %s", async (path, method, cost) => {
    const init = method === "POST" ? { method, body: "{}" } : { method };
    const { sink } = await sentBy(() => Promise.reject(new DOMException("late", "TimeoutError")), path, init);
    expect(sink.attempts).toMatchObject([{ type: "RequestFailed", errorType: "timeout", cost }]);
  });

  it.each([
    ["AbortError", "aborted"],
    ["TimeoutError", "timeout"],
    ["OtherError", "connection_lost"],
  ])("named %s while an answer is read is %s", async (name, errorType) => {
    const source = new ReadableStream({
      pull: (controller) => {
        controller.error(new DOMException("over", name));
      },
    });
    const { sink, answer } = await sentBy(() => Promise.resolve(new Response(source, { headers: JSON_BODY })));
    await expect((answer as Response).json()).rejects.toThrow("over");
    expect(sink.attempts).toMatchObject([{ type: "RequestFailed", errorType, cost: "unknown" }]);
  });

  it("of a client's own signal is an abort or a timeout, and of a caller's an abort", async () => {
    for (const [headers, errorType] of [
      [{ "X-Stainless-Retry-Count": "0" }, "aborted_or_timed_out"],
      [{}, "aborted"],
    ] as const) {
      const signal = AbortSignal.abort();
      const init = { method: "POST", body: "{}", headers, signal };
      const { sink } = await sentBy(() => Promise.reject(signal.reason as Error), "messages", init);
      expect(sink.attempts).toMatchObject([{ type: "RequestFailed", errorType, cost: "unknown" }]);
    }
  });
});
