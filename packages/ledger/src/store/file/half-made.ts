import { join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import { openDocument } from "./document.ts";
import type { FileSystem } from "./file-system.ts";
import { REPLICA_STATE } from "./manifest.ts";

/** Says of the copy of a ledger in a database that it is being made anew after a prune. */
export const HALF_MADE = "isHalfMade";

/**
 * Of a copy that is being made anew, no sum would be right. Asked of a ledger that knows of prunes, for that is what such a copy
 * is told first.
 *
 * @throws LedgerUnavailableError where it is one.
 */
export async function refuseHalfMade(root: string, fileSystem: FileSystem): Promise<void> {
  const initial: { readonly [HALF_MADE]?: boolean } = {};
  const { data } = await openDocument(join(root, REPLICA_STATE), initial, { fileSystem });
  if (data[HALF_MADE] !== true) return;
  const why = "this host's copy of the ledger is being made anew, because the ledger was pruned";
  throw new LedgerUnavailableError(root, `${why}; ask by its URL, or again in a while`);
}
