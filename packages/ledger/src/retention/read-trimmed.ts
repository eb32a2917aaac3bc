import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import type { TrimmedLines } from "../store/file/prune-record.ts";
import { readPruned } from "../store/file/pruned.ts";

/** What a ledger's folder no longer holds, because it had become too large. */
export interface Trimmed extends TrimmedLines {
  /** When the newest of these lines occurred: ISO 8601 in UTC. */
  readonly until: string;
}

/**
 * What was taken from a folder that is forwarded; null where nothing was. Figures of the folder are without it; those of
 * the shared ledger lack what was lost alone.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function readTrimmed(root: string, fileSystem: FileSystem = nodeFileSystem): Promise<Trimmed | null> {
  const { records } = await readPruned(fileSystem, root);
  const trims = records.flatMap(({ before, trimmed }) =>
    trimmed === undefined ? [] : [{ ...trimmed, until: before }],
  );
  if (trims.length === 0) return null;
  return trims.reduce((a, b) => ({
    lines: a.lines + b.lines,
    lost: a.lost + b.lost,
    until: a.until > b.until ? a.until : b.until,
  }));
}
