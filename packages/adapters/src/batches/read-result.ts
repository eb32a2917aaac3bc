import {
  convertUsage,
  eventIdOf,
  InvalidUsageError,
  NO_CONTEXT,
  type BatchResultRecorded,
  type CallIds,
  type RequestCompleted,
  type RequestFailed,
  type RequestRecorded,
  type Timing,
  type Timestamp,
} from "@farthing/ledger";
import { isJsonObject, ownObject, ownText, ownValue, type JsonObject } from "../ndjson/json-object.ts";

/** The result of one request of a batch. */
export interface BatchResult {
  readonly custom: string;
  readonly result: JsonObject;
}

/** When a result is taken to have been there. */
export interface ResultTime {
  readonly occurredAt: Timestamp;
  /** Whether that is only when it was read: when its batch ended is not known. */
  readonly isEstimated: boolean;
}

/** Reads a line of a batch's results; null for anything else. */
export function readResult(json: unknown): BatchResult | null {
  if (!isJsonObject(json)) return null;
  const custom = ownText(json, "custom_id");
  const result = ownObject(json, "result");
  return custom === null || result === null ? null : { custom, result };
}

/** The event that a result is, as far as it says by itself; null for a kind of result that is not known. */
export function eventOfResult(
  { custom, result }: BatchResult,
  batch: string,
  source: string,
  time: ResultTime,
): RequestCompleted | RequestFailed | BatchResultRecorded | null {
  const kind = ownText(result, "type");
  if (kind === "errored" || kind === "canceled" || kind === "expired") {
    return {
      type: "BatchResultRecorded",
      version: 1,
      id: eventIdOf({ batch, custom }),
      occurredAt: time.occurredAt,
      sources: [source],
      batch,
      custom,
      result: kind,
      errorType: kind === "errored" ? errorTypeOf(result) : null,
    };
  }
  const message = kind === "succeeded" ? ownObject(result, "message") : null;
  return message === null ? null : responseOf(message, { batch, custom }, source, time);
}

/** An answer was billed, whatever its usage looks like: where that cannot be read, at an unknown cost. */
function responseOf(
  message: JsonObject,
  { batch, custom }: Readonly<Record<"batch" | "custom", string>>,
  source: string,
  { occurredAt, isEstimated }: ResultTime,
): RequestCompleted | RequestFailed {
  const ids: CallIds = {
    message: ownText(message, "id"),
    request: null,
    workspace: null,
    batch,
    custom,
    previousMessage: null,
  };
  const timing: Timing = {
    startedAt: null,
    startedAtProvenance: "missing",
    occurredAtProvenance: isEstimated ? "estimated" : "derived",
    firstTokenAt: null,
  };
  const shared = {
    version: 1 as const,
    id: eventIdOf(ids),
    occurredAt,
    sources: [source],
    requestedModel: null,
    ids,
    timing,
    attempt: null,
    context: NO_CONTEXT,
    labels: {},
  };
  const servedModel = ownText(message, "model");
  const converted = convertedUsage(message);
  if (converted === null || servedModel === null) {
    return { ...shared, type: "RequestFailed", cost: "unknown", status: null, errorType: "unreadable_usage" };
  }
  const { usage, billedTo } = converted;
  return {
    ...shared,
    type: "RequestCompleted",
    finality: "complete",
    servedModel,
    // Also where older answers left it out: a batch is billed at its own rates.
    usage: { ...usage, serviceTier: usage.serviceTier ?? "batch" },
    stopReason: ownText(message, "stop_reason"),
    billedTo,
    output: "final",
    request: null,
    cacheMissReason: null,
    conflicts: [],
  };
}

/** A result of a batch of which it is known now when it ended. */
export function completedAt<T extends RequestRecorded>(event: T, occurredAt: Timestamp): T {
  if (event.type === "BatchResultRecorded") return { ...event, occurredAt };
  return { ...event, occurredAt, timing: { ...event.timing, occurredAtProvenance: "derived" } };
}

function convertedUsage(message: JsonObject): ReturnType<typeof convertUsage> | null {
  const content = ownValue(message, "content");
  try {
    return convertUsage(ownValue(message, "usage"), {
      stopReason: ownText(message, "stop_reason"),
      outputBlocks: Array.isArray(content) ? content.length : null,
    });
  } catch (error) {
    if (error instanceof InvalidUsageError) return null;
    throw error;
  }
}

/** The error's own type: its answer holds one of `error` around it. */
function errorTypeOf(result: JsonObject): string | null {
  const error = ownObject(result, "error");
  if (error === null) return null;
  const inner = ownObject(error, "error") ?? error;
  const type = ownText(inner, "type");
  return type !== null && ERROR_TYPE.test(type) ? type : null;
}

/** Of a word: a text could be anybody's. */
const ERROR_TYPE = /^[a-z0-9_.-]{1,64}$/i;
