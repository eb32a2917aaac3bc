import { type ConvertedUsage, type PriceBook, totalTokens } from "@farthing/ledger";
import { decimalUsd } from "../import/decimal-usd.ts";
import { objectInside } from "../import/json-inside.ts";
import type { Unclear } from "../import/record-reading.ts";
import { toldCount } from "../import/told-count.ts";
import { numbersAndWords, toldTerms, toldUsage } from "../import/told-usage.ts";
import { readingOfCost } from "../import/uncached-input.ts";
import { usageOrSkip } from "../import/usage-or-skip.ts";
import { type JsonObject, ownObject, ownValue } from "../ndjson/json-object.ts";
import type { LangfuseGeneration } from "./observation.ts";
import { readCounts, type UsageCounts } from "./usage-counts.ts";

/** How many tokens something counts. */
export interface Size {
  /** The prompt's, in each way that it may be counted: without cached tokens, and with all. */
  readonly prompts: readonly number[];
  readonly output: number;
}

/** A usage, and whether nothing was said of cached tokens in it. */
export interface GenerationUsage {
  readonly converted: ConvertedUsage;
  readonly cacheUntold: boolean;
}

/**
 * The usage a generation tells, or why it is not clear.
 *
 * By Langfuse's rule each kind of token is counted apart, and where no total is provided it is their sum
 * (`worker/src/services/IngestionService/index.ts` in langfuse/langfuse). Not every library that writes to it keeps to
 * that: for some `input` has cached tokens in it, and of some Langfuse takes them off once more
 * (`packages/shared/src/server/otel/OtelIngestionProcessor.ts`). So the API's own usage is taken where the metadata
 * have it; else the rule holds for what was written by no such library; else the cost that the library states must be
 * the price of one reading alone.
 */
export function usageOfGeneration(generation: LangfuseGeneration, book: PriceBook): GenerationUsage | Unclear {
  const ofApi = usageOfApi(generation.attributes);
  if (ofApi !== null) return { converted: ofApi, cacheUntold: false };
  const read = countsOf(generation.row);
  return "reason" in read ? read : settled(read.counts, read.told, generation, book);
}

/** How many tokens a generation counts, by the API's usage and by its own counts; none where nothing tells. */
export function sizesOfGeneration(row: JsonObject): readonly Size[] {
  const sizes: Size[] = [];
  const ofApi = usageOfApi(objectInside(objectInside(row, "metadata") ?? {}, "attributes"));
  if (ofApi !== null) {
    const { uncachedInput, cacheRead, cacheWrite5m, cacheWrite1h, output } = totalTokens(ofApi.usage);
    sizes.push({ prompts: [uncachedInput, uncachedInput + cacheRead + cacheWrite5m + cacheWrite1h], output });
  }
  const read = countsOf(row);
  if (!("reason" in read)) {
    const { input, reads, writes, output } = read.counts;
    sizes.push({ prompts: [input, input + (reads ?? 0) + writes], output });
  }
  return sizes;
}

function countsOf(row: JsonObject): { readonly counts: UsageCounts; readonly told: JsonObject } | Unclear {
  const details = objectInside(row, "usageDetails") ?? objectInside(row, "usage_details") ?? {};
  const provided = objectInside(row, "providedUsageDetails") ?? objectInside(row, "provided_usage_details");
  if (provided !== null && Object.keys(provided).length === 0 && Object.keys(details).length > 0) {
    return unclear("counted-elsewhere", "Langfuse counted the tokens itself; nobody told it what was billed");
  }
  const told = Object.keys(details).length > 0 ? details : (ownObject(row, "usage") ?? {});
  const counts = readCounts(told);
  if ("reason" in counts) return counts;
  if (counts.input + counts.output + (counts.reads ?? 0) + counts.writes === 0) {
    return unclear("no-usage", "no tokens at all");
  }
  return { counts, told };
}

function settled(
  counts: UsageCounts,
  told: JsonObject,
  { call, provided, hasMetadata, attributes, scope }: LangfuseGeneration,
  book: PriceBook,
): GenerationUsage | Unclear {
  const { input, output, writes, write5m, write1h } = counts;
  const reads = counts.reads ?? 0;
  const raw = numbersAndWords(told);
  const possible = [...new Set([input, input - reads, input - writes, input - reads - writes])].filter((n) => n >= 0);
  const readings = possible.flatMap((uncachedInput) => {
    const [cacheWrite5m, cacheWrite1h] = [write5m, write1h];
    const parts = { uncachedInput, cacheRead: reads, cacheWrite: writes, cacheWrite5m, cacheWrite1h, output };
    const converted = toldUsage(parts, toldTerms({}), raw);
    return "reason" in converted ? [] : [{ uncachedInput, usage: converted.usage, converted }];
  });
  const [byRule] = readings;
  if (byRule === undefined) return unclear("impossible-counts", "the counts cannot be billed");
  const answer = (reading: typeof byRule): GenerationUsage => ({
    converted: reading.converted,
    cacheUntold: counts.cacheUntold,
  });
  const usd = decimalUsd(provided);
  const cost =
    usd === null || usd === "0" ? null : { usd, model: call.model, at: call.endedAt ?? call.startedAt, book };
  if (counts.reads === null && cost !== null && readingOfCost(readings, cost) === null) {
    return unclear(
      "cache-not-told",
      "it tells no tokens read from the cache, and its stated cost is not that of a prompt without any",
    );
  }
  if (reads + writes === 0) return answer(byRule);
  const isByRule = counts.total === input + output + reads + writes;
  const keepsRule = attributes === null ? hasMetadata && !counts.isSubtracted : scope === "pydantic-ai";
  if (isByRule && keepsRule) return answer(byRule);
  const ofCost = readingOfCost(readings, cost);
  if (ofCost !== null) return answer(ofCost);
  const why = hasMetadata
    ? `input ${String(input)} may or may not count ${String(reads)} read and ${String(writes)} written to the cache`
    : "whether input counts cached tokens the metadata could tell: export the field group of metadata too";
  return unclear("cached-input-unclear", why);
}

/** The API's usage object, which the AI SDK's spans carry. */
function usageOfApi(attributes: JsonObject | null): ConvertedUsage | null {
  const metadata = objectInside(attributes ?? {}, "ai.response.providerMetadata");
  const usage = ownObject(ownObject(metadata ?? {}, "anthropic") ?? {}, "usage");
  if (usage === null || toldCount(ownValue(usage, "input_tokens")) === null) return null;
  const converted = usageOrSkip(usage, "usage", {});
  if ("reason" in converted) return null;
  return { ...converted, usage: { ...converted.usage, raw: numbersAndWords(usage) } };
}

function unclear(reason: Unclear["reason"], why: string): Unclear {
  return { reason, field: null, why };
}
