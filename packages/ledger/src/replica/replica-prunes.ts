import { hash } from "node:crypto";
import { join } from "node:path";
import { LedgerFormatError } from "../errors.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { namesIn } from "../store/file/names-in.ts";
import { parseRecord } from "../store/file/prune-record.ts";
import { PRUNED_FOLDER, prunedPath } from "../store/file/pruned.ts";
import { PrunedIdsBuilder } from "../store/file/pruned-ids.ts";
import { removeIfThere } from "../store/file/remove-if-there.ts";
import { withPath } from "../store/file/unavailable.ts";
import { writeFileDurably } from "../store/file/write-durably.ts";
import type { Database } from "../store/postgres/database.ts";
import { readPrunedIds, readPruneRecords } from "../store/postgres/prune-rows.ts";

/**
 * Makes the replica of a ledger say what was pruned, as the database does. A record counts when the ids it goes with are
 * there.
 *
 * @throws LedgerUnavailableError, LedgerNotFoundError
 * @throws LedgerFormatError where the database does not hold the ids that a record tells of.
 */
export async function bringPrunes(database: Database, root: string, fileSystem: FileSystem): Promise<void> {
  const records = await readPruneRecords(database);
  const folder = join(root, PRUNED_FOLDER);
  const names = new Set(await namesIn(folder, fileSystem));
  let same = 0;
  while (same < records.length && (await isThere(records[same] ?? "", same + 1))) same += 1;
  // The newest first: where a record is there, those before it are.
  for (const name of [...names].toReversed()) {
    if (Number(name.slice(0, 8)) > same) await removeIfThere(fileSystem, join(folder, name));
  }
  if (same === records.length) return;
  await withPath(folder, async () => {
    await fileSystem.makeFolder(folder);
    await fileSystem.syncFolder(root);
  });
  for (const [index, record] of records.entries()) {
    const number = index + 1;
    if (number <= same) continue;
    const ids = await idsOf(database, number);
    if (hash("sha256", ids, "hex") !== parseRecord(database.name, record).ids) {
      const why = `its table pruned_id does not hold what was pruned by prune ${String(number)}`;
      throw new LedgerFormatError(database.name, `${why}; restore it from a copy`);
    }
    await writeFileDurably(fileSystem, prunedPath(root, number, "ids"), ids);
    await writeFileDurably(fileSystem, prunedPath(root, number, "json"), record);
  }

  async function isThere(record: string, number: number): Promise<boolean> {
    const path = prunedPath(root, number, "json");
    if (!names.has(path.slice(folder.length + 1))) return false;
    return Buffer.from(await withPath(path, () => fileSystem.readFile(path))).toString("utf8") === record;
  }
}

async function idsOf(database: Database, number: number): Promise<Uint8Array> {
  const builder = new PrunedIdsBuilder();
  for await (const page of readPrunedIds(database, number)) {
    for (const [idHash, digest] of page) builder.addHashes(idHash, Buffer.from(digest, "hex"));
  }
  return builder.bytes();
}
