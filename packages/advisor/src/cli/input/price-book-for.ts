import { listPriceBook, type PriceBook } from "@farthing/ledger";
import type { CommandIo } from "../io.ts";
import { ledgersIfAny } from "../flags/locate-ledger.ts";
import { warnOfDamage, warnOfMany } from "../messages.ts";
import { askLedgers } from "./ask-ledgers.ts";
import type { LedgerFlags } from "../flags/selection.ts";
import { parseInstantFlag } from "../flags/time-options.ts";

export type PriceBookFlags = LedgerFlags;

/** The prices a command answers with: the list's, and those of the ledger where there is one. */
export async function priceBookFor(io: CommandIo, flags: PriceBookFlags): Promise<PriceBook> {
  const knownAt = flags.pricesKnownAt === undefined ? null : parseInstantFlag(flags.pricesKnownAt, "--prices-known-at");
  const paths = await ledgersIfAny(flags.ledger, io);
  let book = listPriceBook();
  if (paths.length > 0) {
    const found = await askLedgers(io, paths, null, async ({ view, warnings, book: ofLedgers }) =>
      Promise.resolve({ damage: view.damage, warnings, book: ofLedgers }),
    );
    warnOfDamage(io, found.damage);
    warnOfMany(io, found.warnings);
    ({ book } = found);
  }
  return knownAt === null ? book : book.knownAt(knownAt);
}
