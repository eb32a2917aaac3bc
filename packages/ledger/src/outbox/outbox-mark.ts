import { join } from "node:path";
import { openDocument } from "../store/file/document.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { openManifest, OUTBOX_MARK } from "../store/file/manifest.ts";
import { namesIn } from "../store/file/names-in.ts";
import { withPath } from "../store/file/unavailable.ts";
import { makeFolderDurably } from "../store/file/write-durably.ts";

/** What a folder says that was made to hold what waits for a shared ledger. */
interface OutboxMark {
  /** The database it was made for, without credentials. */
  readonly madeFor: string | null;
}

/**
 * Marks a folder that is about to be made as an outbox; leaves one that is a ledger already as it is. Before it is a
 * ledger's folder, so that a crash between the two leaves none without its mark.
 *
 * @throws LedgerFormatError for a folder that holds anything else; LedgerUnavailableError when the operating system refuses.
 */
export async function markNewOutbox(root: string, name: string, fileSystem: FileSystem): Promise<void> {
  if ((await openManifest(root, fileSystem)) !== null || (await isOutbox(root, fileSystem))) return;
  await withPath(root, () => makeFolderDurably(fileSystem, root));
  const mark = await openDocument<OutboxMark>(join(root, OUTBOX_MARK), { madeFor: null }, { fileSystem });
  await mark.write({ madeFor: name });
}

/** Whether a folder was made as an outbox, and so holds nothing but what was recorded for a shared ledger. */
export async function isOutbox(root: string, fileSystem: FileSystem): Promise<boolean> {
  return (await namesIn(root, fileSystem)).includes(OUTBOX_MARK);
}

/**
 * The database that an outbox was made for, without credentials; null where it does not say so.
 *
 * @throws LedgerFormatError for a damaged mark; LedgerUnavailableError when the operating system refuses.
 */
export async function databaseOfOutbox(root: string, fileSystem: FileSystem): Promise<string | null> {
  return (await openDocument<OutboxMark>(join(root, OUTBOX_MARK), { madeFor: null }, { fileSystem })).data.madeFor;
}
