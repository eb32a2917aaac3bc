import { type ConvertedUsage, convertUsage, type ConvertUsageOptions, InvalidUsageError } from "@farthing/ledger";
import { isDeeperThan, type JsonObject } from "../ndjson/json-object.ts";
import type { Skip } from "./skip.ts";

/** The API's own go three levels down. */
const USAGE_LEVELS_MAX = 32;

/**
 * What a usage object from outside bills, or why it cannot be billed.
 *
 * @param path where it stands in its record, such as `message.usage`
 */
export function usageOrSkip(raw: JsonObject, path: string, options: ConvertUsageOptions): ConvertedUsage | Skip {
  if (isDeeperThan(raw, USAGE_LEVELS_MAX)) {
    const why = `nested more than ${String(USAGE_LEVELS_MAX)} levels deep`;
    return { reason: "invalid-usage", field: path, why };
  }
  try {
    return convertUsage(raw, options);
  } catch (error) {
    if (!(error instanceof InvalidUsageError)) throw error;
    return { reason: "invalid-usage", field: error.field === "" ? path : `${path}.${error.field}`, why: error.message };
  }
}
