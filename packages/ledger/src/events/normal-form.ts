import type { RequestFailed, ResponseRecorded } from "./event.ts";
import {
  isContext,
  isCount,
  isCountOrNull,
  isEmptyList,
  isFields,
  isHash,
  isIds,
  isLabels,
  isListOf,
  isName,
  isNameOrNull,
  isSources,
  isTextOrNull,
  isTimestamp,
  isTiming,
  type Fields,
} from "./normal-fields.ts";

/**
 * Whether a value is a request's end exactly as the schema would give it back, so that it need not go through the schema,
 * which takes longer than everything else that an append does to an event.
 *
 * False says nothing: the value may still be valid, or be made so.
 */
export function isNormalRequest(value: unknown): value is ResponseRecorded | RequestFailed {
  return (
    isFields(value) &&
    isName(value["id"]) &&
    value["version"] === 1 &&
    isTimestamp(value["occurredAt"]) &&
    isSources(value["sources"]) &&
    (isCompleted(value) || isInterrupted(value) ? isResponse(value) : isFailed(value))
  );
}

function isResponse(value: Fields): boolean {
  return (
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
    (value["prompt"] === undefined ? !Object.hasOwn(value, "prompt") : isPrompt(value["prompt"])) &&
    hasNormalLimits(value)
  );
}

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

function isFailed(value: Fields): boolean {
  return (
    value["type"] === "RequestFailed" &&
    isIds(value["ids"]) &&
    isNameOrNull(value["requestedModel"]) &&
    (value["cost"] === "free" || value["cost"] === "unknown") &&
    isCountOrNull(value["status"]) &&
    isName(value["errorType"]) &&
    isCountOrNull(value["attempt"]) &&
    isTiming(value["timing"]) &&
    isContext(value["context"]) &&
    isLabels(value["labels"]) &&
    hasNormalLimits(value)
  );
}

function hasNormalLimits(value: Fields): boolean {
  return value["rateLimits"] === undefined ? !Object.hasOwn(value, "rateLimits") : isLabels(value["rateLimits"]);
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
    value === "unknown-iteration-type" ||
    value === "details-not-reported"
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
    (value["temperature"] === null || Number.isFinite(value["temperature"])) &&
    isAbsentOr(value, "toolChoice", isToolChoice) &&
    isAbsentOr(value, "outputFormat", (given) => given === true) &&
    isAbsentOr(value, "promptBytes", isCount)
  );
}

function isAbsentOr(fields: Fields, name: string, is: (value: unknown) => boolean): boolean {
  const value = fields[name];
  return value === undefined ? !Object.hasOwn(fields, name) : is(value);
}

function isToolChoice(value: unknown): boolean {
  return value === "auto" || value === "any" || value === "tool" || value === "none";
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

function isPayer(value: unknown): boolean {
  return value === "self" || value === "user-profile" || value === "nobody";
}
