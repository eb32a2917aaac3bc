import { join } from "node:path";
import { CATALOGUE } from "../store/columns/catalogue.ts";
import type { Lock } from "../store/file/held-lock.ts";
import { namesIn } from "../store/file/names-in.ts";
import { removeIfThere } from "../store/file/remove-if-there.ts";
import { PRUNED_FOLDER, isRollupWriter, readPruned } from "../store/file/pruned.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { segmentName, segmentOfName } from "../store/file/segment-name.ts";
import { withPath } from "../store/file/unavailable.ts";
import { markOfName } from "../store/file/unsure.ts";

/**
 * Deletes the segments that records say were dropped, with what was derived from them, and what a prune that was
 * interrupted left behind: by the files alone, one that is at work left them too. So only who holds the prune's lock may do
 * this, and nothing more is deleted once it is lost.
 *
 * @param lock The prune's.
 * @throws LedgerUnavailableError when the operating system refuses; what is left is deleted by the next prune.
 */
export async function deleteDropped(fileSystem: FileSystem, root: string, lock: Lock): Promise<void> {
  const remove = async (path: string): Promise<void> => {
    if (lock.isHeld()) await removeIfThere(fileSystem, path);
  };
  const pruned = await readPruned(fileSystem, root);
  const folder = join(root, "segments");
  const isDropped = (name: string): boolean => {
    const found = segmentOfName(name) ?? markOfName(name);
    if (found === null || pruned.counts(found.writer, found.segment)) return false;
    return isRollupWriter(found.writer) || pruned.headAfter(found.writer, found.segment) !== null;
  };
  const dropped = (await namesIn(folder, fileSystem)).filter(isDropped);
  for (const name of dropped) await remove(join(folder, name));
  if (dropped.length > 0) await withPath(folder, () => fileSystem.syncFolder(folder));
  const columns = join(root, "columns");
  for (const name of await namesIn(columns, fileSystem)) {
    if (isDropped(segmentNameIn(name))) await remove(join(columns, name));
  }
  // It names ids that are in no segment any more.
  if (dropped.length > 0) await remove(join(columns, CATALOGUE));
  const records = join(root, PRUNED_FOLDER);
  const known = new Set(pruned.records.map(({ number }) => String(number).padStart(8, "0")));
  for (const name of await namesIn(records, fileSystem)) {
    if (!known.has(name.slice(0, 8))) await remove(join(records, name));
  }
}

/** The segment that a derived file belongs to, by its name. */
function segmentNameIn(name: string): string {
  const [, writer = "", number = "0"] = /^([0-9a-z]+)-(\d{8})\./.exec(name) ?? [];
  return segmentName(writer, Number(number));
}
