import { type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** A response as one line shows it: whole, or one block of it. */
export interface ResponseLine {
  readonly uuid: string | null;
  readonly timestamp: string | null;
  readonly requestId: string | null;
  readonly effort: string | null;
  /** The API's message object, without a promise about its form. */
  readonly message: JsonObject | null;
}

/** The lines that matter here, and what is taken from them. Texts are as written; none of them is a prompt. */
export interface TranscriptLine {
  readonly uuid: string | null;
  /** The line before it in the conversation, also across a compaction. */
  readonly parentUuid: string | null;
  readonly timestamp: string | null;
  readonly sessionId: string | null;
  /** Null for the main thread, and for sub-agents of versions that gave them no id. */
  readonly agentId: string | null;
  readonly isSidechain: boolean;
  readonly gitBranch: string | null;
  /** Of Claude Code. */
  readonly version: string | null;
  /** The conversation was replaced by a summary here. */
  readonly isCompactBoundary: boolean;
  readonly response: ResponseLine | null;
}

/**
 * Takes from a line what the import needs, and nothing else.
 *
 * A response is in a line of type `assistant`, in one of type `progress` that passes on what a sub-agent wrote, or,
 * in files of other tools, in one without a type whose message has the role `assistant`.
 */
export function readTranscriptLine(line: JsonObject): TranscriptLine {
  const type = ownText(line, "type");
  const progress = type === "progress" ? ownObject(line, "data") : null;
  return {
    uuid: ownText(line, "uuid"),
    parentUuid: ownText(line, "parentUuid") ?? ownText(line, "logicalParentUuid"),
    timestamp: ownText(line, "timestamp"),
    sessionId: ownText(line, "sessionId"),
    agentId: ownText(line, "agentId") ?? (progress === null ? null : ownText(progress, "agentId")),
    isSidechain: ownValue(line, "isSidechain") === true,
    gitBranch: ownText(line, "gitBranch"),
    version: ownText(line, "version"),
    isCompactBoundary: type === "system" && ownText(line, "subtype") === "compact_boundary",
    response: progress === null ? ownResponse(line, type) : passedOnResponse(line, progress),
  };
}

function ownResponse(line: JsonObject, type: string | null): ResponseLine | null {
  const message = ownObject(line, "message");
  const untypedResponse = type === null && message !== null && ownText(message, "role") === "assistant";
  if (type !== "assistant" && !untypedResponse) return null;
  return {
    uuid: ownText(line, "uuid"),
    timestamp: ownText(line, "timestamp"),
    requestId: ownText(line, "requestId"),
    effort: ownText(line, "effort"),
    message,
  };
}

function passedOnResponse(line: JsonObject, progress: JsonObject): ResponseLine | null {
  const inner = ownObject(progress, "message");
  if (inner === null || ownText(inner, "type") !== "assistant") return null;
  return {
    uuid: ownText(inner, "uuid") ?? ownText(line, "uuid"),
    timestamp: ownText(inner, "timestamp") ?? ownText(line, "timestamp"),
    requestId: ownText(inner, "requestId"),
    effort: ownText(inner, "effort"),
    message: ownObject(inner, "message"),
  };
}
