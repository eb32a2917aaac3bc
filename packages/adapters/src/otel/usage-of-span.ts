import { convertUsage, type ConvertedUsage, InvalidUsageError, type UsageNote } from "@farthing/ledger";
import { ownWord } from "../capture/own-word.ts";
import { type JsonObject, ownValue } from "../ndjson/json-object.ts";
import { ATTRIBUTES, ownTexts, USAGE_ATTRIBUTES } from "./attributes.ts";

export interface SpanUsage extends ConvertedUsage {
  /** Whether the span may leave out passes over a model that the API lists, and bills, beside the total. */
  readonly mayHaveMore: boolean;
}

/** Betas whose responses can list passes of other models, which a span does not tell. */
const BETAS_WITH_PASSES = /advisor|fallback|compact/;

/**
 * The usage that a span tells; null where its counts contradict each other.
 *
 * A span counts all prompt tokens as one, so those that were not cached are what is left of them. Speed, geography and
 * uses of server tools are not told. Of compactions only sums are, which cannot be sorted into buckets: a response that
 * had some is not priced from its span.
 */
export function usageOfSpan(attributes: JsonObject, stopReason: string | null): SpanUsage | null {
  const converted = convertedOrNull(inApiWords(attributes), stopReason);
  if (converted === null) return null;
  const told = Object.entries(attributes).filter(([name]) => USAGE_NAMES.has(name));
  const hasCompactions = told.some(([name]) => COMPACTION_NAMES.has(name));
  const notes: readonly UsageNote[] = [
    ...converted.usage.notes,
    ...(hasCompactions ? (["unknown-iteration-type"] as const) : []),
    "details-not-reported",
  ];
  return {
    ...converted,
    usage: { ...converted.usage, notes, raw: Object.fromEntries(told) },
    mayHaveMore: hasCompactions || ownTexts(attributes, ATTRIBUTES.betas).some((beta) => BETAS_WITH_PASSES.test(beta)),
  };
}

const USAGE_NAMES = new Set<string>(Object.values(USAGE_ATTRIBUTES));
const COMPACTION_NAMES = new Set<string>([USAGE_ATTRIBUTES.compactionInput, USAGE_ATTRIBUTES.compactionOutput]);

/** The usage object that the span was made from, as far as the span tells it. */
function inApiWords(attributes: JsonObject): unknown {
  // Whatever number there is: one that is no count makes the whole usage none.
  const count = (name: string): number | null => {
    const value = ownValue(attributes, name);
    return typeof value === "number" ? value : null;
  };
  const [reads, writes] = [count(USAGE_ATTRIBUTES.cacheRead), count(USAGE_ATTRIBUTES.cacheWrite)];
  const [write5m, write1h] = [count(USAGE_ATTRIBUTES.cacheWrite5m), count(USAGE_ATTRIBUTES.cacheWrite1h)];
  const prompt = count(USAGE_ATTRIBUTES.promptTokens);
  return {
    input_tokens: prompt === null ? null : prompt - (reads ?? 0) - (writes ?? 0),
    cache_read_input_tokens: reads,
    cache_creation_input_tokens: writes,
    cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h },
    output_tokens: count(USAGE_ATTRIBUTES.output),
    output_tokens_details: { thinking_tokens: count(USAGE_ATTRIBUTES.thinking) },
    service_tier: ownWord(attributes, USAGE_ATTRIBUTES.serviceTier),
  };
}

function convertedOrNull(raw: unknown, stopReason: string | null): ConvertedUsage | null {
  try {
    return convertUsage(raw, { stopReason });
  } catch (error) {
    if (error instanceof InvalidUsageError) return null;
    throw error;
  }
}
