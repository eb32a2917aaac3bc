import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { openLedger, type Ledger, type OpenLedgerOptions } from "@farthing/ledger";
import { connect, migrate, parsePostgresUrl, type Database } from "@farthing/ledger/postgres";
import { onTestFinished } from "vitest";
import type { AnyPostgres } from "./describe-with-postgres.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The month that partitions of a ledger are made around. */
const MIGRATED_AT: number = Date.parse("2026-11-22T12:00:00.000Z");

/** A connection that ends with the test. */
export async function connected(url: string, connections: number = 2): Promise<Database> {
  const database = await connect(parsePostgresUrl(url), { connections });
  onTestFinished(() => database.end());
  return database;
}

/** Makes the tables of a ledger in a database. */
export async function withTables(url: string): Promise<string> {
  const database = await connect(parsePostgresUrl(url));
  await migrate(database, { newUuid: randomUUID, now: () => MIGRATED_AT });
  await database.end();
  return url;
}

/** A ledger of the one database of a suite, which held others before. */
export class ReusedLedger {
  readonly #server: () => AnyPostgres;
  #url: Promise<string> | null = null;

  constructor(server: () => AnyPostgres) {
    this.#server = server;
  }

  /** The database's URL, with an empty ledger in it. */
  async empty(): Promise<string> {
    this.#url ??= this.#server().newDatabase().then(withTables);
    const url = await this.#url;
    const database = await connect(parsePostgresUrl(url));
    await database.query("truncate farthing.event, farthing.outbox");
    await database.query("delete from farthing.setting where version > 1");
    await database.end();
    return url;
  }
}

/** Opens a ledger in a database, with a copy and an outbox of its own; it is closed when the test ends. */
export async function openShared(
  url: string,
  mode: "read" | "write",
  options: Partial<OpenLedgerOptions> = {},
): Promise<Ledger> {
  const folder = temporaryFolder();
  const shared = { url, replica: join(folder, "replica"), outbox: join(folder, "outbox") };
  const ledger = await openLedger(shared, { mode, ...options });
  onTestFinished(() => ledger.close());
  return ledger;
}
