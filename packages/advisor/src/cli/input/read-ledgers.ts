import {
  foldAccount,
  listPriceBook,
  openLedger,
  withPriceSets,
  type Account,
  type Damage,
  type LedgerEvent,
  type LedgerSettings,
  type PriceBook,
} from "@farthing/ledger";
import { combineSettings } from "./combine-settings.ts";

/** One ledger, or several read as one. */
export interface LedgerContents {
  readonly paths: readonly string[];
  readonly account: Account;
  readonly settings: LedgerSettings;
  /** List prices and the ledgers' own. */
  readonly book: PriceBook;
  readonly damage: readonly Damage[];
  /** Whatever else a person should hear before believing a figure. */
  readonly warnings: readonly string[];
}

/** Reads ledgers without locking or changing them. A response held by several of them counts once. */
export async function readLedgers(paths: readonly string[]): Promise<LedgerContents> {
  const accounts: Account[] = [];
  const events: LedgerEvent[] = [];
  const allSettings: LedgerSettings[] = [];
  const damage: Damage[] = [];
  for (const path of paths) {
    const ledger = await openLedger(path, { mode: "read" });
    try {
      if (paths.length === 1) accounts.push(await ledger.account());
      else for await (const { event } of ledger.read()) events.push(event);
      allSettings.push(await ledger.settings.read());
      damage.push(...ledger.damage());
    } finally {
      await ledger.close();
    }
  }
  const account = accounts[0] ?? foldAccount(events);
  const { settings, differing } = combineSettings(allSettings);
  const { book, rejected } = withPriceSets(listPriceBook(), account.priceSets);
  return {
    paths,
    account,
    settings,
    book,
    damage,
    warnings: [
      ...differing.map((key) => `the ledgers differ in their setting ${key}; it is not applied`),
      ...rejected.map(({ id, why }) => `price ${id} is left out: ${why}`),
    ],
  };
}
