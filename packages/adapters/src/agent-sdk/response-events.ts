import { type CallContext, eventIdOf, type Provenance, type RequestCompleted, type Timestamp } from "@farthing/ledger";
import { idsOfMessage } from "../import/ids-of-message.ts";
import type { Skip } from "../import/skip.ts";
import { usageOrSkip } from "../import/usage-or-skip.ts";
import { type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** Where events of this adapter were seen. */
export const AGENT_SDK_SOURCE = "agent-sdk";

const SYNTHETIC_MODEL = "<synthetic>";

/** What is known of a response beside the API's message. */
export interface Seen {
  readonly at: Timestamp;
  readonly atProvenance: Provenance;
  readonly requestId: string | null;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}

/** Which numbers of a message are known to be final. */
export interface Ending {
  readonly stopReason: string | null;
  readonly isFinal: boolean;
}

/** One snapshot of a response, or why a message brings none. */
export function responseEvent(message: JsonObject, seen: Seen, ending: Ending): RequestCompleted | Skip {
  const usage = ownObject(message, "usage");
  if (usage === null) return skip("no-usage", "no object message.usage");
  const servedModel = ownText(message, "model");
  if (servedModel === null) return skip("no-model", "no message.model");
  if (servedModel === SYNTHETIC_MODEL) return skip("synthetic", `message.model is ${SYNTHETIC_MODEL}`);
  const ids = idsOfMessage(message, seen.requestId);
  if (ids.message === null) return skip("invalid-event", "no message.id, by which it could be counted once");
  const content = ownValue(message, "content");
  const billed = usageOrSkip(usage, "message.usage", {
    stopReason: ending.stopReason,
    outputBlocks: Array.isArray(content) ? content.length : null,
  });
  if ("reason" in billed) return billed;
  return {
    type: "RequestCompleted",
    version: 1,
    id: eventIdOf(ids),
    occurredAt: seen.at,
    sources: [AGENT_SDK_SOURCE],
    finality: ending.isFinal ? "complete" : "placeholder",
    requestedModel: null,
    servedModel,
    usage: billed.usage,
    stopReason: ending.stopReason,
    billedTo: billed.billedTo,
    output: ending.isFinal ? "final" : "lower-bound",
    ids,
    timing: {
      startedAt: seen.at,
      startedAtProvenance: "estimated",
      occurredAtProvenance: seen.atProvenance,
      firstTokenAt: null,
    },
    attempt: null,
    request: null,
    context: seen.context,
    labels: seen.labels,
    cacheMissReason: null,
    conflicts: [],
  };
}

function skip(reason: Skip["reason"], why: string): Skip {
  return { reason, field: null, why };
}
