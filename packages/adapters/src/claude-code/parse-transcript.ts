import { createHash } from "node:crypto";
import { eventIdOf, formatInstant, type RequestCompleted, type RequestShape } from "@farthing/ledger";
import { idsOfMessage } from "../import/ids-of-message.ts";
import { instantOrNull } from "../import/instant-or-null.ts";
import type { Skip, SkipReason } from "../import/skip.ts";
import { usageOrSkip } from "../import/usage-or-skip.ts";
import { isJsonObject, type JsonObject, ownObject, ownText, ownValue, parseJson } from "../ndjson/json-object.ts";
import { callContext, type FileDimensions, fileDimensions, threadOf } from "./dimensions.ts";
import { readTranscriptLine, type ResponseLine, type TranscriptLine } from "./line.ts";
import { type Ancestry, ancestryOf } from "./ancestry.ts";
import { LineWindow } from "./line-window.ts";

/** Where events of this importer were seen. */
export const CLAUDE_CODE_SOURCE = "claude-code";

const SYNTHETIC_MODEL = "<synthetic>";

/** What a line brought: one snapshot of a response, nothing, or nothing where something could have been. */
export type ParsedLine =
  | { readonly kind: "response"; readonly event: RequestCompleted }
  | { readonly kind: "skipped"; readonly skip: Skip }
  | { readonly kind: "other" };

const OTHER: ParsedLine = { kind: "other" };

/** Turns the lines of one transcript, in order, into snapshots of responses. */
export class TranscriptParser {
  readonly #file: FileDimensions;
  readonly #window = new LineWindow();

  constructor(absolutePath: string) {
    this.#file = fileDimensions(absolutePath);
  }

  /** @param startByte Offset of the line's first byte in the file. */
  parse(text: string, startByte: number): ParsedLine {
    const value = parseJson(text);
    if (value === undefined) {
      return text.trim() === "" ? OTHER : skipped("malformed-json", "not a line of JSON");
    }
    if (!isJsonObject(value)) return skipped("not-an-object", "a line must be a JSON object");
    const line = readTranscriptLine(value);
    const parsed = line.response === null ? OTHER : this.#response(line, line.response, text, startByte);
    this.#remember(line, parsed, startByte);
    return parsed;
  }

  #response(line: TranscriptLine, response: ResponseLine, text: string, startByte: number): ParsedLine {
    const message = response.message;
    const rawUsage = message === null ? null : ownObject(message, "usage");
    if (message === null || rawUsage === null) return skipped("no-usage", "no object message.usage");
    const servedModel = ownText(message, "model");
    if (servedModel === null) return skipped("no-model", "no message.model");
    if (servedModel === SYNTHETIC_MODEL) return skipped("synthetic", `message.model is ${SYNTHETIC_MODEL}`);
    const writtenAt = instantOrNull(response.timestamp);
    if (writtenAt === null) {
      return skipped("no-timestamp", `timestamp ${JSON.stringify(response.timestamp)} is not a point in time`);
    }

    const stopReason = ownText(message, "stop_reason");
    const content = ownValue(message, "content");
    const outputBlocks = Array.isArray(content) ? content.length : null;
    const billed = usageOrSkip(rawUsage, "message.usage", { stopReason, outputBlocks });
    if ("reason" in billed) return { kind: "skipped", skip: billed };

    const own = idsOfMessage(message, response.requestId);
    const eventId = eventIdOf(own, () => placeId(line, response, text));
    const thread = threadOf(line, this.#file);
    const ancestry = ancestryOf({ eventId, parentUuid: line.parentUuid, startByte, thread }, this.#window);
    const occurredAt = formatInstant(writtenAt);
    const promptedAt = instantOrNull(ancestry.promptedAt);
    return {
      kind: "response",
      event: {
        type: "RequestCompleted",
        version: 1,
        id: eventId,
        occurredAt,
        sources: [CLAUDE_CODE_SOURCE],
        finality: stopReason === null ? "placeholder" : "complete",
        requestedModel: null,
        servedModel,
        usage: billed.usage,
        stopReason,
        billedTo: billed.billedTo,
        output: stopReason === null ? "lower-bound" : "final",
        ids: { ...own, previousMessage: ancestry.previousMessage },
        timing: {
          startedAt: promptedAt === null || promptedAt > writtenAt ? occurredAt : formatInstant(promptedAt),
          startedAtProvenance: "estimated",
          occurredAtProvenance: "derived",
          firstTokenAt: null,
        },
        attempt: null,
        request: requestShape(response, ancestry),
        context: callContext(line, this.#file),
        labels: {},
        cacheMissReason: cacheMissReason(message),
        conflicts: [],
      },
    };
  }

  #remember(line: TranscriptLine, parsed: ParsedLine, startByte: number): void {
    if (line.uuid === null) return;
    this.#window.add({
      uuid: line.uuid,
      parentUuid: line.parentUuid,
      startByte,
      timestamp: line.timestamp,
      thread: threadOf(line, this.#file),
      isCompactBoundary: line.isCompactBoundary,
      response: parsed.kind === "response" ? { eventId: parsed.event.id, message: parsed.event.ids.message } : null,
    });
  }
}

/** What a transcript says of a request; null where that is nothing. */
function requestShape({ effort }: ResponseLine, { afterCompaction }: Ancestry): RequestShape | null {
  if (effort === null && !afterCompaction) return null;
  return {
    maxTokens: null,
    thinking: null,
    thinkingBudgetTokens: null,
    effort,
    stream: null,
    toolCount: null,
    cacheBreakpoints: null,
    temperature: null,
    ...(afterCompaction ? { afterCompaction } : {}),
  };
}

function skipped(reason: SkipReason, why: string): ParsedLine {
  return { kind: "skipped", skip: { reason, field: null, why } };
}

/**
 * The id of a response the API's ids are not known of. The same line gives the same id in every file and every
 * import: its place in its session, and where it has none, a hash of the line.
 */
function placeId(line: TranscriptLine, response: ResponseLine, text: string): string {
  if (line.sessionId !== null && response.uuid !== null) return `cc:${line.sessionId}/${response.uuid}`;
  return `cc:${createHash("sha256").update(text.trim()).digest("hex").slice(0, 32)}`;
}

/** The API's word for why a cached prefix was not read; null where it gave none, or is not done comparing. */
function cacheMissReason(message: JsonObject): string | null {
  const diagnostics = ownObject(message, "diagnostics");
  const reason = diagnostics === null ? null : ownObject(diagnostics, "cache_miss_reason");
  return reason === null ? null : ownText(reason, "type");
}
