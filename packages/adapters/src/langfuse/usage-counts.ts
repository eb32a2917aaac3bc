import type { Unclear } from "../import/record-reading.ts";
import { plainWord } from "../import/plain-word.ts";
import { sameCount, toldCount } from "../import/told-count.ts";
import { type JsonObject, ownValue } from "../ndjson/json-object.ts";

/** What a generation counts, by the kinds that Claude's usage has. */
export interface UsageCounts {
  readonly input: number;
  readonly output: number;
  /** Null where nothing is said of reads. */
  readonly reads: number | null;
  /** All writes to the cache, whatever their lifetime. */
  readonly writes: number;
  readonly write5m: number | null;
  readonly write1h: number | null;
  readonly total: number | null;
  /** Whether no count of cached tokens is there at all. */
  readonly cacheUntold: boolean;
  /** Whether Langfuse or an SDK took cached tokens off `input`, by the names they then have. */
  readonly isSubtracted: boolean;
}

const READS = ["cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cache_read_tokens"];
const WRITES = ["cache_creation_input_tokens", "input_cache_creation", "input_cache_write"];
const WRITES_5M = ["input_cache_creation_5m", "cache_creation_5m_input_tokens"];
const WRITES_1H = ["input_cache_creation_1h", "cache_creation_1h_input_tokens"];
/** Parts of the output that Langfuse counts apart from the rest of it. */
const THINKING = ["output_reasoning_tokens", "output_reasoning"];
/** What the integrations of other libraries call cached tokens that they, or Langfuse, took off the input. */
const SUBTRACTED = ["input_cached_tokens", "input_cache_write", ...WRITES_5M, ...WRITES_1H];

const KNOWN: ReadonlySet<string> = new Set([
  "input",
  "output",
  "total",
  "unit",
  ...READS,
  ...WRITES,
  ...WRITES_5M,
  ...WRITES_1H,
  ...THINKING,
]);

/** The counts of a generation, or why they cannot be read. Names as in the sources that `usageOfGeneration` names. */
export function readCounts(details: JsonObject): UsageCounts | Unclear {
  const unknown = Object.keys(details).find((name) => !KNOWN.has(name) && toldCount(ownValue(details, name)) !== 0);
  if (unknown !== undefined) {
    return {
      reason: "unknown-count",
      field: null,
      why: `usageDetails has a count that is not known: ${plainWord(unknown) ?? "its name is no plain one"}`,
    };
  }
  const count = (...names: readonly string[]): number | null => sameCount(names.map((name) => ownValue(details, name)));
  const [input, answer] = [count("input"), count("output")];
  if (input === null || answer === null) {
    return { reason: "no-usage", field: null, why: "no input and output in usageDetails" };
  }
  const [rest, write5m, write1h] = [count(...WRITES), count(...WRITES_5M), count(...WRITES_1H)];
  const counts: UsageCounts = {
    input,
    output: answer + (count(...THINKING) ?? 0),
    reads: count(...READS),
    // A split is told beside what is left of the writes.
    writes: (rest ?? 0) + (write5m ?? 0) + (write1h ?? 0),
    write5m,
    write1h,
    total: count("total"),
    cacheUntold: [...READS, ...WRITES, ...WRITES_5M, ...WRITES_1H].every((name) => !Object.hasOwn(details, name)),
    isSubtracted: SUBTRACTED.some((name) => (toldCount(ownValue(details, name)) ?? 0) !== 0),
  };
  if (Object.values(counts).some((each) => Number.isNaN(each))) {
    return {
      reason: "impossible-counts",
      field: null,
      why: "counts of tokens that are none, or differ under two names",
    };
  }
  return counts;
}
