import { LedgerUnavailableError } from "../errors.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { readPruned } from "../store/file/pruned.ts";

/**
 * Refuses a folder that holds sums of a prune. Which requests are in a sum is known in the folder alone: another host's
 * detail of the same ones would count beside it.
 *
 * @throws LedgerUnavailableError where there are sums. A process that may send them is not kept from doing so.
 * @throws LedgerFormatError for a record of a prune that is damaged.
 */
export async function refuseSums(root: string, to: string, fileSystem: FileSystem): Promise<void> {
  const { records } = await readPruned(fileSystem, root);
  if (records.every(({ requests }) => requests === 0)) return;
  const what = `was pruned before it was ever forwarded to ${to}`;
  const why = "whatever another host sends of the requests in its sums would count twice";
  const remedy = "forward a copy of the folder from before the prune; or, only if no other host records these requests";
  throw new LedgerUnavailableError(root, `${what}, and ${why}; ${remedy}: farthing forward --with-sums (withSums)`, {
    isOfLogin: true,
  });
}
