import { LedgerFormatError, LedgerNotFoundError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { IS_COPY } from "./migrate.ts";
import { SCHEMA_VERSION } from "./migrations/migrations.ts";

/**
 * Up to where rows may be read: below every transaction that is still running.
 *
 * A transaction that began earlier can be committed later. Who read on from the newest row there is would never see what
 * it wrote.
 */
export interface Horizon {
  readonly era: number;
  /** Rows of it and of later ones are left for another time. */
  readonly transaction: string;
  /** How many prunes there were, and the name of the newest; empty before the first. */
  readonly prunes: number;
  readonly prune: string;
}

/** Name of the newest prune; of none before the first. */
export const NEWEST_PRUNE = "(select id from farthing.prune order by number desc limit 1)";

/** What a statement selects first of all to tell the horizon with the rest of its answer. */
export const HORIZON: string = `(select max(version) from farthing.migration), (select max(number) from farthing.era),
  pg_snapshot_xmin(pg_current_snapshot()), ${IS_COPY}, (select max(number) from farthing.prune), ${NEWEST_PRUNE}`;

/** @throws LedgerFormatError, LedgerNotFoundError, LedgerUnavailableError */
export async function readHorizon({ name, query }: Pick<Database, "name" | "query">): Promise<Horizon> {
  const { rows } = await query(`select ${HORIZON}`);
  return horizonIn(name, rows[0] ?? []);
}

/**
 * The horizon in a row that begins with `HORIZON`.
 *
 * @throws LedgerFormatError, LedgerNotFoundError for tables that this release does not read.
 */
export function horizonIn(name: string, row: readonly unknown[]): Horizon {
  const [version, era, transaction, isCopy, prunes, prune] = row;
  refuseVersion(name, Number(version));
  if (isCopy === true) throw copied(name);
  const pruned = { prunes: Number(prunes ?? 0), prune: nameOfPrune(prune) };
  return { era: Number(era), transaction: String(transaction), ...pruned };
}

/** What to throw where the tables are another server's, restored here. */
export function copied(name: string): LedgerFormatError {
  const why = "is a copy of another database, in which the numbers of transactions began anew";
  return new LedgerFormatError(name, `${why}; whoever owns it makes it usable: farthing migrate --ledger URL`);
}

/** @throws LedgerFormatError for tables of a newer release; LedgerNotFoundError for those of an older one. */
export function refuseVersion(name: string, version: number): void {
  const versions = `its tables are version ${String(version)}, this release reads ${String(SCHEMA_VERSION)}`;
  if (version > SCHEMA_VERSION) {
    throw new LedgerFormatError(name, `was made by a newer release: ${versions}; update farthing`);
  }
  if (version < SCHEMA_VERSION) {
    throw new LedgerNotFoundError(name, `${versions}; bring it up to date: farthing migrate --ledger URL`);
  }
}

/** Of a row of `NEWEST_PRUNE`. */
export function nameOfPrune(id: unknown): string {
  return typeof id === "string" ? id : "";
}
