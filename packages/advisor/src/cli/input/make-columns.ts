import { buildMissingColumns, LedgerError, nodeFileSystem, nodeProcesses } from "@farthing/ledger";
import { displayQuantity } from "../output/format-values.ts";
import type { Progress } from "../output/progress.ts";

/**
 * Makes the columns of what was imported, so that the next question need not. They are derived: where they cannot be
 * made, the import is as good, and whoever asks hears why.
 */
export async function makeColumns(ledger: string, progress: Progress): Promise<void> {
  progress.clear();
  try {
    await buildMissingColumns(ledger, {
      fileSystem: nodeFileSystem,
      processes: nodeProcesses,
      onProgress: (done, total) => {
        progress.show(`preparing questions: ${String(done)} of ${displayQuantity(total, "segment")}`, { done, total });
      },
    });
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
  }
}
