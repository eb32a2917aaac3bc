import type { TrafficRequest } from "../../replay/simulated-traffic.ts";
import { InputError } from "../command-errors.ts";

/** The number of a prefix has to fit into 32 bits beside 0, which stands for none. */
const HASH_ID_MAX = 2 ** 32 - 2;

/** A request of a trace in the form of Mooncake's. */
export interface TrafficLine extends TrafficRequest {
  readonly outputTokens: number;
}

/**
 * Reads a line `{timestamp, input_length, output_length, hash_ids}`.
 *
 * @param where Names the line in errors.
 * @throws InputError for what is no such line, or has another number of blocks than its length makes.
 */
export function parseTrafficLine(text: string, blockTokens: number, where: string): TrafficLine {
  const line = fieldsOf(text, where);
  const startedAt = wholeNumber(line["timestamp"], "timestamp: expected whole milliseconds", where);
  const promptTokens = wholeNumber(line["input_length"], "input_length: expected a whole number of tokens", where);
  const outputTokens = wholeNumber(line["output_length"], "output_length: expected a whole number of tokens", where);
  const prefixes = prefixesOf(line["hash_ids"], where);
  // A trace may name full blocks alone; what is left over then has no name, and is never cached.
  const full = Math.floor(promptTokens / blockTokens);
  if (prefixes.length !== full && prefixes.length !== Math.ceil(promptTokens / blockTokens)) {
    const blocks = `${String(prefixes.length)} blocks of ${String(blockTokens)} tokens`;
    throw new InputError(
      `${where}: hash_ids: ${blocks} do not make ${String(promptTokens)} tokens; see --block-tokens`,
    );
  }
  return { startedAt, promptTokens, outputTokens, prefixes };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(text: string, where: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`${where}: this is not JSON: ${why}`, { cause: error });
  }
  if (isFields(value)) return value;
  throw new InputError(`${where}: expected an object {"timestamp","input_length","output_length","hash_ids"}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wholeNumber(value: unknown, expected: string, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InputError(`${where}: ${expected}`);
}

/** The trace counts from 0. */
function prefixesOf(ids: unknown, where: string): readonly number[] {
  if (!Array.isArray(ids)) throw new InputError(`${where}: hash_ids: expected a list of whole numbers`);
  const prefixes: number[] = [];
  for (const id of ids as readonly unknown[]) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > HASH_ID_MAX) {
      throw new InputError(`${where}: hash_ids: expected whole numbers up to ${String(HASH_ID_MAX)}`);
    }
    prefixes.push(id + 1);
  }
  return prefixes;
}
