import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { anyPostgres, type AnyPostgres } from "../support/describe-with-postgres.ts";
import { findPostgres } from "../support/postgres-program.ts";
import { REPOSITORY } from "../support/repository.ts";

/** The PostgreSQL server `db.internal` of a document. */
export interface DatabaseOfReaders {
  /** What the reader's environment holds for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the programs of a whole server are, such as pg_dump; null where there is none. */
  readonly programs: string | null;
  /** A command or program of the document, as it reaches the server. */
  reaching(text: string): string;
  /** What was printed, as the document shows it. */
  asShown(text: string): string;
  /** Runs statements as the server's administrator, in the newest database that was created. */
  execute(statements: string): Promise<void>;
  remove(): Promise<void>;
}

/** Why the databases of documents cannot be had here; null where they can. */
export const NO_DATABASE: string | null =
  findPostgres() === null && !existsSync(join(REPOSITORY, "node_modules/@electric-sql/pglite"))
    ? "PostgreSQL is needed, or the development dependencies"
    : null;

const HOST = "db.internal";
/** The reader's machine, as documents name it. */
const MACHINE = "shop-1";
/** Of the reader's folder. */
const OUTBOX = "019aa5f0-1c2e-7a3b-9c4d-5e6f70819203";
const CREATES_DATABASE = /^create database (\w+) owner (\w+)/i;
const CREATES_LOGIN = /^create role (\w+) login\b/i;

/**
 * The server of a document: a real one where it is installed, else PGlite, which has one database under any name.
 *
 * Readers give each login a password that no document shows. Here all have one, in PGPASSWORD.
 */
export async function newDatabaseOfReaders(): Promise<DatabaseOfReaders> {
  const server = await anyPostgres();
  const folder = findPostgres();
  const address = new URL(server.url).host;
  const password = randomBytes(12).toString("hex");
  const databases: string[] = [];
  const logins: string[] = [];
  const execute = (statement: string): Promise<void> =>
    executeAt(urlOf(server, databases.at(-1)), statement.replaceAll(`'${MACHINE}'`, `'${hostname()}'`));
  return {
    env: { PGPASSWORD: password },
    programs: folder !== null && existsSync(join(folder, "pg_dump")) ? folder : null,
    reaching: (text) =>
      text.replaceAll(/\bdb\.internal(:\d+)?/g, (_, port?: string) => `127.0.0.1${port ?? portOf(address)}`),
    asShown: (text) =>
      text
        .replaceAll(address, HOST)
        .replaceAll(
          new RegExp(`(?<![\\w.-])${hostname()} \\([0-9a-f-]{36}\\)(?=: \\d)`, "g"),
          `${MACHINE} (${OUTBOX})`,
        ),
    async execute(statements) {
      for (const statement of statements.split(/;\s*$/m).map((each) => each.trim())) {
        const [, database, user] = CREATES_DATABASE.exec(statement) ?? [];
        if (user !== undefined && folder === null) await server.newDatabase({ user, password });
        else if (statement !== "") await execute(statement);
        if (database !== undefined) databases.push(database);
        const [, login] = CREATES_LOGIN.exec(statement) ?? [];
        if (login === undefined) continue;
        logins.push(login);
        await execute(`alter role ${login} password '${password}'`);
      }
    },
    async remove() {
      if (folder === null) await server.newDatabase();
      for (const database of databases.splice(0)) {
        if (folder !== null) await execute(`drop database if exists ${database} with (force)`);
      }
      for (const login of logins) await execute(`drop role if exists ${login}`);
    },
  };
}

function portOf(address: string): string {
  return address.slice(address.indexOf(":"));
}

function urlOf({ url }: AnyPostgres, database: string | undefined): string {
  if (database === undefined) return url;
  const named = new URL(url);
  named.pathname = `/${database}`;
  return named.href;
}

async function executeAt(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
