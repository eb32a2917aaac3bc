import { join } from "node:path";
import { LedgerUnavailableError } from "../errors.ts";
import type { SharedLedger } from "../open-ledger-options.ts";
import { listPriceBook } from "../pricing/price-book.ts";
import { askRows } from "../projections/ask-rows.ts";
import { withPriceSets, type RejectedPriceSet } from "../projections/price-sets.ts";
import type { SpendRow } from "../projections/spend.ts";
import { spendProjection } from "../projections/tally-projections.ts";
import { catchUpAnd } from "../replica/catch-up.ts";
import { damagedCopy } from "../replica/damaged-copy.ts";
import type { UpdateReplicaOptions } from "../replica/update-replica.ts";
import { openCheckpoints } from "../store/checkpoints/checkpoint-folder.ts";
import type { Position } from "../store/event-store.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { nodeProcesses, type Processes } from "../store/file/processes.ts";
import { connect, type Database } from "../store/postgres/database.ts";
import { joinLedger } from "../store/postgres/joined-ledger.ts";
import { parsePostgresUrl } from "../store/postgres/postgres-url.ts";
import { remedyOf } from "../store/postgres/readable-error.ts";
import { encodePlace } from "../store/postgres/row-place.ts";
import { askView } from "../store/view/open-view.ts";
import { writeSpend, type SpendWritten } from "./write-spend.ts";

export interface RollUpSpendOptions extends UpdateReplicaOptions {
  /** The release of Farthing that reckons. */
  readonly farthing: string;
}

/** What a roll-up of spend found, and did. */
export interface SpendRollUp extends SpendWritten {
  /** Hash of the prices. */
  readonly priceBook: string;
  /** After the last row that is counted. */
  readonly asOf: Position;
  /** Events of newer releases, which are in no figure: how many, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
  /** Prices of the ledger's own that are in no figure. */
  readonly rejected: readonly RejectedPriceSet[];
}

/** What was spent, as of what this host's copy of the ledger held. */
type Reckoned = Omit<SpendRollUp, keyof SpendWritten | "asOf"> & { readonly rows: readonly SpendRow[] };

/**
 * Brings `farthing.spend` of a ledger in a database up to date: brings this host's copy up to date, asks it what was spent
 * by day, model and workload, and adds to the database what it does not say yet. Needs the rights of `farthing_roller`.
 *
 * May be started from any number of hosts at once, and at any time; nothing counts twice.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, InvalidSettingError
 */
export async function rollUpSpend(
  { url, replica, loadPg }: SharedLedger,
  { cache, farthing, fileSystem = nodeFileSystem, processes = nodeProcesses, ...told }: RollUpSpendOptions,
): Promise<SpendRollUp> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing("farthing_roller");
  try {
    const joined = await joinLedger(database);
    await refuseReader(database);
    const path = replica ?? join(cache, "ledgers", joined.id);
    const reckoned = await catchUpAnd(database, path, { fileSystem, processes, ...told }, async (place) => {
      // Nobody else brings the copy further meanwhile: the answer is as of this row.
      return { place, ...(await reckon(path, fileSystem, processes)) };
    });
    const { rows, place, ...found } = reckoned;
    const written = await writeSpend(database, { rows, place, farthing, priceBook: found.priceBook });
    return { ...written, ...found, asOf: encodePlace(place) };
  } finally {
    await database.end();
  }
}

/** Before anything is read: where nothing is new, nothing would be written, and the next time it would fail. */
async function refuseReader({ name, query }: Pick<Database, "name" | "query">): Promise<void> {
  const { rows } = await query("select has_table_privilege('farthing.roll_up', 'insert')");
  if (rows[0]?.[0] !== false) return;
  const why = `permission denied to roll up spend; ${remedyOf(["farthing_roller"])}`;
  throw new LedgerUnavailableError(name, why, { isRefusal: true, isDenied: true });
}

async function reckon(path: string, fileSystem: FileSystem, processes: Processes): Promise<Reckoned> {
  return askView([path], { fileSystem, processes }, async (view) => {
    if (view.damage.length > 0) throw damagedCopy(path);
    const { book, rejected } = withPriceSets(listPriceBook(), view.priceSets);
    const query = {
      by: ["day", "model", "workload"],
      where: [],
      since: null,
      until: null,
      timeZone: "UTC",
      book,
    } as const;
    const { rows } = await askRows(spendProjection(query), view, openCheckpoints(path, fileSystem));
    return { rows, priceBook: book.hash, unknownTypes: view.unknownTypes, rejected };
  });
}
