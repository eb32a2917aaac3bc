import { GROUP_KEYS, parseGroupKey, type Condition, type GroupKey } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";

/**
 * Reads `KEY=VALUE` conditions. An empty value keeps requests that have none.
 *
 * @throws UsageError naming the flag, for a missing `=` or an unknown key.
 */
export function parseWhere(flags: readonly string[]): readonly Condition[] {
  return flags.map((text) => {
    const equals = text.indexOf("=");
    if (equals === -1) throw new UsageError(`--where "${text}": expected KEY=VALUE, such as model=claude-opus-5`);
    const value = text.slice(equals + 1);
    return { key: toKey(text.slice(0, equals), "--where"), value: value === "" ? null : value };
  });
}

/**
 * Reads a comma-separated list of dimensions.
 *
 * @throws UsageError for an unknown one, or one given twice.
 */
export function parseBy(flags: readonly string[]): readonly GroupKey[] {
  const keys = flags
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => toKey(text, "--by"));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new UsageError(`--by: "${twice}" is given twice`);
  return keys;
}

function toKey(text: string, flag: string): GroupKey {
  const key = parseGroupKey(text);
  if (key === null) {
    throw new UsageError(`${flag}: "${text}" is not a dimension; choose from ${GROUP_KEYS.join(", ")}, label:NAME`);
  }
  return key;
}
