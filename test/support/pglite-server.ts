import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { MessageReader, type WireMessage } from "./postgres-messages.ts";
import type { Login } from "./postgres-server.ts";
import { REPOSITORY } from "./repository.ts";

/**
 * PostgreSQL in this process, spoken to over TCP as any server: for runs on machines without one.
 *
 * It has one session, which its connections take in turns: a transaction that is open keeps all others waiting. So nothing
 * that happens at the same time can be tested on it: locks, what transactions see of each other, or the death of a server.
 * All connections see each other's named prepared statements, locks of the session and temporary tables. LISTEN, timeouts,
 * cancelling and a connection's `options` do nothing. Logins, their passwords and what they are granted hold as on a server.
 */
export interface PgliteServer extends AsyncDisposable {
  /** Of its only database, for the superuser. */
  readonly url: string;
  /**
   * Empties the one database and returns its URL, for the superuser or for the login that is then to own it. Connections
   * that are open end.
   */
  newDatabase(owner?: Login): Promise<string>;
  newLogin(): Promise<Login>;
  urlOf(database: string, user: string, password: string): string;
}

const SUPERUSER = "postgres";
const DATABASE = "postgres";
/** What a client is told of the session at its start. */
const PARAMETERS = {
  server_encoding: "UTF8",
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  integer_datetimes: "on",
  standard_conforming_strings: "on",
  TimeZone: "UTC",
};
const READY_BYTES = 6;
/** Kinds after which a server answers: Query, Sync, FunctionCall, Flush. */
const ENDS_OF_BATCH = ["Q", "S", "F", "H"];

/** Starts one. It takes seconds of processor time, so a process has one at most: see {@link sharedPglite}. */
async function startPglite(): Promise<PgliteServer> {
  const engine = await boot();
  const password = randomBytes(12).toString("hex");
  await engine.exec(`ALTER ROLE ${SUPERUSER} PASSWORD '${password}'`);
  const turns = new Turns(engine);
  const connections = new Set<Connection>();
  const proxy = createServer({ noDelay: true }, (socket) => {
    const connection = new Connection(socket, turns);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  });
  proxy.unref();
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("there is no port to listen on");
  const urlOf = (_database: string, user: string, password: string): string =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${String(address.port)}/${DATABASE}`;
  const closeAll = async (): Promise<void> => {
    await Promise.all([...connections].map((connection) => connection.close()));
  };
  return {
    url: urlOf(DATABASE, SUPERUSER, password),
    urlOf,
    async newDatabase(owner) {
      await closeAll();
      await turns.administer(`${EMPTY}; ALTER SCHEMA public OWNER TO ${owner?.user ?? "pg_database_owner"}`);
      await turns.administer(`ALTER DATABASE ${DATABASE} OWNER TO ${owner?.user ?? SUPERUSER}`);
      return urlOf(DATABASE, owner?.user ?? SUPERUSER, owner?.password ?? password);
    },
    async newLogin() {
      const login = { user: `login_${randomBytes(4).toString("hex")}`, password: randomBytes(12).toString("hex") };
      await turns.administer(`CREATE ROLE ${login.user} LOGIN PASSWORD '${login.password}'`);
      return login;
    },
    async [Symbol.asyncDispose]() {
      await closeAll();
      await new Promise((resolve) => proxy.close(resolve));
      await engine.close();
    },
  };
}

let shared: Promise<PgliteServer> | undefined;

/** The one of this process, which ends with it. */
export function sharedPglite(): Promise<PgliteServer> {
  shared ??= startPglite();
  return shared;
}

/** From a copy of an empty cluster, made by the first run: to make one takes twice as long as the rest. */
async function boot(): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite");
  const folder = join(REPOSITORY, "test/.generated/pglite");
  const { version } = JSON.parse(
    readFileSync(join(REPOSITORY, "node_modules/@electric-sql/pglite/package.json"), "utf8"),
  ) as { readonly version: string };
  const copy = join(folder, `${version}.tar`);
  if (existsSync(copy)) return PGlite.create({ loadDataDir: new Blob([readFileSync(copy)]) });
  const engine = await PGlite.create();
  const bytes = Buffer.from(await (await engine.dumpDataDir("none")).arrayBuffer());
  mkdirSync(folder, { recursive: true });
  // Other processes may be making the same.
  const unfinished = `${copy}.${randomBytes(4).toString("hex")}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, copy);
  return engine;
}

/** RESET SESSION AUTHORIZATION does nothing here: who the session was made for is not known. */
const AS_SUPERUSER = `SET SESSION AUTHORIZATION ${SUPERUSER}; RESET ALL`;

/** Drops all that is not the system's, but keeps logins, which are of no database. */
const EMPTY = `DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
  CREATE SCHEMA public;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$`;

/** Who may use the one session. A connection keeps it until its transaction is over. */
class Turns {
  readonly #engine: PGlite;
  #last: Promise<void> = Promise.resolve();
  #holder: Connection | null = null;

  constructor(engine: PGlite) {
    this.#engine = engine;
  }

  /** Waits for the session; returns what gives it back. */
  async take(): Promise<() => void> {
    const before = this.#last;
    let give = (): void => undefined;
    this.#last = new Promise((resolve) => (give = resolve));
    await before;
    return give;
  }

  /** Sends messages as this connection, which has the session, and returns the answer. */
  async send(connection: Connection, bytes: Buffer): Promise<Buffer> {
    if (this.#holder !== connection) {
      this.#holder = connection;
      await this.#engine.exec(
        `${AS_SUPERUSER}; ${connection.settings.join(";")}; SET SESSION AUTHORIZATION "${connection.user}"`,
      );
    }
    return Buffer.from(await this.#engine.execProtocolRaw(bytes, { syncToFs: false }));
  }

  /** Runs statements as the superuser, in their turn. */
  async administer(statements: string): Promise<void> {
    await this.#asSuperuser(() => this.#engine.exec(statements));
  }

  /** What is kept of a login's password; null where there is no such login. */
  async verifierOf(user: string): Promise<string | null> {
    const text = "SELECT rolpassword FROM pg_authid WHERE rolname = $1 AND rolcanlogin";
    const { rows } = await this.#asSuperuser(() => this.#engine.query<{ rolpassword: string | null }>(text, [user]));
    return rows[0]?.rolpassword ?? null;
  }

  async #asSuperuser<T>(action: () => Promise<T>): Promise<T> {
    const give = await this.take();
    try {
      this.#holder = null;
      await this.#engine.exec(AS_SUPERUSER);
      return await action();
    } finally {
      give();
    }
  }
}

/** One connection of a client. */
class Connection {
  user = SUPERUSER;
  /** What it has set for its session, set again whenever it gets its turn. */
  readonly settings: string[] = [];
  readonly #socket: Socket;
  readonly #turns: Turns;
  readonly #reader = new MessageReader("client");
  /** Messages are dealt with one after the other. */
  #work: Promise<void> = Promise.resolve();
  #batch: Buffer[] = [];
  #give: (() => void) | null = null;

  constructor(socket: Socket, turns: Turns) {
    this.#socket = socket;
    this.#turns = turns;
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      for (const message of this.#reader.read(bytes)) this.#do(() => this.#handle(message));
    });
    socket.once("close", () => this.#do(() => this.#abandon()));
  }

  /** Ends it, and what it has not committed. */
  async close(): Promise<void> {
    this.#socket.destroy();
    this.#do(() => this.#abandon());
    await this.#work;
  }

  #do(action: () => Promise<void>): void {
    this.#work = this.#work.then(action).catch((error: unknown) => {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #handle({ type, bytes, text }: WireMessage): Promise<void> {
    if (this.#socket.destroyed) return;
    if (type === "encryption") this.#socket.write("N");
    else if (type === "cancel" || type === "X") this.#socket.end();
    else if (type === "startup") {
      const words = text.slice(8).split("\0");
      this.user = words[words.indexOf("user") + 1] ?? "";
      // Asks for the password as it is.
      this.#socket.write(message("R", int32(3)));
    } else if (type === "p") await this.#admit(bytes.subarray(5, -1).toString("utf8"));
    else {
      this.#batch.push(bytes);
      if (ENDS_OF_BATCH.includes(type)) await this.#run(text);
    }
  }

  async #admit(password: string): Promise<void> {
    const verifier = await this.#turns.verifierOf(this.user);
    if (verifier === null || !fits(password, verifier)) {
      const said = `password authentication failed for user "${this.user}"`;
      this.#socket.end(message("E", Buffer.from(`SFATAL\0VFATAL\0C28P01\0M${said}\0\0`)));
      return;
    }
    const parameters = Object.entries(PARAMETERS).map(([name, value]) =>
      message("S", Buffer.from(`${name}\0${value}\0`)),
    );
    const key = message("K", Buffer.concat([int32(1), int32(1)]));
    this.#socket.write(Buffer.concat([message("R", int32(0)), ...parameters, key, message("Z", Buffer.from("I"))]));
  }

  async #run(last: string): Promise<void> {
    this.#give ??= await this.#turns.take();
    const answer = await this.#turns.send(this, Buffer.concat(this.#batch.splice(0)));
    // Ready, and in no transaction.
    if (answer.subarray(-READY_BYTES).toString("latin1") === "Z\0\0\0\x05I") this.#giveBack();
    const statement = last.slice(5, -1);
    const isDone = answer.toString("latin1", 0, 1) === "C";
    if (isDone && /^\s*(?:SET|RESET)\s+(?!LOCAL|TRANSACTION)/i.test(statement)) this.settings.push(statement);
    if (!this.#socket.destroyed) this.#socket.write(answer);
  }

  async #abandon(): Promise<void> {
    if (this.#give === null) return;
    await this.#turns.send(this, message("Q", Buffer.from("ROLLBACK\0")));
    this.#giveBack();
  }

  #giveBack(): void {
    this.#give?.();
    this.#give = null;
  }
}

/** Whether it is the password, by what PostgreSQL keeps: SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>, RFC 5803. */
function fits(password: string, verifier: string): boolean {
  const [, iterations = "", salt = "", storedKey = ""] = verifier.split(/[$:]/);
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  return createHash("sha256").update(clientKey).digest("base64") === storedKey;
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
