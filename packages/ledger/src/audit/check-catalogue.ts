import { join } from "node:path";
import { canonicalJson } from "../events/canonical.ts";
import { idHash } from "../events/id-hash.ts";
import { CATALOGUE } from "../store/columns/catalogue.ts";
import { decodeCatalogue, statesAt, type StoredCatalogue } from "../store/columns/decode-catalogue.ts";
import { ColumnFileError, columnName, OtherReleaseError } from "../store/columns/column-file.ts";
import { columnsFolder, segmentsFolder } from "../store/columns/columns-folder.ts";
import { WantedIds } from "../store/columns/find-ids.ts";
import { LineReader } from "../store/columns/line-reader.ts";
import type { ColumnHead, StoredColumns } from "../store/columns/stored-columns.ts";
import type { FileState, FileSystem } from "../store/file/file-system.ts";
import { systemCode, withPath } from "../store/file/unavailable.ts";
import type { Problems } from "./problem.ts";

/**
 * Holds the catalogue of column files against the files themselves, as far as it would be used.
 *
 * @param files The column files, opened without it.
 */
export async function checkCatalogue(
  root: string,
  files: readonly StoredColumns[],
  fileSystem: FileSystem,
  problems: Problems,
): Promise<void> {
  const file = join(columnsFolder(root), CATALOGUE);
  try {
    if (fileSystem.stateNow(file) === null) return;
    const content = decodeCatalogue(await withPath(file, () => fileSystem.readFile(file)));
    const wrong = countWrong(root, content, files, fileSystem);
    if (wrong > 0)
      problems.add("damaged-columns", { file }, `the catalogue: ${String(wrong)} of its entries are wrong`);
  } catch (error) {
    // One of another release is replaced by the next question, one that cannot be read is not used.
    if (error instanceof OtherReleaseError || (!(error instanceof ColumnFileError) && systemCode(error) !== null))
      return;
    if (!(error instanceof ColumnFileError)) throw error;
    problems.add("damaged-columns", { file }, `the catalogue: ${error.message}`);
  }
}

function countWrong(
  root: string,
  content: StoredCatalogue,
  files: readonly StoredColumns[],
  fileSystem: FileSystem,
): number {
  const byName = new Map(files.map((file) => [columnName(file.header.source), file]));
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  const { names, keys, states, ids } = content;
  const wanted = new WantedIds(ids, idHash);
  const numbers = new Map(ids.map((id, number) => [id, number]));
  let wrong = 0;
  for (const [number, name] of names.entries()) {
    const file = byName.get(name);
    const state = fileSystem.stateNow(join(columnsFolder(root), name));
    if (file === undefined || !isSame(state, statesAt(states, number).columns)) continue;
    const head = content.headOf(number);
    const slots = wanted.findIn(file, lines).map(({ id, slot }) => `${String(numbers.get(id))} ${String(slot)}`);
    const held = content.foundIn(number).map(({ id, slot }) => `${String(id)} ${String(slot)}`);
    const isSameHead = textOf(head) === textOf(file.head) && keys[number] === file.key;
    if (!isSameHead || slots.sort().join() !== held.sort().join()) wrong += 1;
  }
  return wrong;
}

function isSame(now: FileState | null, then: FileState): boolean {
  return now !== null && now.bytes === then.bytes && now.modifiedAt === then.modifiedAt;
}

/** Everything a head says. */
function textOf({ header, sectionsStart, crc, kills, facts }: ColumnHead): string {
  const { order, mergedFrom, rows, slots, sections } = header;
  const { writer, segment, bytes, ending, end, head, recordedFrom, recordedUntil } = header.source;
  const source = { writer, segment, bytes, ending, end, head, recordedFrom, recordedUntil };
  const { others, unknown, damage, conflicts, batches } = facts;
  return canonicalJson([
    [{ order, source, mergedFrom, rows, slots, sections }, sectionsStart, crc, [...kills]],
    { others, unknown, damage, conflicts, batches },
  ]);
}
