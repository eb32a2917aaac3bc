import { InvalidUsageError } from "../errors.ts";
import { billedParts, type Iteration } from "./billed-parts.ts";
import { isFields, ownField, readCount, readFields, readText, readTokens, type Fields } from "./read-tokens.ts";
import { promptTokens, totalTokens, type Usage, type UsageNote } from "./usage.ts";

/** What the response says besides its usage object; it decides who pays. */
export interface ConvertUsageOptions {
  readonly stopReason?: string | null;
  /** How many content blocks the response holds; null or absent where unknown. */
  readonly outputBlocks?: number | null;
}

export interface ConvertedUsage {
  readonly usage: Usage;
  /** `nobody`: the request was refused before any output, which is free; its tokens are shown all the same. */
  readonly billedTo: "self" | "nobody";
}

/** Output of a response that shows none: `message_start` counts a few tokens before anything is generated. */
const PLACEHOLDER_OUTPUT_MAX = 8;

/** Stands for an advisor the usage does not name. No card has this id, so it is unpriced, not mispriced. */
const UNNAMED_ADVISOR = "<unnamed advisor>";

/**
 * Converts the usage object of an API response into billed, disjoint token buckets.
 *
 * @throws InvalidUsageError naming the field, for what is no usage object, or has a count that is negative,
 *   fractional, not a number or beyond 2^53 - 1
 */
export function convertUsage(raw: unknown, options: ConvertUsageOptions = {}): ConvertedUsage {
  if (!isFields(raw)) throw new InvalidUsageError("", "expected an object");
  const { iterations, notes } = readIterations(raw);
  const billed = billedParts(readTokens(raw, ""), iterations);
  const details = readFields(raw, "output_tokens_details", "");
  const tools = readFields(raw, "server_tool_use", "");
  // In the order of canonical JSON, which is then written faster.
  const usage: Usage = {
    inferenceGeo: readText(raw, "inference_geo", ""),
    notes: billed.notes.length + notes.length === 0 ? [] : [...new Set([...billed.notes, ...notes])],
    parts: billed.parts,
    raw,
    serviceTier: readText(raw, "service_tier", ""),
    speed: readText(raw, "speed", ""),
    thinkingTokens: details && readCount(details, "thinking_tokens", "output_tokens_details."),
    webFetchRequests: (tools && readCount(tools, "web_fetch_requests", "server_tool_use.")) ?? 0,
    webSearchRequests: (tools && readCount(tools, "web_search_requests", "server_tool_use.")) ?? 0,
  };
  const total = totalTokens(usage);
  if (!Number.isSafeInteger(promptTokens(total) + total.output)) {
    throw new InvalidUsageError("input_tokens", "all tokens together are more than 2^53 - 1");
  }
  const nothingShown = options.outputBlocks === 0 && total.output <= PLACEHOLDER_OUTPUT_MAX;
  const refusedFirst = options.stopReason === "refusal" && (nothingShown || total.output === 0);
  return { usage, billedTo: refusedFirst ? "nobody" : "self" };
}

function readIterations(raw: Fields): {
  readonly iterations: readonly Iteration[];
  readonly notes: readonly UsageNote[];
} {
  const entries = ownField(raw, "iterations") ?? [];
  if (!Array.isArray(entries)) throw new InvalidUsageError("iterations", "expected a list");
  const iterations: Iteration[] = [];
  const notes: UsageNote[] = [];
  entries.forEach((entry: unknown, index) => {
    const path = `iterations.${String(index)}`;
    if (!isFields(entry)) throw new InvalidUsageError(path, "expected an object");
    const kind = ownField(entry, "type");
    if (kind !== "message" && kind !== "compaction" && kind !== "advisor_message" && kind !== "fallback_message") {
      notes.push("unknown-iteration-type");
      return;
    }
    const named = readText(entry, "model", `${path}.`);
    const model = named ?? (kind === "advisor_message" ? UNNAMED_ADVISOR : null);
    iterations.push({ index, kind, model, reading: readTokens(entry, `${path}.`) });
  });
  return { iterations, notes };
}
