import { attach, ledgerFetch, ledgerMiddleware, withLabels } from "@farthing/adapters/anthropic";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { aClient, PARAMS } from "../support/attached-client.ts";
import { errorReply, eventsReply, inTurn, jsonReply, openLoopbackApi } from "../support/loopback-api.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";

const OK = jsonReply(apiMessage());

describe("a fetch that records", () => {
  it("sees what a client sends with it: model, attempt, labels of the client and of surroundings", async () => {
    await using api = await openLoopbackApi(inTurn(errorReply(529, "overloaded_error"), OK));
    const sink = recordEvents();
    const client = aClient(api.url, { fetch: ledgerFetch(sink, { labels: { app: "web" } }), maxRetries: 1 });
    await withLabels({ tenant: "t1" }, () => client.messages.create(PARAMS));
    const shared = { requestedModel: "claude-sonnet-5", labels: { app: "web", tenant: "t1" } };
    expect(sink.attempts).toMatchObject([
      { ...shared, type: "RequestFailed", attempt: 0, status: 529 },
      { ...shared, type: "RequestCompleted", attempt: 1 },
    ]);
  });

  it("sees streams, and is called as fetch is: with an address, a URL or a Request", async () => {
    await using api = await openLoopbackApi(eventsReply(apiMessageEvents()));
    const sink = recordEvents();
    const fetch = ledgerFetch(sink);
    const init = { method: "POST", body: JSON.stringify({ ...PARAMS, stream: true }) };
    const url = `${api.url}/v1/messages?beta=true`;
    for (const input of [url, new URL(url)]) await (await fetch(input, init)).text();
    await (await fetch(new Request(url, init))).text();
    expect(sink.attempts.map((event) => event.type)).toEqual(Array(3).fill("RequestCompleted"));
    // The body of a Request cannot be looked at without taking it.
    expect(sink.attempts.map(({ requestedModel }) => requestedModel)).toEqual([PARAMS.model, PARAMS.model, null]);
  });

  it("records once what the same sink also sees through middleware", async () => {
    await using api = await openLoopbackApi(inTurn(OK, (_request, to) => to.destroy()));
    const sink = recordEvents();
    const client = attach(aClient(api.url, { fetch: ledgerFetch(sink) }), sink);
    await client.messages.create(PARAMS);
    await expect(client.messages.create(PARAMS)).rejects.toThrow("Connection error");
    expect(sink.attempts.map(({ type }) => type)).toEqual(["RequestCompleted", "RequestFailed"]);
  });

  it("reads headers however they are given, and leaves those alone that can be gone through only once", async () => {
    const sink = recordEvents();
    const passed: unknown[] = [];
    const fetch = ledgerFetch(sink, {
      fetch: (_input, init) => {
        passed.push([...new Headers(init?.headers)]);
        return Promise.resolve(Response.json(apiMessage()));
      },
    });
    const given = { "X-Stainless-Retry-Count": "2" };
    const once = new Map(Object.entries(given)).entries() as unknown as Headers;
    for (const headers of [new Headers(given), Object.entries(given), given, once]) {
      await (await fetch("https://api.anthropic.com/v1/messages", { method: "POST", body: "{}", headers })).json();
    }
    expect(sink.attempts.map(({ attempt }) => attempt)).toEqual([2, 2, 2, null]);
    expect(passed).toEqual(Array.from({ length: 4 }, () => [["x-stainless-retry-count", "2"]]));
  });

  it("says once that the form of Bedrock and Vertex is not recorded by it", async () => {
    const [sink, told]: [EventRecorder, unknown[]] = [recordEvents(), []];
    const fetch = ledgerFetch(sink, {
      fetch: () => Promise.resolve(Response.json(apiMessage())),
      onError: (error) => told.push(error),
    });
    const init = { method: "POST", body: "{}" };
    await fetch("https://api.anthropic.com/v1/models", { method: "GET" });
    expect(told).toEqual([]);
    for (const path of ["model/anthropic.claude-sonnet-5/invoke", "v1/projects/p/models/claude-sonnet-5:rawPredict"]) {
      await fetch(`https://example.org/${path}`, init);
    }
    expect(told).toMatchObject([
      { message: "requests in the form of Bedrock or Vertex can be recorded by middleware only" },
    ]);
    expect(sink.attempts).toEqual([]);
  });

  it("leaves other requests alone, and passes on what it is given", async () => {
    const calls: unknown[][] = [];
    const answer = new Response("ok");
    const fetch = ledgerFetch(recordEvents(), {
      fetch: (...args) => {
        calls.push(args);
        return Promise.resolve(answer);
      },
    });
    const init = { method: "POST", body: "x" };
    expect(await fetch("https://example.org/v1/charges", init)).toBe(answer);
    expect(await fetch("https://example.org/v1/messages", init)).toBe(answer);
    expect(calls.map(([, passed]) => passed === init)).toEqual([true, true]);
  });
});

describe("a middleware that records", () => {
  it("is given to a client when it is made, alone or beside others", async () => {
    await using api = await openLoopbackApi(OK);
    const [a, b] = [recordEvents(), recordEvents()];
    const client = aClient(api.url, { middleware: [ledgerMiddleware(a), ledgerMiddleware(b, { labels: { b: "1" } })] });
    await client.messages.create(PARAMS);
    expect(a.attempts).toMatchObject([{ type: "RequestCompleted", labels: {} }]);
    expect(b.attempts).toMatchObject([{ type: "RequestCompleted", labels: { b: "1" } }]);
  });
});
