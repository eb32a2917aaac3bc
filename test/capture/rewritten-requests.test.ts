import type Anthropic from "@anthropic-ai/sdk";
import { ledgerMiddleware } from "@farthing/adapters/anthropic";
import { describe, expect, it } from "vitest";
import { apiMessage } from "../support/api-messages.ts";
import { aClient, anAttachedClient, PARAMS } from "../support/attached-client.ts";
import { jsonReply, openLoopbackApi } from "../support/loopback-api.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";

const OK = jsonReply(apiMessage());

type Middleware = Anthropic["middleware"][number];

/** Sends something else than its client asked for. */
function sendingInstead(change: Readonly<Record<string, unknown>>): Middleware {
  return (request, next) => {
    const asked = JSON.parse(typeof request.body === "string" ? request.body : "{}") as object;
    return next({ ...request, body: JSON.stringify({ ...asked, ...change }) });
  };
}

function requestedBy({ attempts: [event] }: EventRecorder): unknown {
  return event?.type === "RequestCompleted" && [event.requestedModel, event.request?.maxTokens];
}

describe("what was asked for is what was sent, where a middleware before Farthing's sends something else", () => {
  it.each([
    [{ max_tokens: 77 }, ["claude-sonnet-5", 77]],
    [{ model: "claude-haiku-4-5" }, ["claude-haiku-4-5", PARAMS.max_tokens]],
  ])("as it is attached, with %j", async (change, expected) => {
    await using attached = await anAttachedClient(OK, { client: { middleware: [sendingInstead(change)] } });
    await attached.client.messages.create(PARAMS);
    expect(requestedBy(attached.sink)).toEqual(expected);
  });

  it("beside one that records", async () => {
    await using api = await openLoopbackApi(OK);
    const sink = recordEvents();
    const middleware = [sendingInstead({ max_tokens: 77 }), ledgerMiddleware(sink)];
    await aClient(api.url, { middleware }).messages.create(PARAMS);
    expect(requestedBy(sink)).toEqual(["claude-sonnet-5", 77]);
  });

  it("of a clone alone, as far as the model goes", async () => {
    await using attached = await anAttachedClient(OK);
    const before = sendingInstead({ model: "claude-haiku-4-5" });
    const clone = attached.client.withOptions({ middleware: [before, ...attached.client.middleware] });
    await clone.messages.create(PARAMS);
    expect(requestedBy(attached.sink)).toEqual(["claude-haiku-4-5", PARAMS.max_tokens]);
  });

  it("of a clone that sends the model of the call before", async () => {
    await using attached = await anAttachedClient(OK);
    await attached.client.messages.create({ ...PARAMS, model: "claude-haiku-4-5" });
    const before = sendingInstead({ model: "claude-haiku-4-5" });
    const clone = attached.client.withOptions({ middleware: [before, ...attached.client.middleware] });
    await clone.messages.create(PARAMS);
    const asked = { requestedModel: "claude-haiku-4-5" };
    expect(attached.sink.attempts).toMatchObject([asked, asked]);
  });
});
