import { join } from "node:path";
import { ColumnFileError, COLUMNS_SUFFIX } from "../store/columns/column-file.ts";
import { columnsFolder } from "../store/columns/columns-folder.ts";
import { StoredColumns } from "../store/columns/stored-columns.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { namesIn } from "../store/file/names-in.ts";
import type { PrunedIds } from "../store/file/pruned-ids.ts";
import { removeIfThere } from "../store/file/remove-if-there.ts";
import { withPath } from "../store/file/unavailable.ts";

/** The names of a ledger's column files. */
export async function columnFilesIn(root: string, fileSystem: FileSystem): Promise<ReadonlySet<string>> {
  const names = await namesIn(columnsFolder(root), fileSystem);
  return new Set(names.filter((name) => name.endsWith(COLUMNS_SUFFIX)));
}

/**
 * Removes column files that were made while a prune was at work, of lines that say again what it is about to prune: they
 * are made anew without that. To be done before the prune counts, by who has the lock of the column files.
 *
 * @param before The column files that were there when the prune began.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function removeMadeMeanwhile(
  root: string,
  before: ReadonlySet<string>,
  pruned: PrunedIds,
  fileSystem: FileSystem,
): Promise<void> {
  const folder = columnsFolder(root);
  let isChanged = false;
  for (const name of await columnFilesIn(root, fileSystem)) {
    const path = join(folder, name);
    if (before.has(name) || (await pruned.among(idsIn(path, fileSystem))).size === 0) continue;
    await removeIfThere(fileSystem, path);
    isChanged = true;
  }
  if (isChanged) await withPath(folder, () => fileSystem.syncFolder(folder));
}

/** The ids of a file's requests; none of a file that cannot be read, and is not used. */
function idsIn(path: string, fileSystem: FileSystem): readonly string[] {
  try {
    const rows = StoredColumns.open((buffer, at) => fileSystem.readNow(path, buffer, at)).rows({ details: true });
    return Array.from({ length: rows.count }, (_, row) => rows.details().id(row));
  } catch (error) {
    if (error instanceof ColumnFileError) return [];
    throw error;
  }
}
