import { isJsonObject, ownObject, ownValue, type JsonObject } from "../ndjson/json-object.ts";
import { ownWord } from "./own-word.ts";

/** What of a message is recorded: nothing of its content. */
export interface AnsweredMessage {
  readonly id: string | null;
  readonly model: string | null;
  /** The API's usage object: a copy, which nobody else can change. */
  readonly usage: JsonObject;
  readonly stopReason: string | null;
  /** How many content blocks it holds; null where unknown. */
  readonly outputBlocks: number | null;
  readonly cacheMissReason: string | null;
}

/** What of a message is recorded; null for what is no message, or has no usage. */
export function readMessage(value: unknown): AnsweredMessage | null {
  if (!isJsonObject(value)) return null;
  const usage = ownObject(value, "usage");
  if (usage === null) return null;
  const content = ownValue(value, "content");
  const diagnostics = ownObject(value, "diagnostics");
  const reason = diagnostics === null ? null : ownObject(diagnostics, "cache_miss_reason");
  return {
    id: ownWord(value, "id"),
    model: ownWord(value, "model"),
    usage: copyOf(usage, COPY_LEVELS) as JsonObject,
    stopReason: ownWord(value, "stop_reason"),
    outputBlocks: Array.isArray(content) ? content.length : null,
    cacheMissReason: reason === null ? null : ownWord(reason, "type"),
  };
}

/** Usage objects are three levels deep; deeper ones are no usage, and must not fill a stack. */
const COPY_LEVELS = 8;

function copyOf(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((item) => copyOf(item, levels - 1));
  const copy: Record<string, unknown> = {};
  // In the order of canonical JSON, in which they are written faster.
  for (const name of inOrder(Object.keys(value))) {
    if (name !== "__proto__") copy[name] = copyOf((value as JsonObject)[name], levels - 1);
  }
  return copy;
}

/** By their number, names as they came last and in order: the API gives an object the same ones every time. */
const ORDERS: { readonly names: readonly string[]; readonly sorted: readonly string[] }[] = [];
const NAMES_MAX = 64;

function inOrder(names: readonly string[]): readonly string[] {
  const known = ORDERS[names.length];
  if (known?.names.every((name, index) => name === names[index]) === true) return known.sorted;
  const sorted = names.toSorted();
  if (names.length <= NAMES_MAX) ORDERS[names.length] = { names, sorted };
  return sorted;
}

/** A message whose stream goes on to report usage: later counts replace earlier ones, and what is null says nothing. */
export function withDelta(message: AnsweredMessage, event: JsonObject): AnsweredMessage {
  const delta = ownObject(event, "delta");
  const usage: Record<string, unknown> = { ...message.usage };
  for (const [name, value] of Object.entries(ownObject(event, "usage") ?? {})) {
    if (value !== null && name !== "__proto__") usage[name] = value;
  }
  return {
    ...message,
    usage,
    stopReason: (delta === null ? null : ownWord(delta, "stop_reason")) ?? message.stopReason,
  };
}
