import type { ConvertedUsage, PriceBook } from "@farthing/ledger";
import { decimalUsd } from "../import/decimal-usd.ts";
import { objectInside } from "../import/json-inside.ts";
import type { Unclear } from "../import/record-reading.ts";
import { sameCount, toldCount } from "../import/told-count.ts";
import { numbersAndWords, toldTerms, toldUsage } from "../import/told-usage.ts";
import { readingOfCost } from "../import/uncached-input.ts";
import { usageOrSkip } from "../import/usage-or-skip.ts";
import { type JsonObject, ownObject, ownValue } from "../ndjson/json-object.ts";
import type { LitellmRecord } from "./record.ts";

/** What LiteLLM tells of a call's tokens. */
interface Told {
  readonly prompt: number;
  readonly output: number;
  /** Null where nothing is said of the cache. */
  readonly reads: number | null;
  readonly writes: number | null;
  readonly write5m: number | null;
  readonly write1h: number | null;
  /** The prompt without cached tokens, which newer releases tell apart. */
  readonly text: number | null;
}

/**
 * The usage a row tells, or why it is not clear.
 *
 * Whether `prompt_tokens` has cached tokens in it depends on the release: neither, reads alone, or reads and writes
 * (`calculate_usage` in BerriAI/litellm, `litellm/llms/anthropic/chat/transformation.py`). It is settled by
 * `text_tokens`, which is the API's own `input_tokens`; else by there being one possibility alone; else by the stated
 * cost, where it is the price of one of them alone.
 */
export function usageOfLitellm(record: LitellmRecord, book: PriceBook): ConvertedUsage | Unclear {
  const usage = usageObject(record);
  if (isOfApi(usage)) {
    const converted = usageOrSkip(usage, "usage", {});
    if ("reason" in converted) return unclear("impossible-counts", converted.why);
    return { ...converted, usage: { ...converted.usage, raw: numbersAndWords(usage) } };
  }
  const told = toldOf(usage);
  if (told === null) return unclear("no-usage", "no prompt_tokens and completion_tokens");
  if (Object.values(told).some((count) => Number.isNaN(count))) {
    return unclear("impossible-counts", "counts of tokens that are none, or differ under two names");
  }
  if (told.prompt === 0 && told.output === 0) return unclear("no-usage", "no tokens at all");
  return fromPrompt(told, usage, record, book);
}

function fromPrompt(
  told: Told,
  usage: JsonObject,
  { call, stated }: LitellmRecord,
  book: PriceBook,
): ConvertedUsage | Unclear {
  const [reads, writes] = [told.reads ?? 0, told.writes ?? 0];
  const terms = toldTerms(usage);
  const raw = numbersAndWords(usage);
  const possible = [...new Set([told.prompt, told.prompt - reads, told.prompt - reads - writes])].filter((n) => n >= 0);
  const readings = possible.flatMap((uncachedInput) => {
    const { write5m: cacheWrite5m, write1h: cacheWrite1h, output } = told;
    const counts = { uncachedInput, cacheRead: reads, cacheWrite: writes, cacheWrite5m, cacheWrite1h, output };
    const converted = toldUsage(counts, terms, raw);
    return "reason" in converted ? [] : [{ uncachedInput, usage: converted.usage, converted }];
  });
  const usd = decimalUsd(stated);
  const at = call.endedAt ?? call.startedAt;
  const cost = usd === null || usd === "0" ? null : { usd, model: call.model, at, book };
  if (told.reads === null && told.writes === null) {
    const [only] = readingOfCost(readings, cost) === null ? [] : readings;
    if (only !== undefined) return only.converted;
    return unclear("cache-not-told", "it tells no cached tokens, and its cost is not that of a prompt without any");
  }
  const [first, ...others] = readings;
  if (first === undefined) return unclear("impossible-counts", "the counts cannot be billed");
  const settled =
    readings.find(({ uncachedInput }) => uncachedInput === told.text) ??
    (others.length === 0 ? first : readingOfCost(readings, cost));
  if (settled !== null) return settled.converted;
  const why = `prompt_tokens ${String(told.prompt)} may or may not count ${String(reads)} read and ${String(writes)} written to the cache`;
  return unclear("cached-input-unclear", why);
}

/** Where releases put it, the fullest first. */
function usageObject({ row, metadata }: LitellmRecord): JsonObject {
  const whole =
    objectInside(metadata, "usage_object") ??
    ownObject(ownObject(row, "hidden_params") ?? {}, "usage_object") ??
    ownObject(objectInside(row, "response") ?? {}, "usage");
  if (whole !== null && Object.keys(whole).length > 0) return whole;
  const { prompt_tokens, completion_tokens, total_tokens } = row;
  return { ...objectInside(metadata, "additional_usage_values"), prompt_tokens, completion_tokens, total_tokens };
}

/** Whether an object is the API's own: its names, and not those of OpenAI's responses, whose input has cached tokens in it. */
function isOfApi(usage: JsonObject): boolean {
  const has = (name: string): boolean => toldCount(ownValue(usage, name)) !== null;
  const isOpenAi = has("prompt_tokens") || ownObject(usage, "input_tokens_details") !== null;
  return has("input_tokens") && !isOpenAi && (has("cache_read_input_tokens") || has("cache_creation_input_tokens"));
}

function toldOf(usage: JsonObject): Told | null {
  const count = (...names: readonly string[]): number | null => sameCount(names.map((name) => ownValue(usage, name)));
  const details = ownObject(usage, "prompt_tokens_details") ?? ownObject(usage, "input_tokens_details") ?? {};
  const detail = (name: string): unknown => ownValue(details, name);
  const split = ownObject(details, "cache_creation_token_details") ?? ownObject(usage, "cache_creation") ?? {};
  const [prompt, output] = [count("prompt_tokens", "input_tokens"), count("completion_tokens", "output_tokens")];
  if (prompt === null || output === null) return null;
  return {
    prompt,
    output,
    reads: sameCount([ownValue(usage, "cache_read_input_tokens"), detail("cached_tokens")]),
    writes: sameCount([
      ownValue(usage, "cache_creation_input_tokens"),
      detail("cache_creation_tokens"),
      detail("cache_write_tokens"),
    ]),
    write5m: toldCount(ownValue(split, "ephemeral_5m_input_tokens")),
    write1h: toldCount(ownValue(split, "ephemeral_1h_input_tokens")),
    text: toldCount(detail("text_tokens")),
  };
}

function unclear(reason: Unclear["reason"], why: string): Unclear {
  return { reason, field: null, why };
}
