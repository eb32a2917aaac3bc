import { LedgerUnavailableError } from "../../errors.ts";
import type { Database, Query } from "./database.ts";
import { MIGRATIONS, SCHEMA_VERSION } from "./migrations/migrations.ts";
import { makeRoles, restoreRights } from "./rights.ts";

export interface MigrateOptions {
  /** Names a new ledger. */
  readonly newUuid: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a migration found and left. */
export interface Migration {
  /** Of the tables before; 0 where there were none. */
  readonly from: number;
  readonly to: number;
  /** Partitions made, such as `event_202611`. */
  readonly partitions: readonly string[];
  /** Whether the database was found to be a copy, of which the numbers of transactions began anew. */
  readonly newEra: boolean;
  /** Whether a role was missing, or lacked what it may do, and was put right: a copy brings none to another server. */
  readonly rightsRestored: boolean;
}

/** One migration of a database at a time: the letters of "farthing" as a number. */
const LOCK = "7377825513446927975";
/** So many months behind and ahead have partitions of their own; what occurs in others goes to the default one. */
const MONTHS_BEHIND = 24;
const MONTHS_AHEAD = 13;
/** How long a partition may wait for transactions that use the table. */
const LOCK_TIMEOUT = "2s";
const SETTINGS = "{}";

/**
 * Brings a database to this release's version, in one transaction: all of it is done, or nothing. May be started from
 * any number of hosts at once, and again at any time. Only who owns the tables, or may create a schema, can.
 *
 * @throws LedgerUnavailableError when the database refuses, or its encoding cannot hold every text.
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<Migration> {
  return database.inTransaction(async (query) => {
    await query(`select pg_advisory_xact_lock(${LOCK})`);
    await refuseEncoding(database.name, query);
    await query("create schema if not exists farthing");
    await query(
      "create table if not exists farthing.migration (version integer primary key, made_at timestamptz not null default now())",
    );
    const { rows } = await query("select coalesce(max(version), 0) from farthing.migration");
    const from = Number(rows[0]?.[0]);
    if (from > 0 && from < SCHEMA_VERSION) await makeRoles(query);
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < from) continue;
      await query(statements);
      await query("insert into farthing.migration (version) values ($1)", [index + 1]);
    }
    if (from === 0) {
      await query("insert into farthing.ledger (id, events) values ($1, 'farthing.event'::regclass)", [
        options.newUuid(),
      ]);
      await query("insert into farthing.setting (version, settings) values (1, $1)", [SETTINGS]);
    }
    const newEra = await beginEraOfCopy(query);
    const partitions = await makePartitions(query, options.now());
    const rightsRestored = await restoreRights(query);
    return { from, to: Math.max(from, SCHEMA_VERSION), partitions, newEra, rightsRestored };
  });
}

async function refuseEncoding(name: string, query: Query): Promise<void> {
  const { rows } = await query("select getdatabaseencoding()");
  const encoding = String(rows[0]?.[0]);
  if (encoding === "UTF8") return;
  const remedy = "create one with: create database NAME encoding 'UTF8' template template0";
  throw new LedgerUnavailableError(name, `its encoding is ${encoding}, which cannot hold every text; ${remedy}`);
}

/**
 * Whether the newest era was ordered by another server's transactions, or, where servers do not tell who they are, by
 * transactions that have not begun here yet.
 */
export const IS_COPY = `(
  (select server from farthing.era order by number desc limit 1) is distinct from farthing.server_identity()
  or exists (select from farthing.event where era = (select max(number) from farthing.era)
    and transaction >= pg_snapshot_xmax(pg_current_snapshot())))`;

async function beginEraOfCopy(query: Query): Promise<boolean> {
  const { rows } = await query(`select ${IS_COPY}`);
  if (rows[0]?.[0] !== true) return false;
  const era = await query(
    "insert into farthing.era select max(number) + 1, farthing.server_identity() from farthing.era returning number",
  );
  await query(`alter table farthing.event alter column era set default ${String(Number(era.rows[0]?.[0]))}`);
  return true;
}

async function makePartitions(query: Query, now: number): Promise<readonly string[]> {
  const { rows } = await query(
    "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'farthing.event'::regclass",
  );
  const known = new Set(rows.map(([name]) => String(name)));
  // Months of which the default partition already holds rows stay there.
  const other = await query("select distinct month from farthing.event_other");
  const kept = new Set(other.rows.map(([month]) => Number(month)));
  const today = new Date(now);
  const current = today.getUTCFullYear() * 12 + today.getUTCMonth();
  const made: string[] = [];
  for (let at = current - MONTHS_BEHIND; at <= current + MONTHS_AHEAD; at += 1) {
    const name = `event_${String(monthNumber(at))}`;
    if (known.has(name) || kept.has(monthNumber(at))) continue;
    const range = `from (${String(monthNumber(at))}) to (${String(monthNumber(at + 1))})`;
    // Whoever reads or writes waits behind this, which must not wait long for somebody else.
    await query(`savepoint month; set local lock_timeout = '${LOCK_TIMEOUT}'`);
    try {
      await query(`create table farthing.${name} partition of farthing.event for values ${range}`);
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      // Until another migration makes it, its rows go to the default one.
      await query("rollback to savepoint month");
      return made;
    }
    made.push(name);
  }
  await query("set local lock_timeout = 0");
  return made;
}

/** A transaction that uses the table, or a row of that month that came to the default partition just now. */
const IN_THE_WAY: readonly unknown[] = ["55P03", "23514"];

function isInTheWay(error: unknown): boolean {
  return error instanceof Error && "code" in error && IN_THE_WAY.includes(error.code);
}

/** Months since the year 0 as 100 * year + month. */
function monthNumber(months: number): number {
  return Math.floor(months / 12) * 100 + (months % 12) + 1;
}
