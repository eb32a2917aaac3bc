import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { LedgerUnavailableError } from "../../errors.ts";
import { describeUrl, type PostgresUrl } from "./postgres-url.ts";
import { readableError, type Right } from "./readable-error.ts";

/** What a statement answered: rows as arrays of their columns, in order, and how many rows it changed or returned. */
export interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly count: number;
}

/** Sends one statement with its parameters. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<Answer>;

/** A PostgreSQL database, as far as a ledger needs one. */
export interface Database {
  /** How messages name it: without credentials. */
  readonly name: string;
  /**
   * One statement, in a transaction of its own.
   *
   * @throws LedgerUnavailableError when it cannot be reached, or refuses. Whether the statement was committed is not
   *   known then.
   * @throws LedgerNotFoundError where there is no ledger in it.
   */
  readonly query: Query;
  /**
   * Several statements in one transaction, which is rolled back where the action throws. An error of its own is thrown as it
   * is; one of its `query`, which has the driver's `code` in it, as `query` throws it.
   */
  inTransaction<T>(action: (query: Query) => Promise<T>): Promise<T>;
  /** The same database: what it denies is told with the rights that its user needs, all of them. */
  needing(...rights: readonly Right[]): Database;
  end(): Promise<void>;
}

/** What Farthing uses of the package `pg`. */
interface PgModule {
  readonly Pool: new (options: object) => PgPool;
}

interface PgPool extends PgQueryable {
  connect(): Promise<PgClient>;
  on(event: "error", listener: () => void): unknown;
  end(): Promise<void>;
}

interface PgClient extends PgQueryable {
  on(event: "error", listener: () => void): unknown;
  off(event: "error", listener: () => void): unknown;
  release(error?: boolean): void;
}

interface PgQueryable {
  query(statement: {
    readonly text: string;
    readonly values: readonly unknown[];
    readonly rowMode: "array";
  }): Promise<{ readonly rows?: readonly (readonly unknown[])[]; readonly rowCount?: number | null }>;
}

export interface ConnectOptions {
  /** Loads the package `pg`. Default: the one installed beside this package. */
  readonly loadPg?: () => Promise<unknown>;
  /** At most so many connections at once. Default: 2. */
  readonly connections?: number;
}

/** A connection that is not made by then, and a statement that is not answered by then, has failed. */
const CONNECT_MS = 10_000;
const ANSWER_MS = 120_000;
/** A server that does not answer must not keep who is done with it. */
const END_MS = 5000;
/** With another default, who waited for a lock would not see what was committed meanwhile. */
const BEGIN = "begin isolation level read committed";
/** A connection that nobody has needed for so long is closed. */
const IDLE_MS = 10_000;

/**
 * A database of which connections are made when they are first needed, with TLS and all else as the URL and the
 * environment variables of PostgreSQL's own programs say.
 *
 * @throws LedgerUnavailableError where `pg` is not installed.
 */
export async function connect(url: PostgresUrl, options: ConnectOptions = {}): Promise<Database> {
  const name = describeUrl(url);
  const { Pool } = await loadPg(name, options.loadPg ?? (() => import("pg")));
  const sockets = new Set<Socket>();
  const pool = new Pool({
    connectionString: url,
    application_name: "farthing",
    max: options.connections ?? 2,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
  });
  // A connection that breaks while nobody uses it is made anew when it is needed.
  pool.on("error", ignore);
  const withRights = (rights: readonly Right[]): Database => ({
    name,
    ...askedOf(pool, (error) => readableError(name, url, error, rights)),
    needing: (...others) => withRights(others),
    async end() {
      // A server that has never said a word has nothing to finish.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      await Promise.race([pool.end(), wait(END_MS, undefined, { ref: false })]);
      // One whose login failed on this side is no longer the pool's, and stays open until the server gives it up.
      for (const socket of sockets) socket.destroy();
    },
  });
  return withRights([]);
}

/** @param toReadable What to throw for an error of the driver. */
function askedOf(pool: PgPool, toReadable: (error: unknown) => unknown): Pick<Database, "query" | "inTransaction"> {
  const readable = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw toReadable(error);
    }
  };
  return {
    query: (text, values) => readable(() => send(pool, text, values)),
    async inTransaction(action) {
      const client = await readable(() => pool.connect());
      // The pool listens no more while it is in use, and a connection that breaks would end the process.
      client.on("error", ignore);
      const failed = new Set<unknown>();
      const query: Query = async (text, values) => {
        try {
          return await send(client, text, values);
        } catch (error) {
          failed.add(error);
          throw error;
        }
      };
      let isBroken = true;
      try {
        await query(BEGIN);
        const result = await action(query);
        await query("commit");
        isBroken = false;
        return result;
      } catch (error) {
        // What the action failed with by itself is not the database's.
        throw failed.has(error) ? toReadable(error) : error;
      } finally {
        // Closing the connection rolls back what was begun on it.
        client.release(isBroken);
        if (!isBroken) client.off("error", ignore);
      }
    },
  };
}

function ignore(): void {
  // Whoever waits for an answer is told.
}

async function send(to: PgQueryable, text: string, values: readonly unknown[] = []): Promise<Answer> {
  // Several statements have several answers, for which nobody asks.
  const { rows = [], rowCount } = await to.query({ text, values, rowMode: "array" });
  return { rows, count: rowCount ?? 0 };
}

async function loadPg(name: string, load: () => Promise<unknown>): Promise<PgModule> {
  let found: unknown;
  try {
    found = await load();
  } catch (error) {
    const why = "needs the package pg, which is not installed beside Farthing: npm install pg";
    throw new LedgerUnavailableError(name, why, { cause: error });
  }
  const candidates = [found, isFields(found) ? found["default"] : null];
  const pg = candidates.find(isPg);
  if (pg !== undefined) return pg;
  throw new LedgerUnavailableError(name, "the package pg that is installed is not the PostgreSQL client");
}

function isPg(value: unknown): value is PgModule {
  return isFields(value) && typeof value["Pool"] === "function";
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}
