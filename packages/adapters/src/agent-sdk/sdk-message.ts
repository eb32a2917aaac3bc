import { type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** An API message as one message of the SDK's stream shows it: whole, or one block of it. */
export interface AnswerMessage {
  readonly kind: "answer";
  readonly message: JsonObject;
  readonly requestId: string | null;
}

/** One event of an answer's own stream, which the SDK passes on where it is asked for partial messages. */
export interface PartialMessage {
  readonly kind: "partial";
  readonly event: JsonObject;
}

/** The end of a turn, with what its client reckoned. */
export interface ResultMessage {
  readonly kind: "result";
  readonly uuid: string;
  readonly totalCostUsd: number;
  /** Of the main thread alone, in the API's form. */
  readonly usage: JsonObject | null;
  /** By model, sub-agents included. */
  readonly modelUsage: JsonObject | null;
  readonly stopReason: string | null;
}

/** A message of the stream that says something about usage. */
export type SdkMessage = (
  | AnswerMessage
  | PartialMessage
  | ResultMessage
  | { readonly kind: "init"; readonly version: string | null }
  | { readonly kind: "other" }
) & {
  readonly session: string | null;
  /** The tool call that a sub-agent works for; null for the main thread. */
  readonly parent: string | null;
  readonly timestamp: string | null;
};

/**
 * Takes from a message of the Claude Agent SDK what an account needs, and nothing else.
 *
 * Forms as in streams of versions 1.0.100 to 2.1.63 of its client, and in the types of the SDK 0.3.330.
 */
export function readSdkMessage(value: JsonObject): SdkMessage {
  const common = {
    session: ownText(value, "session_id"),
    parent: ownText(value, "parent_tool_use_id"),
    timestamp: ownText(value, "timestamp"),
  };
  switch (ownText(value, "type")) {
    case "assistant": {
      const message = ownObject(value, "message");
      if (message === null) return { kind: "other", ...common };
      return { kind: "answer", message, requestId: ownText(value, "requestId"), ...common };
    }
    case "stream_event": {
      const event = ownObject(value, "event");
      return event === null ? { kind: "other", ...common } : { kind: "partial", event, ...common };
    }
    case "result":
      return { ...readResult(value), ...common };
    case "system":
      if (ownText(value, "subtype") !== "init") return { kind: "other", ...common };
      return { kind: "init", version: ownText(value, "claude_code_version"), ...common };
    default:
      return { kind: "other", ...common };
  }
}

function readResult(value: JsonObject): ResultMessage | { readonly kind: "other" } {
  const uuid = ownText(value, "uuid");
  const totalCostUsd = ownValue(value, "total_cost_usd");
  if (uuid === null || typeof totalCostUsd !== "number") return { kind: "other" };
  return {
    kind: "result",
    uuid,
    totalCostUsd,
    usage: ownObject(value, "usage"),
    modelUsage: ownObject(value, "modelUsage"),
    stopReason: ownText(value, "stop_reason"),
  };
}
