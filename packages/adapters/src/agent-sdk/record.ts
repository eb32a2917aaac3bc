import type { CallContext, Ledger } from "@farthing/ledger";
import { readLabels } from "../capture/labels.ts";
import { isJsonObject } from "../ndjson/json-object.ts";
import { AgentStreamReader } from "./stream-reader.ts";

export interface RecordAgentOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** Such as the service that asks. Session, agent and client version are the stream's own. */
  readonly context?: Partial<CallContext>;
}

/**
 * Records what a stream of the Claude Agent SDK was billed, and what its client reckoned, while it is read.
 *
 * Each message is handed on as it is, untouched; nothing is awaited, nothing is read that the
 * caller does not read, and what cannot be recorded is left out. Leaving the loop early ends the stream as it does alone.
 */
export async function* recordAgentSdk<Message>(
  stream: AsyncIterable<Message>,
  sink: Pick<Ledger, "record">,
  { labels = {}, context = {} }: RecordAgentOptions = {},
): AsyncGenerator<Message, void, undefined> {
  const now = (): number => Date.now();
  const reader = new AgentStreamReader({ now, nowProvenance: "derived", context, labels: { ...readLabels(labels) } });
  for await (const message of stream) {
    recordOf(message, reader, sink);
    yield message;
  }
}

/** What observes a stream never throws into it. */
function recordOf(message: unknown, reader: AgentStreamReader, sink: Pick<Ledger, "record">): void {
  try {
    if (!isJsonObject(message)) return;
    for (const event of reader.take(message).events) sink.record(event);
  } catch {
    // A message in a form that nobody has seen: the stream is the caller's all the same.
  }
}
