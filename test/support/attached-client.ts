import Anthropic, { type ClientOptions } from "@anthropic-ai/sdk";
import { attach, type CaptureOptions } from "@farthing/adapters/anthropic";
import { expect } from "vitest";
import { openLoopbackApi, type LoopbackApi, type Reply } from "./loopback-api.ts";
import { recordEvents, type EventRecorder } from "./recorded-events.ts";

/** A real client, attached to a sink, that talks to a server of its own. */
export interface AttachedClient extends AsyncDisposable {
  readonly api: LoopbackApi;
  readonly client: Anthropic;
  readonly sink: EventRecorder;
}

export interface AttachedClientOptions {
  readonly client?: ClientOptions;
  readonly capture?: CaptureOptions;
}

/** A client as programs make it, but that nothing is tried again and the key is none. */
export function aClient(url: string, options: ClientOptions = {}): Anthropic {
  return new Anthropic({ apiKey: "sk-ant-none", baseURL: url, maxRetries: 0, ...options });
}

/** Fails the test when anything of Farthing's own failed, unless the options hear of it themselves. */
export async function anAttachedClient(reply: Reply, options: AttachedClientOptions = {}): Promise<AttachedClient> {
  const api = await openLoopbackApi(reply);
  const sink = recordEvents();
  const errors: unknown[] = [];
  const capture: CaptureOptions = { onError: (error) => errors.push(error), ...options.capture };
  const client = attach(aClient(api.url, options.client), sink, capture);
  return {
    api,
    client,
    sink,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      expect(errors).toEqual([]);
    },
  };
}

/** What a small request asks. */
export const PARAMS = {
  model: "claude-sonnet-5",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "How are you?" }],
};
