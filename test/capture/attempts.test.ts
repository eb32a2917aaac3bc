import Anthropic from "@anthropic-ai/sdk";
import { ledgerFetch } from "@farthing/adapters/anthropic";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import { aClient, anAttachedClient, PARAMS } from "../support/attached-client.ts";
import {
  brokenReply,
  bytesReply,
  errorReply,
  eventsReply,
  inTurn,
  jsonReply,
  noReply,
  openLoopbackApi,
  type Reply,
} from "../support/loopback-api.ts";
import { recordEvents } from "../support/recorded-events.ts";
import { written } from "../support/streamed.ts";

const AGAIN = { maxRetries: 2 };
const JSON_BODY = { "content-type": "application/json", "request-id": "req_1" };

/** Answers with a request id of its own each time, and asks to be tried again at once. */
function failing(status: number, type: string, id: string): Reply {
  return errorReply(status, type, { headers: { "request-id": id, "retry-after-ms": "1" } });
}

describe("a call that is tried again", () => {
  it("is one event per attempt, each with its number and its own request id", async () => {
    const reply = inTurn(
      failing(529, "overloaded_error", "req_a"),
      failing(500, "api_error", "req_b"),
      jsonReply(apiMessage(), { headers: { "request-id": "req_c" } }),
    );
    await using attached = await anAttachedClient(reply, { client: AGAIN });
    await attached.client.messages.create(PARAMS);
    const failed = { type: "RequestFailed", cost: "free", requestedModel: "claude-sonnet-5" };
    expect(attached.sink.attempts).toMatchObject([
      { ...failed, id: "req:req_a", attempt: 0, status: 529, errorType: "overloaded_error" },
      { ...failed, id: "req:req_b", attempt: 1, status: 500, errorType: "api_error" },
      { type: "RequestCompleted", id: "msg:msg_1", attempt: 2, ids: { request: "req_c" } },
    ]);
    expect(attached.sink.attempts[0]?.rateLimits).toEqual({ "retry-after-ms": "1" });
  });

  it("after its connection was lost is of unknown cost for the lost attempt", async () => {
    await using attached = await anAttachedClient(inTurn(brokenReply, jsonReply(apiMessage())), { client: AGAIN });
    await attached.client.messages.create(PARAMS);
    expect(attached.sink.attempts).toMatchObject([
      { type: "RequestFailed", attempt: 0, errorType: "connection_lost", cost: "unknown", status: null },
      { type: "RequestCompleted", attempt: 1 },
    ]);
  });
});

describe("an error of the API", () => {
  it.each([
    [400, "invalid_request_error", Anthropic.BadRequestError],
    [401, "authentication_error", Anthropic.AuthenticationError],
    [403, "permission_error", Anthropic.PermissionDeniedError],
    [404, "not_found_error", Anthropic.NotFoundError],
    [413, "request_too_large", Anthropic.APIError],
    [429, "rate_limit_error", Anthropic.RateLimitError],
    [500, "api_error", Anthropic.InternalServerError],
    [529, "overloaded_error", Anthropic.InternalServerError],
  ])("%i reaches the caller as its class, and is free", async (status, type, kind) => {
    await using attached = await anAttachedClient(errorReply(status, type));
    const error: unknown = await attached.client.messages.create(PARAMS).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status, requestID: "req_1", type });
    expect(attached.sink.attempts).toMatchObject([
      { type: "RequestFailed", id: "req:req_1", status, errorType: type, cost: "free", attempt: 0 },
    ]);
  });

  it("that is no JSON is named after its status, and one of a gateway that waited in vain is of unknown cost", async () => {
    await using attached = await anAttachedClient(bytesReply("<html>", { status: 529 }));
    await expect(attached.client.messages.create(PARAMS)).rejects.toThrow("<html>");
    attached.api.reply(bytesReply("", { status: 524 }));
    await expect(attached.client.messages.create(PARAMS)).rejects.toThrow("524");
    attached.api.reply(errorReply(504, "a whole sentence about what was asked"));
    await expect(attached.client.messages.create(PARAMS)).rejects.toThrow("504");
    expect(attached.sink.attempts).toMatchObject([
      { errorType: "overloaded_error", cost: "free" },
      { errorType: "http_524", cost: "unknown" },
      { errorType: "timeout_error", cost: "unknown" },
    ]);
  });

  it("keeps what headers said of limits", async () => {
    const headers = {
      "retry-after": "12",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-fast-input-tokens-limit": "5",
      "anthropic-workspace-id": "wrkspc_1",
      "set-cookie": "secret",
    };
    await using attached = await anAttachedClient(errorReply(429, "rate_limit_error", { headers }));
    await expect(attached.client.messages.create(PARAMS)).rejects.toThrow("429");
    expect(attached.sink.attempts[0]?.rateLimits).toEqual({
      "retry-after": "12",
      "requests-remaining": "0",
      "fast-input-tokens-limit": "5",
    });
    expect(attached.sink.attempts[0]?.ids.workspace).toBe("wrkspc_1");
  });
});

describe("limits", () => {
  it("are kept of a success once a second: they change slowly, and are a large part of an event", async () => {
    let now = Date.parse("2026-10-01T10:00:00.000Z");
    const headers = { "anthropic-ratelimit-tokens-remaining": "7" };
    await using attached = await anAttachedClient(jsonReply(apiMessage(), { headers }), {
      capture: { now: () => now },
    });
    for (const later of [0, 999, 1]) {
      now += later;
      await attached.client.messages.create(PARAMS);
    }
    const limits = { "tokens-remaining": "7" };
    expect(attached.sink.attempts.map(({ rateLimits }) => rateLimits)).toEqual([limits, undefined, limits]);
  });
});

describe("a call that gets no answer", () => {
  it("in time is of unknown cost", async () => {
    await using attached = await anAttachedClient(noReply, { client: { timeout: 30 } });
    await expect(attached.client.messages.create(PARAMS)).rejects.toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    expect(attached.sink.attempts).toMatchObject([
      { type: "RequestFailed", errorType: "timeout", cost: "unknown", status: null },
    ]);
  });

  it("because the caller aborted it is of unknown cost", async () => {
    const { signal, abort } = anAbort();
    await using attached = await anAttachedClient(() => {
      abort();
    });
    await expect(attached.client.messages.create(PARAMS, { signal })).rejects.toBeInstanceOf(
      Anthropic.APIUserAbortError,
    );
    expect(attached.sink.attempts).toMatchObject([{ type: "RequestFailed", errorType: "aborted", cost: "unknown" }]);
  });

  it("because there is no server is free: nothing was sent", async () => {
    const api = await openLoopbackApi(noReply);
    await api[Symbol.asyncDispose]();
    await using attached = await anAttachedClient(noReply, { client: { baseURL: api.url } });
    await expect(attached.client.messages.create(PARAMS)).rejects.toBeInstanceOf(Anthropic.APIConnectionError);
    expect(attached.sink.attempts).toMatchObject([
      { type: "RequestFailed", errorType: "connection_error", cost: "free" },
    ]);
  });

  it("throws what it throws without Farthing: the very same object", async () => {
    const sink = recordEvents();
    const failure = new Error("out of reach");
    const fetch = ledgerFetch(sink, { fetch: () => Promise.reject(failure) });
    const sent = fetch("https://api.anthropic.com/v1/messages", { method: "POST", body: JSON.stringify(PARAMS) });
    await expect(sent).rejects.toBe(failure);
    expect(sink.attempts).toMatchObject([{ errorType: "connection_lost", cost: "unknown" }]);
  });
});

describe("an answer with status 200", () => {
  it.each([
    ["that is cut off", cutOff(JSON.stringify(apiMessage()).slice(0, 50)), "connection_lost"],
    ["that is no JSON", bytesReply("{", { headers: JSON_BODY }), "response_not_json"],
    ["that is null", bytesReply("null", { headers: JSON_BODY }), "response_without_usage"],
    ["that is a list", bytesReply("[1]", { headers: JSON_BODY }), "response_without_usage"],
    ["without usage", jsonReply(apiMessage({ usage: null })), "response_without_usage"],
    ["whose usage is none", jsonReply(apiMessage({ usage: { input_tokens: -1 } })), "response_without_usage"],
    ["whose usage is a text", jsonReply(apiMessage({ usage: "all" })), "response_without_usage"],
    ["that is text", bytesReply("hello", { headers: { "content-type": "text/plain" } }), "response_not_json"],
  ])("%s is of unknown cost, and the caller sees what it sees without Farthing", async (_what, reply, errorType) => {
    const onError = (): void => undefined;
    await using attached = await anAttachedClient(reply, { capture: { onError } });
    const see = (client: Anthropic): Promise<unknown> =>
      client.messages.create(PARAMS).catch((error: unknown) => (error as Error).message);
    expect(await see(attached.client)).toEqual(await see(aClient(attached.api.url)));
    expect(attached.sink.attempts).toMatchObject([{ type: "RequestFailed", status: 200, errorType, cost: "unknown" }]);
  });

  it("whose names are those of every object is read as any other", async () => {
    const body = `{"__proto__":{"usage":1},"constructor":{},"usage":{"__proto__":{"output_tokens":9},"input_tokens":1},"id":"msg_1","model":"m","toString":1}`;
    await using attached = await anAttachedClient(bytesReply(body, { headers: JSON_BODY }));
    await attached.client.messages.create(PARAMS);
    expect(attached.sink.attempts).toMatchObject([
      { type: "RequestCompleted", usage: { parts: [{ tokens: { uncachedInput: 1, output: 0 } }] } },
    ]);
    expect(attached.sink.attempts).toHaveLength(1);
  });

  it("is recorded as it came, whatever the caller does to it afterwards", async () => {
    await using attached = await anAttachedClient(jsonReply(apiMessage({ usage: apiUsage({ output_tokens: 7 }) })));
    const message = await attached.client.messages.create(PARAMS);
    message.usage.output_tokens = 1_000;
    expect(attached.sink.attempts).toMatchObject([{ usage: { raw: { output_tokens: 7 } } }]);
  });

  it("is recorded with the names of its usage in order, whatever names the one before had", async () => {
    const usages = [
      { output_tokens: 1, input_tokens: 2 },
      { output_tokens: 3, cache_read_input_tokens: 4 },
    ];
    await using attached = await anAttachedClient(
      inTurn(
        jsonReply(apiMessage({ id: "msg_1", usage: usages[0] ?? null })),
        jsonReply(apiMessage({ id: "msg_2", usage: usages[1] ?? null })),
      ),
    );
    await attached.client.messages.create(PARAMS);
    await attached.client.messages.create(PARAMS);
    expect(JSON.stringify(attached.sink.attempts.map((event) => "usage" in event && event.usage.raw))).toBe(
      `[{"input_tokens":2,"output_tokens":1},{"cache_read_input_tokens":4,"output_tokens":3}]`,
    );
  });
});

describe("a stream whose caller aborts it", () => {
  it("is interrupted", async () => {
    const events = apiMessageEvents({ usage: null });
    await using attached = await anAttachedClient(async (_request, to) => {
      to.head(200, { "content-type": "text/event-stream" });
      await to.write(written(events));
    });
    const stream = await attached.client.messages.create({ ...PARAMS, stream: true });
    for await (const event of stream) if (event.type === "content_block_stop") stream.controller.abort();
    expect(attached.sink.attempts).toMatchObject([{ type: "RequestInterrupted", observedCharacters: 14 }]);
  });

  it("through MessageStream is interrupted, and the caller is told as without Farthing", async () => {
    await using attached = await anAttachedClient(async (_request, to) => {
      to.head(200, { "content-type": "text/event-stream" });
      await to.write(written(apiMessageEvents({ usage: null })));
    });
    const stream = attached.client.messages.stream(PARAMS);
    stream.on("text", () => {
      stream.abort();
    });
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    expect(attached.sink.attempts).toMatchObject([{ type: "RequestInterrupted" }]);
  });
});

it("a stream that the server breaks off is interrupted, and the caller hears of it", async () => {
  await using attached = await anAttachedClient(async (_request, to) => {
    to.head(200, { "content-type": "text/event-stream" });
    await to.write(written(apiMessageEvents({ usage: null })));
    to.destroy();
  });
  const read = async (): Promise<void> => {
    for await (const _event of await attached.client.messages.create({ ...PARAMS, stream: true })) continue;
  };
  await expect(read()).rejects.toThrow("terminated");
  expect(attached.sink.attempts).toMatchObject([{ type: "RequestInterrupted", observedCharacters: 14 }]);
});

it("a call that a budget holds back, closer to the wire than Farthing, is no attempt", async () => {
  await using attached = await anAttachedClient(noReply);
  const held = Object.assign(new Error("over budget"), { name: "BudgetExceededError" });
  const sent = attached.client.messages.create(PARAMS, { middleware: [() => Promise.reject(held)] });
  await expect(sent).rejects.toBe(held);
  expect(attached.sink.attempts).toEqual([]);
});

it("an answer that nobody reads is of unknown cost once it is canceled", async () => {
  await using attached = await anAttachedClient(eventsReply(apiMessageEvents()));
  const response = await attached.client.messages.create({ ...PARAMS, stream: true }).asResponse();
  await response.body?.cancel();
  expect(attached.sink.attempts).toMatchObject([
    { type: "RequestFailed", errorType: "response_not_read", cost: "unknown", status: 200 },
  ]);
});

function anAbort(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort();
    },
  };
}

/** The beginning of a JSON body, and then no more. */
function cutOff(text: string): Reply {
  return async (_request, to) => {
    to.head(200, { ...JSON_BODY, "content-length": "1000" });
    await to.write(text);
    to.destroy();
  };
}
