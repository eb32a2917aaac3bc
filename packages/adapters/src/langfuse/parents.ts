import { formOf } from "../import/file-form.ts";
import { jsonRecords } from "../import/json-records.ts";
import type { RecordFile } from "../import/import-records.ts";
import { isJsonObject } from "../ndjson/json-object.ts";
import { parentOf, readGeneration } from "./observation.ts";

/**
 * Ids of observations that calls of Claude in the same files are parts of. A generation among them counts what its parts
 * count: some frameworks write one for a whole run.
 */
export async function parentsIn(files: readonly RecordFile[], lists: readonly string[]): Promise<ReadonlySet<string>> {
  const parents = new Set<string>();
  for (const file of files) {
    const { whole } = await formOf(file.open());
    for await (const group of jsonRecords(whole, lists)) {
      for (const { value } of group) {
        if (!isJsonObject(value)) continue;
        const parent = parentOf(value);
        if (parent !== null && !("reason" in readGeneration(value))) parents.add(parent);
      }
    }
  }
  return parents;
}
