import { attach, ledgerFetch, type Attachable } from "@farthing/adapters/anthropic";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { errorReply, eventsReply, inTurn, jsonReply, type LoopbackApi } from "../support/loopback-api.ts";
import { describeWithOtherClients } from "../support/other-clients.ts";
import type { EventRecorder } from "../support/recorded-events.ts";
import { recordAsSeenBare, tokensIn } from "./bare-and-recorded.ts";
import { load } from "./load.ts";

interface Client extends Attachable {
  readonly messages: {
    create(params: Readonly<Record<string, unknown>>): Promise<unknown>;
    stream(params: Readonly<Record<string, unknown>>): { finalMessage(): Promise<unknown> };
  };
}
interface Sdk {
  readonly Anthropic: new (options: Readonly<Record<string, unknown>>) => Client;
}

const PARAMS = { model: "claude-sonnet-5", max_tokens: 64, messages: [{ role: "user", content: "Good day." }] };

/** Only the last of them has the middleware that `attach` uses; the others are attached to by their `fetch`. */
const SDKS = ["sdk-0.39", "sdk-0.60", "sdk-0.100", "sdk-0.101"];
const WAYS = ["attach", "ledgerFetch"] as const;

describeWithOtherClients("an older SDK", () => {
  describe.each(SDKS.flatMap((sdk) => WAYS.map((way) => ({ sdk, way }))))("$sdk, by $way", ({ sdk, way }) => {
    async function client(api: LoopbackApi, sink: EventRecorder | null): Promise<Client> {
      const { Anthropic } = await load<Sdk>(sdk);
      const options = { apiKey: "sk-ant-test", baseURL: api.url, maxRetries: 1 };
      if (way === "ledgerFetch") return new Anthropic({ ...options, fetch: sink === null ? fetch : ledgerFetch(sink) });
      const made = new Anthropic(options);
      return sink === null ? made : attach(made, sink);
    }

    it("is recorded for answers, streams and failed attempts, and sees the same", async () => {
      const sink = await recordAsSeenBare(
        async (api, sink) => {
          const made = await client(api, sink);
          const answer = await made.messages.create(PARAMS);
          const final = await made.messages.stream(PARAMS).finalMessage();
          const events: unknown[] = [];
          const stream = (await made.messages.create({ ...PARAMS, stream: true })) as AsyncIterable<unknown>;
          for await (const event of stream) events.push(event);
          return [answer, final, events, await made.messages.create(PARAMS)];
        },
        () =>
          inTurn(
            jsonReply(apiMessage()),
            eventsReply(apiMessageEvents({ message: { id: "msg_2" }, usage: { output_tokens: 7 } })),
            eventsReply(apiMessageEvents({ message: { id: "msg_3" }, usage: { output_tokens: 8 } })),
            errorReply(529, "overloaded_error", { headers: { "request-id": "req_4", "retry-after-ms": "1" } }),
            jsonReply(apiMessage({ id: "msg_4" })),
          ),
      );
      await untilForgotten(() => sink.attempts.length === 5);
      expect(sink.attempts.map(({ type, id }) => `${type} ${id}`).toSorted()).toEqual([
        "RequestCompleted msg:msg_1",
        "RequestCompleted msg:msg_2",
        "RequestCompleted msg:msg_3",
        "RequestCompleted msg:msg_4",
        "RequestFailed req:req_4",
      ]);
      expect(tokensIn(sink).map(([tokens]) => tokens?.output)).toEqual([10, 7, 8, 10]);
    });
  });
});

/** Collects garbage: what SDK 0.39 leaves unread before it tries again is recorded when nobody can read it any more. */
async function untilForgotten(isDone: () => boolean): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let tries = 0; tries < 100 && !isDone(); tries += 1) {
    collect();
    await wait(10);
  }
}
