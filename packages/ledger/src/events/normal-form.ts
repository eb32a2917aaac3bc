import { formatInstant } from "../instant.ts";
import type { ResponseRecorded } from "./event.ts";

/**
 * Whether a value is a response exactly as the schema would give it back, so that it need not go through the schema,
 * which takes longer than everything else that an append does to an event.
 *
 * False says nothing: the value may still be valid, or be made so. Every name is written out where it is read: a table
 * of names and checks, walked through, takes several times as long.
 */
export function isNormalResponse(value: unknown): value is ResponseRecorded {
  return (
    isFields(value) &&
    (isCompleted(value) || isInterrupted(value)) &&
    isName(value["id"]) &&
    value["version"] === 1 &&
    isTimestamp(value["occurredAt"]) &&
    isSources(value["sources"]) &&
    isNameOrNull(value["requestedModel"]) &&
    isName(value["servedModel"]) &&
    isUsage(value["usage"]) &&
    isTextOrNull(value["stopReason"]) &&
    isPayer(value["billedTo"]) &&
    (value["output"] === "final" || value["output"] === "lower-bound") &&
    isIds(value["ids"]) &&
    isTiming(value["timing"]) &&
    isCountOrNull(value["attempt"]) &&
    (value["request"] === null || isShape(value["request"])) &&
    isContext(value["context"]) &&
    isLabels(value["labels"]) &&
    isTextOrNull(value["cacheMissReason"]) &&
    isEmptyList(value["conflicts"]) &&
    (value["prompt"] === undefined ? !Object.hasOwn(value, "prompt") : isPrompt(value["prompt"]))
  );
}

type Fields = Readonly<Record<string, unknown>>;

function isCompleted(value: Fields): boolean {
  return (
    value["type"] === "RequestCompleted" && (value["finality"] === "complete" || value["finality"] === "placeholder")
  );
}

function isInterrupted(value: Fields): boolean {
  return (
    value["type"] === "RequestInterrupted" &&
    value["finality"] === "interrupted" &&
    isCountOrNull(value["observedCharacters"])
  );
}

function isUsage(value: unknown): boolean {
  return (
    isFields(value) &&
    isParts(value["parts"]) &&
    isCountOrNull(value["thinkingTokens"]) &&
    isCount(value["webSearchRequests"]) &&
    isCount(value["webFetchRequests"]) &&
    isTextOrNull(value["serviceTier"]) &&
    isTextOrNull(value["inferenceGeo"]) &&
    isTextOrNull(value["speed"]) &&
    isNotes(value["notes"]) &&
    value["raw"] !== undefined
  );
}

function isParts(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  let tokens = 0;
  for (const part of value as unknown[]) {
    if (!isPart(part)) return false;
    tokens += tokensOf(part);
  }
  // Doubles may round a sum beyond 2^53, but never to below it.
  return tokens <= Number.MAX_SAFE_INTEGER;
}

function isPart(value: unknown): value is { readonly tokens: Buckets } {
  return (
    isFields(value) &&
    isPartKind(value["kind"]) &&
    isCountOrNull(value["iteration"]) &&
    isNameOrNull(value["model"]) &&
    isTokens(value["tokens"])
  );
}

function isPartKind(value: unknown): boolean {
  return (
    value === "response" ||
    value === "message" ||
    value === "compaction" ||
    value === "advisor_message" ||
    value === "fallback_message"
  );
}

function isTokens(value: unknown): boolean {
  return (
    isFields(value) &&
    isCount(value["uncachedInput"]) &&
    isCount(value["cacheWrite5m"]) &&
    isCount(value["cacheWrite1h"]) &&
    isCount(value["cacheRead"]) &&
    isCount(value["output"])
  );
}

type Buckets = Readonly<Record<"uncachedInput" | "cacheWrite5m" | "cacheWrite1h" | "cacheRead" | "output", number>>;

function tokensOf({ tokens }: { readonly tokens: Buckets }): number {
  return tokens.uncachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead + tokens.output;
}

function isNotes(value: unknown): boolean {
  return isListOf(value, isNote);
}

function isNote(value: unknown): boolean {
  return (
    value === "cache-write-lifetime-assumed-5m" ||
    value === "cache-write-remainder-assumed-5m" ||
    value === "cache-write-split-exceeds-total" ||
    value === "iterations-differ-from-total" ||
    value === "unknown-iteration-type"
  );
}

function isIds(value: unknown): boolean {
  return (
    isFields(value) &&
    isTextOrNull(value["message"]) &&
    isTextOrNull(value["request"]) &&
    isTextOrNull(value["workspace"]) &&
    isTextOrNull(value["batch"]) &&
    isTextOrNull(value["custom"]) &&
    isTextOrNull(value["previousMessage"])
  );
}

function isContext(value: unknown): boolean {
  return (
    isFields(value) &&
    isTextOrNull(value["session"]) &&
    isTextOrNull(value["project"]) &&
    isTextOrNull(value["agent"]) &&
    isTextOrNull(value["gitBranch"]) &&
    isTextOrNull(value["clientVersion"]) &&
    isTextOrNull(value["service"]) &&
    isTextOrNull(value["release"]) &&
    isTextOrNull(value["host"]) &&
    isTextOrNull(value["environment"]) &&
    isTextOrNull(value["callSite"])
  );
}

function isTiming(value: unknown): boolean {
  return (
    isFields(value) &&
    isTimestampOrNull(value["startedAt"]) &&
    isProvenance(value["startedAtProvenance"]) &&
    isProvenance(value["occurredAtProvenance"]) &&
    isTimestampOrNull(value["firstTokenAt"])
  );
}

function isShape(value: unknown): boolean {
  return (
    isFields(value) &&
    isCountOrNull(value["maxTokens"]) &&
    isThinkingOrNull(value["thinking"]) &&
    isCountOrNull(value["thinkingBudgetTokens"]) &&
    isTextOrNull(value["effort"]) &&
    (value["stream"] === null || typeof value["stream"] === "boolean") &&
    isCountOrNull(value["toolCount"]) &&
    (value["cacheBreakpoints"] === null || isListOf(value["cacheBreakpoints"], isBreakpoint)) &&
    (value["temperature"] === null || Number.isFinite(value["temperature"]))
  );
}

function isThinkingOrNull(value: unknown): boolean {
  return value === null || value === "enabled" || value === "adaptive" || value === "disabled";
}

function isBreakpoint(value: unknown): boolean {
  return isFields(value) && isSection(value["section"]) && isTtl(value["ttl"]);
}

function isPrompt(value: unknown): boolean {
  return isFields(value) && isName(value["key"]) && isListOf(value["blocks"], isBlock);
}

function isBlock(value: unknown): boolean {
  if (!isFields(value) || !isName(value["kind"]) || !isHash(value["hash"]) || !isCount(value["tokens"])) return false;
  if (value["kind"] === "omitted") return isCount(value["blocks"]);
  return (
    isSection(value["section"]) && (value["ttl"] === undefined ? !Object.hasOwn(value, "ttl") : isTtl(value["ttl"]))
  );
}

function isSection(value: unknown): boolean {
  return value === "tools" || value === "system" || value === "messages";
}

function isTtl(value: unknown): boolean {
  return value === "5m" || value === "1h";
}

function isProvenance(value: unknown): boolean {
  return value === "reported" || value === "derived" || value === "estimated" || value === "missing";
}

function isPayer(value: unknown): boolean {
  return value === "self" || value === "user-profile" || value === "nobody";
}

/** Several have to be in order, each once. */
function isSources(value: unknown): boolean {
  return Array.isArray(value) && (value.length === 0 || (value.length === 1 && isName(value[0])));
}

function isLabels(value: unknown): boolean {
  if (!isFields(value)) return false;
  for (const name in value) if (typeof value[name] !== "string") return false;
  return true;
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isNameOrNull(value: unknown): boolean {
  return value === null || isName(value);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCountOrNull(value: unknown): boolean {
  return value === null || isCount(value);
}

/** Of a day that every month has. */
const COMMON_TIMESTAMP = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** UTC with milliseconds, of a day that exists. */
function isTimestamp(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 24) return false;
  if (COMMON_TIMESTAMP.test(value)) return true;
  const instant = Date.parse(value);
  return !Number.isNaN(instant) && formatInstant(instant) === value;
}

function isTimestampOrNull(value: unknown): boolean {
  return value === null || isTimestamp(value);
}

/** 16 lower-case hexadecimal digits. */
function isHash(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 16) return false;
  for (let index = 0; index < 16; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x30 || unit > 0x66 || (unit > 0x39 && unit < 0x61)) return false;
  }
  return true;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (let index = 0; index < value.length; index += 1) if (!isItem(value[index])) return false;
  return true;
}

/** Made by braces or `JSON.parse`, and without a field that the schema refuses. */
function isFields(value: unknown): value is Fields {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, "__proto__")
  );
}
