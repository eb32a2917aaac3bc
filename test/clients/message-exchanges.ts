import { convertUsage } from "@farthing/ledger";
import { expect } from "vitest";
import { readExchanges, type Exchange } from "../support/exchanges.ts";
import { bytesReply, type Reply } from "../support/loopback-api.ts";
import type { EventRecorder } from "../support/recorded-events.ts";
import { tokensIn } from "./bare-and-recorded.ts";

/** The recorded exchanges that asked for a message. */
export function messageExchanges(folder: string): readonly Exchange[] {
  return readExchanges(folder).filter(({ method, path }) => method === "POST" && path.split("?")[0] === "/v1/messages");
}

/** The answer of an exchange, byte for byte, in chunks that end anywhere. */
export function replyOf({ status, headers, response }: Exchange): Reply {
  return bytesReply(response, { status, headers, chunkBytes: 997 });
}

/** The ids of the messages of an answer: of some streams several were recorded as one. */
export function messagesIn({ isStream, response }: Exchange): readonly string[] {
  const body = response.toString("utf8");
  if (!isStream) return [(JSON.parse(body) as { readonly id: string }).id];
  const starts = body.split("\n").filter((line) => /^data: *\{ *"type": *"message_start"/.test(line));
  return starts.map((line) => (JSON.parse(line.slice("data:".length)) as MessageStart).message.id);
}

interface MessageStart {
  readonly message: { readonly id: string };
}

/** Expects what was recorded of an exchange, however often it was tried, to be what it says. */
export function expectRecorded(sink: EventRecorder, exchange: Exchange): void {
  const { status, usage } = exchange;
  if (status !== 200) {
    expect(new Set(sink.attempts.map(({ type }) => type))).toEqual(new Set(["RequestFailed"]));
    expect(sink.attempts[0]).toMatchObject({ status, cost: "free" });
    return;
  }
  const messages = messagesIn(exchange);
  expect(sink.attempts.map(({ id }) => id)).toEqual(messages.map((id) => `msg:${id}`));
  // What is told of the usage of several that were recorded as one is not what any of them used.
  if (messages.length > 1) return;
  const { parts } = convertUsage(usage).usage;
  expect(tokensIn(sink)).toEqual([parts.map(({ tokens }) => tokens)]);
}
