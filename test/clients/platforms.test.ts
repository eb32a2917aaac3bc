import { attach, type Attachable } from "@farthing/adapters/anthropic";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import {
  bytesReply,
  errorReply,
  eventsReply,
  jsonReply,
  type LoopbackApi,
  type Reply,
} from "../support/loopback-api.ts";
import { describeWithOtherClients } from "../support/other-clients.ts";
import type { EventRecorder } from "../support/recorded-events.ts";
import { recordAsSeenBare, tokensIn } from "./bare-and-recorded.ts";
import { eventStreamFrame } from "./event-stream.ts";
import { load } from "./load.ts";

interface Client extends Attachable {
  readonly messages: {
    create(params: Readonly<Record<string, unknown>>): Promise<unknown>;
  };
}
type ClientClass = new (options: Readonly<Record<string, unknown>>) => Client;

interface Platform {
  readonly name: string;
  readonly package: string;
  readonly class: string;
  readonly options: (url: string) => Readonly<Record<string, unknown>>;
  /** As the caller names it. */
  readonly model: string;
  /** What a stream is sent as. */
  readonly stream: (events: readonly { readonly type: string }[]) => Reply;
}

const PLATFORMS: readonly Platform[] = [
  {
    name: "Bedrock",
    package: "@anthropic-ai/bedrock-sdk",
    class: "AnthropicBedrock",
    options: (url) => ({ awsRegion: "us-east-1", awsAccessKey: "AKIATEST", awsSecretKey: "secret", baseURL: url }),
    model: "us.anthropic.claude-sonnet-5-v1:0",
    stream: (events) =>
      bytesReply(
        events.filter(({ type }) => type !== "ping").map((event) => eventStreamFrame(event)),
        { headers: { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "req_1" } },
      ),
  },
  {
    name: "Vertex",
    package: "@anthropic-ai/vertex-sdk",
    class: "AnthropicVertex",
    options: (url) => ({
      region: "us-east5",
      projectId: "shop",
      // Otherwise it asks the machine it runs on.
      authClient: {
        projectId: "shop",
        getRequestHeaders: () => Promise.resolve({ authorization: "Bearer secret" }),
      },
      baseURL: url,
    }),
    model: "claude-sonnet-5@20260101",
    stream: (events) => eventsReply(events),
  },
  {
    name: "Foundry",
    package: "@anthropic-ai/foundry-sdk",
    class: "AnthropicFoundry",
    options: (url) => ({ apiKey: "secret", baseURL: `${url}/anthropic` }),
    model: "claude-sonnet-5",
    stream: (events) => eventsReply(events),
  },
];

describeWithOtherClients("a client of", () => {
  describe.each(PLATFORMS)("$name, attached", (platform) => {
    async function client(api: LoopbackApi, sink: EventRecorder | null): Promise<Client> {
      const module = await load<Readonly<Record<string, ClientClass>>>(platform.package);
      const Class = module[platform.class];
      if (Class === undefined) throw new Error(`${platform.package} has no ${platform.class}`);
      const made = new Class({ ...platform.options(api.url), maxRetries: 0 });
      return sink === null ? made : attach(made, sink);
    }

    const params = { model: platform.model, max_tokens: 64, messages: [{ role: "user", content: "Good day." }] };

    async function create(api: LoopbackApi, sink: EventRecorder | null): Promise<unknown> {
      return (await client(api, sink)).messages.create(params);
    }

    async function stream(api: LoopbackApi, sink: EventRecorder | null): Promise<unknown> {
      const events: unknown[] = [];
      const made = await client(api, sink);
      const sent = (await made.messages.create({ ...params, stream: true })) as AsyncIterable<unknown>;
      for await (const event of sent) events.push(event);
      return events;
    }

    it("is recorded for an answer, and sees the same", async () => {
      const sink = await recordAsSeenBare(create, () => jsonReply(apiMessage()));
      expect(sink.attempts).toMatchObject([
        { type: "RequestCompleted", id: "msg:msg_1", requestedModel: platform.model },
      ]);
      expect(tokensIn(sink)).toEqual([
        [{ uncachedInput: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 10 }],
      ]);
    });

    it("is recorded for a stream, and sees the same", async () => {
      const sink = await recordAsSeenBare(stream, () =>
        platform.stream(apiMessageEvents({ usage: { output_tokens: 7 } })),
      );
      expect(sink.attempts).toMatchObject([{ type: "RequestCompleted", id: "msg:msg_1", output: "final" }]);
      expect(tokensIn(sink)).toEqual([
        [{ uncachedInput: 100, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 7 }],
      ]);
    });

    it("is recorded for a refusal, and sees the same", async () => {
      const sink = await recordAsSeenBare(create, () => errorReply(429, "rate_limit_error"));
      expect(sink.attempts).toMatchObject([
        { type: "RequestFailed", status: 429, errorType: "rate_limit_error", cost: "free" },
      ]);
    });
  });
});
