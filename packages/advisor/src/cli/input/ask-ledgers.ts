import {
  askView,
  listPriceBook,
  openCheckpoints,
  openLedger,
  readTrimmed,
  withPriceSets,
  type Checkpoints,
  type Instant,
  type LedgerSettings,
  type LedgerView,
  type Position,
  type PriceBook,
} from "@farthing/ledger";
import type { CommandIo } from "../io.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { createProgress } from "../output/progress.ts";
import { combineSettings } from "./combine-settings.ts";

/** One ledger, or several read as one. */
export interface LedgerContents {
  readonly paths: readonly string[];
  readonly view: LedgerView;
  /** Where sums of this very view are kept; null for one of the past, or of several ledgers. */
  readonly checkpoints: Checkpoints | null;
  readonly settings: LedgerSettings;
  /** Names of the budgets of several ledgers: they are no settings of all together. */
  readonly budgetsLeftOut: readonly string[];
  /** List prices and the ledgers' own. */
  readonly book: PriceBook;
  /** Whatever else a person should hear before believing a figure. */
  readonly warnings: readonly string[];
}

/**
 * Asks a question of ledgers. A response held by several of them counts once. Nothing recorded is changed; what is
 * derived from it is made where it is missing and the folder can be written to.
 *
 * @param asOf What had been recorded then; null for all there is.
 * @param ask Asked again from the start where a file was found damaged or replaced while it was read.
 */
export async function askLedgers<T>(
  io: CommandIo,
  paths: readonly string[],
  asOf: Position | Instant | null,
  ask: (contents: LedgerContents) => Promise<T>,
): Promise<T> {
  const { settings, differing, leftOut } = combineSettings(await Promise.all(paths.map(settingsOf)));
  const progress = createProgress(io);
  const onProgress = (done: number, total: number): void => {
    progress.show(`reading what is new: ${String(done)} of ${displayQuantity(total, "segment")}`, { done, total });
  };
  const trimmed = (await Promise.all(paths.map(trimmedFrom))).flat();
  const [path = "", ...others] = paths;
  const checkpoints = asOf === null && others.length === 0 ? openCheckpoints(path) : null;
  return askView(paths, { asOf, onProgress }, async (view) => {
    progress.clear();
    const { book, rejected } = withPriceSets(listPriceBook(), view.priceSets);
    const warnings = [
      ...differing.map((key) => `the ledgers differ in their setting ${key}; it is not applied`),
      ...rejected.map(({ id, why }) => `price ${id} is left out: ${why}`),
      ...trimmed,
    ];
    return ask({ paths, view, checkpoints, settings, budgetsLeftOut: leftOut, book, warnings });
  });
}

async function settingsOf(path: string): Promise<LedgerSettings> {
  await using ledger = await openLedger(path, { mode: "read" });
  return await ledger.settings.read();
}

/** What a folder that is forwarded no longer holds is in no figure of it. */
async function trimmedFrom(path: string): Promise<readonly string[]> {
  const trimmed = await readTrimmed(path);
  if (trimmed === null) return [];
  const { lines, lost, until } = trimmed;
  const rest = lost === 0 ? "them" : `all but ${displayCount(lost)} of them`;
  return [
    `${path} no longer holds ${displayQuantity(lines, "event")} of ${until} and before, and no figure does: ` +
      `ask the ledger that it is forwarded to, which has ${rest}`,
  ];
}
