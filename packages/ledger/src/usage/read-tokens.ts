import { InvalidUsageError } from "../errors.ts";
import type { TokenBuckets, UsageNote } from "./usage.ts";

/** The fields of a JSON object. Only own fields are read, so a `__proto__` key means nothing. */
export type Fields = Readonly<Record<string, unknown>>;

/** The tokens of one usage object, or of one of its iterations. */
export interface TokenReading {
  readonly tokens: TokenBuckets;
  /** What had to be decided about cache writes; null where the object says it all. */
  readonly note: UsageNote | null;
  /** Whether some writes are counted as five-minute writes for want of their real lifetime. */
  readonly lifetimesAssumed: boolean;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of an object; undefined where it is absent or inherited. */
export function ownField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/**
 * A count of tokens or tool uses; null where it is absent or null.
 *
 * @param path where `fields` stands in the usage object, such as `iterations.0.`
 * @throws InvalidUsageError where it is no whole number from 0 to 2^53 - 1
 */
export function readCount(fields: Fields, name: string, path: string): number | null {
  const value = ownField(fields, name);
  if (value === undefined || value === null) return null;
  const field = path + name;
  if (typeof value !== "number") throw new InvalidUsageError(field, `expected a number, not ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidUsageError(field, `expected a whole number from 0 to 2^53 - 1, not ${String(value)}`);
  }
  return value === 0 ? 0 : value;
}

/** A nested object; null where it is absent or null. */
export function readFields(fields: Fields, name: string, path: string): Fields | null {
  const value = ownField(fields, name);
  if (value === undefined || value === null) return null;
  if (!isFields(value)) throw new InvalidUsageError(path + name, `expected an object, not ${describe(value)}`);
  return value;
}

/** A text; null where it is absent, null or empty, which is how some clients write "not reported". */
export function readText(fields: Fields, name: string, path: string): string | null {
  const value = ownField(fields, name);
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string") throw new InvalidUsageError(path + name, `expected text, not ${describe(value)}`);
  return value;
}

/**
 * Sorts the API's token counts into disjoint buckets.
 *
 * Cache writes come as a total and, on newer responses, a split by lifetime. A streamed response can report a
 * later total beside an earlier split; the writes that the API adds by itself live five minutes, so what the
 * split leaves open is counted so.
 *
 * @throws InvalidUsageError naming the field, also where no token field is present at all
 */
export function readTokens(fields: Fields, path: string): TokenReading {
  const input = readCount(fields, "input_tokens", path);
  const output = readCount(fields, "output_tokens", path);
  const writes = readCount(fields, "cache_creation_input_tokens", path);
  const reads = readCount(fields, "cache_read_input_tokens", path);
  const split = readFields(fields, "cache_creation", path);
  const write5m = split && readCount(split, "ephemeral_5m_input_tokens", `${path}cache_creation.`);
  const write1h = split && readCount(split, "ephemeral_1h_input_tokens", `${path}cache_creation.`);
  if ((input ?? output ?? writes ?? reads ?? write5m ?? write1h) === null)
    throw new InvalidUsageError(`${path}input_tokens`, "missing, and so is every other count");

  const hasSplit = typeof write5m === "number" || typeof write1h === "number";
  const splitTotal = (write5m ?? 0) + (write1h ?? 0);
  const remainder = (writes ?? splitTotal) - splitTotal;
  const tokens = {
    cacheRead: reads ?? 0,
    cacheWrite1h: write1h ?? 0,
    cacheWrite5m: (write5m ?? 0) + Math.max(remainder, 0),
    output: output ?? 0,
    uncachedInput: input ?? 0,
  };
  const note =
    remainder < 0
      ? "cache-write-split-exceeds-total"
      : remainder === 0
        ? null
        : hasSplit
          ? "cache-write-remainder-assumed-5m"
          : "cache-write-lifetime-assumed-5m";
  return { tokens, note, lifetimesAssumed: remainder > 0 };
}

function describe(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}
