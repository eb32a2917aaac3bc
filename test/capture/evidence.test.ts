import { join } from "node:path";
import { attach, detach, type CaptureOptions } from "@farthing/adapters/anthropic";
import { openLedger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { inAnotherProcess } from "../support/another-process.ts";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { aClient, anAttachedClient, PARAMS } from "../support/attached-client.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { eventsReply, inTurn, jsonReply, noReply, openLoopbackApi, type Reply } from "../support/loopback-api.ts";
import { recordEvents } from "../support/recorded-events.ts";
import { REPOSITORY } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const OK = jsonReply(apiMessage());

/** Where calls come from when the environment says no more than this. */
function originIn(env: Readonly<Record<string, string>>, options: CaptureOptions = {}): unknown {
  const sink = recordEvents();
  attach(aClient("http://127.0.0.1:9"), sink, { env, host: "h", ...options });
  const [started] = sink.of("CaptureStarted");
  const { service, release, environment, host } = started?.context ?? {};
  return { service, release, environment, host };
}

describe("where calls come from", () => {
  it("is told by common environment variables", () => {
    expect(originIn({ OTEL_SERVICE_NAME: "shop", GIT_SHA: "abc", NODE_ENV: "production" })).toEqual({
      service: "shop",
      release: "abc",
      environment: "production",
      host: "h",
    });
    const lambda = { AWS_LAMBDA_FUNCTION_NAME: "fn", AWS_LAMBDA_FUNCTION_VERSION: "7" };
    expect(originIn(lambda)).toMatchObject({ service: "fn", release: "7", environment: null });
    expect(originIn({ npm_package_name: "web", npm_package_version: "1.2.3" })).toMatchObject({
      service: "web",
      release: "1.2.3",
    });
  });

  it("is told by OpenTelemetry's resource attributes", () => {
    const attributes = "service.name=a%20b,service.version=2,deployment.environment.name=staging,bad,=x,c=%";
    expect(originIn({ OTEL_RESOURCE_ATTRIBUTES: attributes })).toMatchObject({
      service: "a b",
      release: "2",
      environment: "staging",
    });
  });

  it("is the nearest package, of whose name the repository's own is one", () => {
    expect(originIn({})).toMatchObject({ service: "farthing-workspace", release: null });
  });

  it("is what the options say, before all else", () => {
    const options = { service: "s", release: "r", environment: "e", host: "o" };
    expect(originIn({ DD_SERVICE: "no", DD_VERSION: "no", DD_ENV: "no" }, options)).toEqual(options);
  });

  it("is a line of the caller's, once for each kind of call", async () => {
    await using attached = await anAttachedClient(OK);
    const ask = async (maxTokens: number): Promise<void> => {
      await attached.client.messages.create({ ...PARAMS, max_tokens: maxTokens });
    };
    for (const maxTokens of [1, 2, 1]) await ask(maxTokens);
    const sites = attached.sink.attempts.map(({ context }) => context.callSite);
    expect(sites).toEqual([
      expect.stringMatching(/^test\/capture\/evidence\.test\.ts:\d+$/),
      expect.stringMatching(/^test\/capture\/evidence\.test\.ts:\d+$/),
      null,
    ]);
    expect(Error.stackTraceLimit).toBeLessThan(60);
  });

  it("has no line where a program makes something else of its stack traces", async () => {
    const before: unknown = Reflect.get(Error, "prepareStackTrace");
    try {
      Error.prepareStackTrace = (_error, frames) => frames;
      await using attached = await anAttachedClient(OK);
      await attached.client.messages.create(PARAMS);
      expect(attached.sink.attempts[0]?.context.callSite).toBeNull();
    } finally {
      Reflect.set(Error, "prepareStackTrace", before);
    }
  });

  it("has no line where that is not asked for", async () => {
    await using attached = await anAttachedClient(OK, { capture: { callSites: false } });
    await attached.client.messages.create(PARAMS);
    expect(attached.sink.attempts[0]?.context.callSite).toBeNull();
  });
});

describe("a capture", () => {
  it("says when it starts and stops, once however many clients are attached", () => {
    const sink = recordEvents();
    const [a, b] = [aClient("http://127.0.0.1:9"), aClient("http://127.0.0.1:9")];
    const options = { service: "shop" };
    attach(a, sink, options);
    attach(b, sink, options);
    detach(a, sink);
    expect(sink.events.map(({ type }) => type)).toEqual(["CaptureStarted"]);
    detach(b, sink);
    expect(sink.events).toMatchObject([
      { type: "CaptureStarted", context: { service: "shop" } },
      { type: "CaptureStopped", context: { service: "shop" } },
    ]);
    attach(a, sink, options);
    expect(sink.events).toHaveLength(3);
  });

  it("stops when its ledger is closed, which holds that", async () => {
    const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
    attach(aClient("http://127.0.0.1:9"), ledger);
    await ledger.close();
    await using reopened = await openLedger(ledger.path, { mode: "read" });
    expect((await eventsOf(reopened)).map(({ type }) => type)).toEqual(["CaptureStarted", "CaptureStopped"]);
  });

  it("that the process leaves behind says so, with calls under way as of unknown cost", async () => {
    await using api = await openLoopbackApi(noReply);
    const path = join(temporaryFolder(), "ledger");
    const result = await inAnotherProcess(
      {
        path,
        url: api.url,
        sdk: join(REPOSITORY, "node_modules/@anthropic-ai/sdk/index.mjs"),
        adapter: join(REPOSITORY, "packages/adapters/dist/anthropic/index.js"),
        params: PARAMS,
      },
      `const { default: Anthropic } = await import(sdk);
       const { attach } = await import(adapter);
       const ledger = await openLedger(path, { mode: "write", create: true });
       const client = attach(new Anthropic({ apiKey: "none", baseURL: url }), ledger, { service: "shop" });
       client.messages.create(params).catch(() => undefined);
       setTimeout(() => process.exit(0), 300);`,
    );
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    await using ledger = await openLedger(path, { mode: "read" });
    expect(await eventsOf(ledger)).toMatchObject([
      { type: "CaptureStarted" },
      { type: "RequestFailed", errorType: "process_exited", cost: "unknown", requestedModel: "claude-sonnet-5" },
      { type: "CaptureStopped" },
    ]);
  });

  it("says of an answer that nobody can read any more that its cost is unknown", async () => {
    const result = await inAnotherProcess(
      { adapter: join(REPOSITORY, "packages/adapters/dist/anthropic/index.js"), body: apiMessage(), params: PARAMS },
      `const { ledgerFetch } = await import(adapter);
       const { setFlagsFromString } = await import("node:v8");
       const { runInNewContext } = await import("node:vm");
       setFlagsFromString("--expose-gc");
       const gc = runInNewContext("gc");
       const events = [];
       const sink = { record: (event) => events.push(event), flush: async () => {}, fingerprintKey: async () => null };
       const fetch = ledgerFetch(sink, { fetch: async () => Response.json(body) });
       await fetch("https://api.anthropic.com/v1/messages", { method: "POST", body: JSON.stringify(params) });
       for (let turn = 0; turn < 50 && events.length < 2; turn += 1) {
         gc();
         await new Promise((resolve) => setTimeout(resolve, 10));
       }
       console.log(events[1]?.errorType, events[1]?.cost);`,
    );
    expect(result).toMatchObject({ exitCode: 0, stdout: "response_not_read unknown\n" });
  });

  it("keeps no process alive", async () => {
    const result = await inAnotherProcess(
      {
        path: join(temporaryFolder(), "ledger"),
        adapter: join(REPOSITORY, "packages/adapters/dist/anthropic/index.js"),
      },
      `const { ledgerFetch } = await import(adapter);
       ledgerFetch(await openLedger(path, { mode: "write", create: true }));`,
    );
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("diagnostics", () => {
  const turns = [
    { role: "user" as const, content: "one" },
    { role: "assistant" as const, content: "two" },
    { role: "user" as const, content: "three" },
  ];
  const replies: Reply = inTurn(
    jsonReply(apiMessage({ id: "msg_a" })),
    jsonReply(apiMessage({ id: "msg_b", diagnostics: { cache_miss_reason: { type: "tools_changed" } } })),
  );
  const sent = (requests: readonly { readonly body: string }[]): unknown[] =>
    requests.map(({ body }) => (JSON.parse(body) as { diagnostics?: unknown }).diagnostics);

  it("name the response a request goes on from, and keep why its cache was missed", async () => {
    await using attached = await anAttachedClient(replies, { capture: { diagnostics: true } });
    const first = { ...PARAMS, messages: turns.slice(0, 1) };
    const next = { ...PARAMS, messages: turns };
    await attached.client.messages.create(first);
    await attached.client.messages.create(next);
    expect(sent(attached.api.requests)).toEqual([{ previous_message_id: null }, { previous_message_id: "msg_a" }]);
    expect(first).not.toHaveProperty("diagnostics");
    expect(next).not.toHaveProperty("diagnostics");
    expect(attached.sink.attempts).toMatchObject([
      { ids: { message: "msg_a", previousMessage: null }, cacheMissReason: null },
      { ids: { message: "msg_b", previousMessage: "msg_a" }, cacheMissReason: "tools_changed" },
    ]);
  });

  it("tell conversations apart, wherever breakpoints are, and go on where one went on", async () => {
    await using attached = await anAttachedClient(
      inTurn(
        jsonReply(apiMessage({ id: "msg_a" })),
        eventsReply(apiMessageEvents({ message: { id: "msg_other" } })),
        jsonReply(apiMessage({ id: "msg_b" })),
      ),
      { capture: { diagnostics: true } },
    );
    const { client } = attached;
    const cached = [{ type: "text" as const, text: "one", cache_control: { type: "ephemeral" as const } }];
    await client.messages.create({ ...PARAMS, messages: [{ role: "user", content: cached }] });
    await client.messages.stream({ ...PARAMS, messages: [{ role: "user", content: "another" }] }).done();
    await client.messages.create({ ...PARAMS, messages: turns });
    await client.messages.create({ ...PARAMS, messages: turns, system: "Be brief." });
    expect(sent(attached.api.requests)).toEqual([
      { previous_message_id: null },
      { previous_message_id: null },
      { previous_message_id: "msg_a" },
      { previous_message_id: null },
    ]);
  });

  it("that the caller sets are left as they are, and recorded", async () => {
    await using attached = await anAttachedClient(replies, { capture: { diagnostics: true } });
    await attached.client.messages.create({ ...PARAMS, diagnostics: { previous_message_id: "msg_mine" } });
    await attached.client.messages.create({ ...PARAMS, diagnostics: null });
    expect(sent(attached.api.requests)).toEqual([{ previous_message_id: "msg_mine" }, null]);
    expect(attached.sink.attempts).toMatchObject([
      { ids: { previousMessage: "msg_mine" } },
      { ids: { previousMessage: null } },
    ]);
  });

  it("are not asked for otherwise: the request is sent as it is", async () => {
    await using attached = await anAttachedClient(OK);
    await attached.client.messages.create(PARAMS);
    expect(attached.api.requests[0]?.body).toBe(JSON.stringify(PARAMS));
  });
});
