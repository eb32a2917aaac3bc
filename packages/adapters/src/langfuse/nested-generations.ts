import { formOf } from "../import/file-form.ts";
import type { RecordFile } from "../import/import-records.ts";
import { jsonRecords } from "../import/json-records.ts";
import { isJsonObject, type JsonObject, ownText } from "../ndjson/json-object.ts";
import { parentOf, readGeneration } from "./observation.ts";
import { type Size, sizesOfGeneration } from "./usage-of-generation.ts";

/** A generation of any model, among those that it is within. */
export interface NestedGeneration {
  /** What it counts; several where it tells it twice, and none where that is not clear. */
  readonly sizes: readonly Size[];
  /** Whether it is imported as a call of Claude's. */
  readonly isCall: boolean;
  /** The nearest generation that it is within, however many spans are between; null where it is within none. */
  within: string | null;
}

/**
 * The generations of files, by their ids, each with the one that it is within.
 *
 * Holds the ids of all observations, for whatever lies between two generations.
 */
export async function nestedGenerations(
  files: readonly RecordFile[],
  lists: readonly string[],
): Promise<ReadonlyMap<string, NestedGeneration>> {
  const parents = new Map<string, string>();
  const generations = new Map<string, NestedGeneration>();
  const see = (row: JsonObject): void => {
    const [id, parent] = [ownText(row, "id"), parentOf(row)];
    if (id === null) return;
    if (parent !== null) parents.set(id, parent);
    if (ownText(row, "type") !== "GENERATION") return;
    const isCall = !("reason" in readGeneration(row));
    generations.set(id, { sizes: sizesOfGeneration(row), isCall, within: null });
  };
  for (const file of files) {
    const { whole } = await formOf(file.open());
    for await (const group of jsonRecords(whole, lists)) {
      for (const { value } of group) if (isJsonObject(value)) see(value);
    }
  }
  const nearest = new Map<string, string | null>();
  for (const [id, generation] of generations) generation.within = generationAbove(id, parents, generations, nearest);
  return generations;
}

/** @param nearest what was found already; without it, a long chain would be gone through from each of its links */
function generationAbove(
  id: string,
  parents: ReadonlyMap<string, string>,
  generations: ReadonlyMap<string, NestedGeneration>,
  nearest: Map<string, string | null>,
): string | null {
  const passed = new Set([id]);
  let above = parents.get(id);
  let found: string | null = null;
  while (above !== undefined && !passed.has(above)) {
    const known = nearest.get(above);
    if (generations.has(above)) found = above;
    else if (known !== undefined) found = known;
    if (found !== null || known !== undefined) break;
    passed.add(above);
    above = parents.get(above);
  }
  for (const each of passed) nearest.set(each, found);
  return found;
}
