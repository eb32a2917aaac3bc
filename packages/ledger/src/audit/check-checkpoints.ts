import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { LedgerError } from "../errors.ts";
import { listPriceBook } from "../pricing/price-book.ts";
import { askRows } from "../projections/ask-rows.ts";
import { projectionIn } from "../projections/checkpoints.ts";
import { withPriceSets } from "../projections/price-sets.ts";
import { tallyProjectionOf } from "../projections/tally-projections.ts";
import { namesIn } from "../store/file/names-in.ts";
import type { LockOptions } from "../store/file/lock.ts";
import { withPath } from "../store/file/unavailable.ts";
import { openView } from "../store/view/open-view.ts";
import type { LedgerView } from "../store/view/view.ts";
import type { Problems } from "./problem.ts";

/**
 * Holds every sum that was kept between questions against one made anew, where it is a spend or a report's totals at the
 * prices of now. A damaged one needs no word: it is not believed.
 */
export async function checkCheckpoints(
  root: string,
  { fileSystem, processes }: LockOptions,
  problems: Problems,
): Promise<void> {
  const folder = join(root, "checkpoints");
  const names = (await namesIn(folder, fileSystem)).filter((name) => name.endsWith(".checkpoint"));
  if (names.length === 0) return;
  try {
    const view = await openView([root], { columns: "use", fileSystem, processes });
    for (const name of names) {
      const path = join(folder, name);
      const what = await whatIsWrong(view, await withPath(path, () => fileSystem.readFile(path)));
      if (what !== null) problems.add("wrong-checkpoint", { file: path }, what);
    }
  } catch (error) {
    // What cannot be read has been named, or is gone by now.
    if (!(error instanceof LedgerError)) throw error;
  }
}

async function whatIsWrong(view: LedgerView, bytes: Uint8Array): Promise<string | null> {
  try {
    const written = projectionIn(bytes);
    const { book } = withPriceSets(listPriceBook(), view.priceSets);
    const projection = written === null ? null : tallyProjectionOf(written, book);
    if (projection === null) return null;
    const kept = { read: async () => bytes, write: async () => undefined };
    const isRight = isDeepStrictEqual(await askRows(projection, view, kept), await askRows(projection, view, null));
    return isRight ? null : "the kept sum is not what the log comes to";
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    return `the kept sum cannot be understood: ${error instanceof Error ? error.message : String(error)}`;
  }
}
