import {
  type CallContext,
  type ConvertedUsage,
  convertUsage,
  eventIdOf,
  InvalidUsageError,
  type Provenance,
  type RequestCompleted,
  type Timestamp,
} from "@farthing/ledger";
import type { Skip } from "../import/skip.ts";
import { isDeeperThan, type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** Where events of this adapter were seen. */
export const AGENT_SDK_SOURCE = "agent-sdk";

/** The API's own go three levels down. */
const USAGE_LEVELS_MAX = 32;

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
  const messageId = ownText(message, "id");
  if (messageId === null) return skip("invalid-event", "no message.id, by which it could be counted once");
  const content = ownValue(message, "content");
  const billed = billedOrSkip(usage, ending.stopReason, Array.isArray(content) ? content.length : null);
  if ("reason" in billed) return billed;
  const ids = {
    message: messageId,
    request: seen.requestId,
    workspace: null,
    batch: null,
    custom: null,
    previousMessage: null,
  };
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

function billedOrSkip(raw: JsonObject, stopReason: string | null, outputBlocks: number | null): ConvertedUsage | Skip {
  if (isDeeperThan(raw, USAGE_LEVELS_MAX)) {
    const why = `nested more than ${String(USAGE_LEVELS_MAX)} levels deep`;
    return { reason: "invalid-usage", field: "message.usage", why };
  }
  try {
    return convertUsage(raw, { stopReason, outputBlocks });
  } catch (error) {
    if (!(error instanceof InvalidUsageError)) throw error;
    return { reason: "invalid-usage", field: `message.usage.${error.field}`, why: error.message };
  }
}

function skip(reason: Skip["reason"], why: string): Skip {
  return { reason, field: null, why };
}
