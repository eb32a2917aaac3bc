import { join } from "node:path";
import { attach, detach, label, ledgerMiddleware, withLabels } from "@farthing/adapters/anthropic";
import { openLedger } from "@farthing/ledger";
import { describe, expect, it, vi } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { aClient, anAttachedClient, PARAMS } from "../support/attached-client.ts";
import { errorReply, eventsReply, jsonReply, openLoopbackApi } from "../support/loopback-api.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const OK = jsonReply(apiMessage());

describe("attaching", () => {
  it("gives back the same client", () => {
    const client = aClient("http://127.0.0.1:9");
    expect(attach(client, recordEvents())).toBe(client);
    expect(detach(client, recordEvents())).toBe(client);
  });

  it("twice to one sink records once; to two sinks, once in each", async () => {
    await using attached = await anAttachedClient(OK);
    const other = recordEvents();
    attach(attach(attached.client, attached.sink), other);
    await attached.client.messages.create(PARAMS);
    expect(attached.sink.attempts).toHaveLength(1);
    expect(other.attempts).toHaveLength(1);
  });

  it("records once where the client was made with the same sink's middleware", async () => {
    await using api = await openLoopbackApi(OK);
    const sink = recordEvents();
    const client = attach(aClient(api.url, { middleware: [ledgerMiddleware(sink)] }), sink);
    await client.messages.create(PARAMS);
    expect(sink.attempts).toHaveLength(1);
  });

  it("covers clients made by withOptions", async () => {
    await using attached = await anAttachedClient(OK);
    const clone = attached.client.withOptions({ timeout: 1_000 });
    attach(clone, attached.sink);
    await clone.messages.create(PARAMS);
    expect(attached.sink.attempts).toHaveLength(1);
  });

  it("sees what is sent, inside of other middleware: a request that another one sends again counts again", async () => {
    await using api = await openLoopbackApi(OK);
    const sink = recordEvents();
    const client = aClient(api.url, {
      middleware: [
        async (request, next) => {
          await (await next(request)).text();
          return next({ ...request, body: JSON.stringify({ ...PARAMS, model: "claude-haiku-4-5" }) });
        },
      ],
    });
    await attach(client, sink).messages.create(PARAMS);
    expect(sink.attempts.map(({ requestedModel }) => requestedModel)).toEqual(["claude-sonnet-5", "claude-haiku-4-5"]);
  });

  it("to what has nothing to attach to is reported, and changes nothing", () => {
    const errors: unknown[] = [];
    const client = { messages: {} };
    expect(attach(client, recordEvents(), { onError: (error) => errors.push(error) })).toBe(client);
    expect(client).toEqual({ messages: {} });
    expect(errors).toMatchObject([{ message: expect.stringContaining("middleware") as string }]);
  });

  it("to a client without middleware goes through its fetch", async () => {
    await using api = await openLoopbackApi(OK);
    const sink = recordEvents();
    const send = vi.fn((url: string, init: RequestInit) => fetch(url, init));
    const client = {
      fetch: send,
      messages: {
        create: async (body: object): Promise<unknown> => {
          const init = { method: "POST", body: JSON.stringify(body), headers: { "x-stainless-retry-count": "1" } };
          return (await client.fetch(`${api.url}/v1/messages`, init)).json();
        },
      },
    };
    attach(attach(client, sink), sink);
    await client.messages.create(PARAMS);
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted", attempt: 1, requestedModel: "claude-sonnet-5" }]);
    detach(client, sink);
    expect(client.fetch).toBe(send);
    await client.messages.create(PARAMS);
    expect(sink.attempts).toHaveLength(1);
    expect(send).toHaveBeenCalledTimes(2);
  });
});

describe("detaching", () => {
  it("ends recording, and leaves other sinks and other middleware alone", async () => {
    await using attached = await anAttachedClient(OK);
    const other = recordEvents();
    attach(attached.client, other);
    detach(attached.client, attached.sink);
    await attached.client.messages.create(PARAMS);
    expect(attached.sink.attempts).toEqual([]);
    expect(other.attempts).toHaveLength(1);
  });

  it("leaves clients made before by withOptions attached, until they are detached themselves", async () => {
    await using attached = await anAttachedClient(OK);
    const clone = attached.client.withOptions({});
    detach(attached.client, attached.sink);
    await clone.messages.create(PARAMS);
    detach(clone, attached.sink);
    await clone.messages.create(PARAMS);
    expect(attached.sink.attempts).toHaveLength(1);
  });

  it("can be undone by attaching again", async () => {
    await using attached = await anAttachedClient(OK);
    attach(detach(attached.client, attached.sink), attached.sink);
    await attached.client.messages.create(PARAMS);
    expect(attached.sink.attempts).toHaveLength(1);
  });
});

describe("labels", () => {
  const labelsOf = (sink: EventRecorder): unknown[] => sink.attempts.map(({ labels }) => labels);

  it("of a request come before those of its surroundings, and those before the client's", async () => {
    const labels = { app: "web", tenant: "all", feature: "any" };
    await using attached = await anAttachedClient(OK, { capture: { labels } });
    const { client, sink } = attached;
    await withLabels({ tenant: "t1", feature: "outer" }, () =>
      client.messages.create(PARAMS, { middleware: [label({ feature: "chat" }), label({ step: "2" })] }),
    );
    await client.messages.create(PARAMS);
    expect(labelsOf(sink)).toEqual([{ app: "web", tenant: "t1", feature: "chat", step: "2" }, labels]);
  });

  it("of surroundings hold where the call begins, nested ones on top, and for nobody else at the same time", async () => {
    await using attached = await anAttachedClient(OK);
    const { client, sink } = attached;
    await Promise.all([
      withLabels({ a: "1" }, async () => {
        await Promise.resolve();
        await withLabels({ b: "2" }, () => client.messages.create(PARAMS));
      }),
      client.messages.create(PARAMS),
    ]);
    expect(labelsOf(sink)).toHaveLength(2);
    expect(labelsOf(sink)).toEqual(expect.arrayContaining([{}, { a: "1", b: "2" }]));
  });

  it("are of failures and of counts, too", async () => {
    await using attached = await anAttachedClient(errorReply(400, "invalid_request_error"));
    await withLabels({ a: "1" }, () => attached.client.messages.create(PARAMS)).catch(() => undefined);
    attached.api.reply(jsonReply({ input_tokens: 3 }));
    await withLabels({ a: "1" }, () => attached.client.messages.countTokens(PARAMS));
    expect(attached.sink.attempts).toMatchObject([{ labels: { a: "1" } }]);
    expect(attached.sink.of("TokensCounted")).toMatchObject([{ labels: { a: "1" } }]);
  });

  it("that are no texts become texts, and what can be none is left out", async () => {
    const labels = { n: 1, no: null, deep: {}, yes: true } as unknown as Record<string, string>;
    await using attached = await anAttachedClient(OK, { capture: { labels } });
    await withLabels(null as unknown as Record<string, string>, () => attached.client.messages.create(PARAMS));
    expect(labelsOf(attached.sink)).toEqual([{ n: "1", yes: "true" }]);
  });
});

describe("a call goes on as without Farthing", () => {
  const throwing = (): never => {
    throw new Error("the disk is full");
  };

  it.each(["record", "flush", "fingerprintKey", "onClosing"] as const)(
    "when the sink throws from %s",
    async (method) => {
      await using api = await openLoopbackApi(OK);
      const sink = { ...recordEvents(), onClosing: () => () => undefined, [method]: throwing };
      const client = attach(aClient(api.url), sink, { onError: throwing, waitUntil: throwing });
      await expect(client.messages.create(PARAMS)).resolves.toMatchObject({ id: "msg_1" });
      api.reply(eventsReply(apiMessageEvents()));
      await expect(client.messages.stream(PARAMS).finalMessage()).resolves.toMatchObject({ id: "msg_1" });
      expect(detach(client, sink)).toBe(client);
    },
  );

  it("when the ledger is closed, of which onError hears", async () => {
    await using api = await openLoopbackApi(OK);
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true, onError });
    const client = attach(aClient(api.url), ledger, { onError });
    await ledger.close();
    await expect(client.messages.create(PARAMS)).resolves.toMatchObject({ id: "msg_1" });
    expect(errors).toMatchObject([{ name: "LedgerClosedError" }]);
  });

  it("when its options make no sense", async () => {
    await using api = await openLoopbackApi(OK);
    const errors: unknown[] = [];
    const sink = recordEvents();
    const client = attach(aClient(api.url), sink, { key: "short", onError: (error) => errors.push(error) });
    await client.messages.create(PARAMS);
    expect(sink.attempts).toHaveLength(1);
    expect(errors).toMatchObject([{ name: "InvalidKeyError" }]);
  });

  it("and without onError one line a minute says what failed", async () => {
    await using api = await openLoopbackApi(OK);
    let now = Date.parse("2026-10-01T10:00:00.000Z");
    const lines: string[] = [];
    const stderr = vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      const client = attach(aClient(api.url), { ...recordEvents(), record: throwing }, { now: () => now });
      for (let call = 0; call < 3; call += 1) await client.messages.create(PARAMS);
      now += 60_000;
      await client.messages.create(PARAMS);
    } finally {
      stderr.mockRestore();
    }
    expect(lines).toEqual([
      "farthing: a call was not recorded: the disk is full; calls themselves are unaffected\n",
      "farthing: a call was not recorded: the disk is full (and 3 more since the last such line); calls themselves are unaffected\n",
    ]);
  });
});

describe("a serverless runtime", () => {
  it("is handed a promise that all is recorded, when a call is over", async () => {
    const waits: Promise<unknown>[] = [];
    const waitUntil = (recorded: Promise<unknown>): void => void waits.push(recorded);
    await using attached = await anAttachedClient(OK, { capture: { waitUntil } });
    await attached.client.messages.create(PARAMS);
    expect(waits).toHaveLength(1);
    await Promise.all(waits);
    expect(attached.sink.flushes).toBe(1);
  });
});
