import type { CacheBreakpoint, RequestShape } from "@farthing/ledger";
import { digestPrompt, type PromptDigest } from "./prompt-digest.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a request asks for, without its text. Null for what is no request; never throws.
 *
 * @param body The request as its parameters say it.
 * @param prompt Its digest, where that has been taken already.
 */
export function shapeOf(body: unknown, prompt: PromptDigest | null = digestPrompt(body)): RequestShape | null {
  try {
    return isFields(body) ? readShape(body, prompt) : null;
  } catch {
    return null;
  }
}

function readShape(body: Fields, prompt: PromptDigest | null): RequestShape {
  const toolChoice = toolChoiceOf(body["tool_choice"]);
  const thinking = isFields(body["thinking"]) ? body["thinking"] : {};
  const config = isFields(body["output_config"]) ? body["output_config"] : {};
  const { type } = thinking;
  // In the order of canonical JSON, in which it is written faster.
  return {
    cacheBreakpoints: prompt === null ? null : breakpointsOf(prompt),
    effort: effortOf(config["effort"]),
    maxTokens: countOrNull(body["max_tokens"]),
    ...(isFields(config["format"] ?? body["output_format"]) ? { outputFormat: true } : {}),
    ...(prompt === null || prompt.mediaTokens > 0 ? {} : { promptBytes: rounded(prompt.textBytes) }),
    stream: body["stream"] === true,
    temperature: Number.isFinite(body["temperature"]) ? (body["temperature"] as number) : null,
    thinking: type === "enabled" || type === "adaptive" || type === "disabled" ? type : null,
    thinkingBudgetTokens: countOrNull(thinking["budget_tokens"]),
    ...(toolChoice === null ? {} : { toolChoice }),
    toolCount: Array.isArray(body["tools"]) ? body["tools"].length : 0,
  };
}

function toolChoiceOf(choice: unknown): NonNullable<RequestShape["toolChoice"]> | null {
  if (!isFields(choice)) return null;
  const { type } = choice;
  return type === "auto" || type === "any" || type === "tool" || type === "none" ? type : null;
}

/** To seven binary digits: so that many requests of a service share one shape, as a ledger stores each shape once. */
function rounded(bytes: number): number {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1))) - 6);
  return Math.round(bytes / unit) * unit;
}

/** In the order of the prompt, automatic caching included. */
function breakpointsOf({ blocks }: PromptDigest): CacheBreakpoint[] {
  const breakpoints: CacheBreakpoint[] = [];
  for (const { section, ttl } of blocks) {
    if (ttl !== null && breakpoints.length < BREAKPOINTS_MAX) breakpoints.push({ section, ttl });
  }
  return breakpoints;
}

/** The API takes four; a request with more fails. */
const BREAKPOINTS_MAX = 8;
/** A word of the API's: nothing else may pass as one, so that no text does. */
const EFFORT = /^[a-z][a-z0-9_]{0,31}$/;

function effortOf(effort: unknown): string | null {
  return typeof effort === "string" && EFFORT.test(effort) ? effort : null;
}

function countOrNull(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
