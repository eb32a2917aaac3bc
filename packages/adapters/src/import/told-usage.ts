import type { ConvertedUsage } from "@farthing/ledger";
import { type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";
import type { Skip } from "./skip.ts";
import { usageOrSkip } from "./usage-or-skip.ts";

/** What a record tells of a call's tokens, in the API's sense of each name but the prompt's. */
export interface ToldCounts {
  readonly uncachedInput: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** How the writes are split by lifetime; null where that is not told. */
  readonly cacheWrite5m: number | null;
  readonly cacheWrite1h: number | null;
  readonly output: number;
}

/** Words of the API's own usage that decide a price, as the record passes them on. */
export interface ToldTerms {
  readonly serviceTier: string | null;
  readonly inferenceGeo: string | null;
  readonly speed: string | null;
  readonly webSearchRequests: number | null;
  readonly webFetchRequests: number | null;
}

const WORD = /^[\w-]{1,40}$/;

/** Those of an object that carries them under the API's names. */
export function toldTerms(from: JsonObject): ToldTerms {
  const word = (name: string): string | null => {
    const text = ownText(from, name);
    return text !== null && WORD.test(text) ? text : null;
  };
  const tools = ownObject(from, "server_tool_use") ?? {};
  const uses = (name: string): number | null => {
    const count = ownValue(tools, name);
    return typeof count === "number" ? count : null;
  };
  return {
    serviceTier: word("service_tier"),
    inferenceGeo: word("inference_geo"),
    speed: word("speed"),
    webSearchRequests: uses("web_search_requests"),
    webFetchRequests: uses("web_fetch_requests"),
  };
}

/**
 * The usage that a record's counts stand for.
 *
 * @param raw what the record told, as it is kept: numbers and single words alone
 */
export function toldUsage(counts: ToldCounts, terms: ToldTerms, raw: JsonObject): ConvertedUsage | Skip {
  const { serviceTier, inferenceGeo, speed, webSearchRequests, webFetchRequests } = terms;
  const converted = usageOrSkip(
    {
      input_tokens: counts.uncachedInput,
      cache_read_input_tokens: counts.cacheRead,
      cache_creation_input_tokens: counts.cacheWrite,
      cache_creation: {
        ephemeral_5m_input_tokens: counts.cacheWrite5m,
        ephemeral_1h_input_tokens: counts.cacheWrite1h,
      },
      output_tokens: counts.output,
      service_tier: serviceTier,
      inference_geo: inferenceGeo,
      speed,
      server_tool_use: { web_search_requests: webSearchRequests, web_fetch_requests: webFetchRequests },
    },
    "usage",
    {},
  );
  if ("reason" in converted) return converted;
  const isTold = inferenceGeo !== null || speed !== null;
  const notes = isTold ? converted.usage.notes : [...converted.usage.notes, "details-not-reported" as const];
  return { ...converted, usage: { ...converted.usage, notes, raw } };
}

/** Numbers and single words of an object, as deep as usage objects go: no text that anybody wrote is among them. */
export function numbersAndWords(from: JsonObject, levels = 4): JsonObject {
  return Object.fromEntries(
    Object.entries(from).flatMap(([name, value]): readonly (readonly [string, unknown])[] => {
      if (!/^[\w.:-]{1,80}$/.test(name) || name === "__proto__") return [];
      if (typeof value === "number") return [[name, value]];
      if (typeof value === "string") return WORD.test(value) && !/^(?:sk|pk)-/.test(value) ? [[name, value]] : [];
      const inner = levels > 0 ? ownObject(from, name) : null;
      return inner === null ? [] : [[name, numbersAndWords(inner, levels - 1)]];
    }),
  );
}
