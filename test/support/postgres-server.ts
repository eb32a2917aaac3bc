import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { watchOver, type Watcher } from "./outlived-by-nothing.ts";
import { findPostgres, POSTGRES_NEEDED, serverUser, type SystemUser } from "./postgres-program.ts";

export interface PostgresOptions {
  /**
   * Syncs nothing and vacuums nothing by itself: for suites that do not crash it. A commit that was acknowledged may then
   * be lost in {@link PostgresServer.kill}.
   */
  readonly isFast?: boolean;
  /** More settings of the server, over those the tests have; strings as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A login of the server. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A PostgreSQL server of its own on this machine, which never outlives the process that started it. */
export interface PostgresServer extends AsyncDisposable {
  /** Of a database that was empty when the server was started, for its superuser, with the password. */
  readonly url: string;
  readonly port: number;
  /**
   * Creates an empty database and returns its URL: for the superuser, or for the login that is then to own it. Text sorts
   * there as people sort it, not by bytes, where the server can: so a query that relies on the database's collation shows.
   */
  newDatabase(owner?: Login): Promise<string>;
  /** Creates a login without privileges. Logins are shared by all databases. */
  newLogin(): Promise<Login>;
  /** The URL of a database, by its name or its URL, for another login. Nothing is checked. */
  urlOf(database: string, user: string, password: string): string;
  /** Shuts it down in order; what it holds stays. */
  stop(): Promise<void>;
  /** Kills every process of it at one instant, with SIGKILL: nothing of it can be written after that. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data; it then recovers if it was killed. */
  start(): Promise<void>;
  restart(): Promise<void>;
  crashAndRestart(): Promise<void>;
  /** What it has logged since it was made. */
  log(): string;
}

const SUPERUSER = "superuser";
const READY = "database system is ready to accept connections";
const START_TIMEOUT_MS = 60_000;
const LOG_CHARACTERS = 1_000_000;
const FEATURE_NOT_SUPPORTED = "0A000";

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  shared_buffers: "16MB",
  max_connections: "60",
  max_wal_senders: "0",
  wal_level: "minimal",
  jit: "off",
  fsync: "on",
  synchronous_commit: "on",
};
const FAST: Readonly<Record<string, string>> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  autovacuum: "off",
};

/** Makes a server in a temporary folder and starts it. Throws, with what it said, where that fails or none is installed. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === null) throw new Error(`there is no server to start: ${POSTGRES_NEEDED}`);
  const user = serverUser();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "farthing-postgres-")));
  const watcher = watchOver(folder);
  try {
    const password = randomBytes(12).toString("hex");
    initialise(programs, folder, user, password);
    const server = new Server({ programs, folder, user, password, watcher, options });
    await server.startOnFreePort();
    return server;
  } catch (error) {
    await watcher.end();
    throw error;
  }
}

/** What a server is made from. */
interface Made {
  readonly programs: string;
  readonly folder: string;
  readonly user: SystemUser | null;
  readonly password: string;
  readonly watcher: Watcher;
  readonly options: PostgresOptions;
}

function initialise(programs: string, folder: string, user: SystemUser | null, password: string): void {
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== null) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
  const args = ["-D", join(folder, "data"), "-U", SUPERUSER, `--pwfile=${passwordFile}`, "-A", "scram-sha-256"];
  const { status, stdout, stderr, error } = spawnSync(
    join(programs, "initdb"),
    [...args, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
    { ...user, cwd: folder, env: environment(), encoding: "utf8" },
  );
  if (status === 0) return;
  throw new Error(`${programs}/initdb failed in ${folder}: ${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`);
}

/** Of these programs; with a time zone, so that initdb need not look for the machine's among all there are. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" };
}

type Postmaster = ChildProcessByStdio<null, null, Readable>;

class Server implements PostgresServer {
  readonly #made: Made;
  #port = 0;
  #postmaster: Postmaster | null = null;
  #log = "";
  #databases = 0;
  #url = "";

  constructor(made: Made) {
    this.#made = made;
  }

  get url(): string {
    return this.#url;
  }

  get port(): number {
    return this.#port;
  }

  /** Another process may take a port between the moment it is found and the server's start. */
  async startOnFreePort(): Promise<void> {
    for (let attempt = 1; this.#url === ""; attempt += 1) {
      this.#port = await freePort();
      try {
        await this.start();
        this.#url = await this.newDatabase();
      } catch (error) {
        if (attempt === 3 || !this.#log.includes("could not bind")) throw error;
      }
    }
  }

  async start(): Promise<void> {
    if (this.#postmaster !== null) throw new Error("this server runs already");
    const { programs, folder, user, watcher, options } = this.#made;
    const settings = { ...SETTINGS, ...(options.isFast === true ? FAST : {}), ...options.settings };
    const args = [`port=${String(this.#port)}`, `unix_socket_directories=${folder}`];
    for (const [name, value] of Object.entries(settings)) args.push(`${name}=${value}`);
    const child = spawn(
      join(programs, "postgres"),
      ["-D", join(folder, "data"), ...args.flatMap((setting) => ["-c", setting])],
      // In a group of its own, so that what interrupts the tests at a terminal leaves it to its watcher.
      { ...user, cwd: folder, env: environment(), stdio: ["ignore", "ignore", "pipe"], detached: true },
    );
    let said = "";
    child.on("error", (error) => (said += `${error.message}\n`));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
      // Later lines are in the log.
      if (said.includes(READY)) said = READY;
    });
    // Neither keeps this process from ending.
    child.unref();
    (child.stderr as Socket).unref();
    watcher.watch(child.pid ?? null);
    const deadline = Date.now() + START_TIMEOUT_MS;
    const isReady = (): boolean => said === READY;
    while (!isReady()) {
      if (!isRunning(child) || Date.now() > deadline) {
        await killAll(child);
        watcher.watch(null);
        throw new Error(`PostgreSQL did not start in ${folder}: ${said}`);
      }
      await wait(5);
    }
    this.#postmaster = child;
  }

  async stop(): Promise<void> {
    const child = this.#taken();
    // A fast shutdown: connections are closed, what is committed is written.
    const ended = hasEnded(child);
    child.kill("SIGINT");
    await ended;
    this.#made.watcher.watch(null);
  }

  async kill(): Promise<void> {
    await killAll(this.#taken());
    this.#made.watcher.watch(null);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async crashAndRestart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async newDatabase(owner?: Login): Promise<string> {
    this.#databases += 1;
    const name = `farthing_${String(this.#databases)}`;
    const create = `CREATE DATABASE ${name} TEMPLATE template0 ${owner === undefined ? "" : `OWNER ${owner.user}`}`;
    await this.#administer(async (client) => {
      try {
        await client.query(`${create} LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`);
      } catch (error) {
        // Not every build has ICU.
        if (!(error instanceof pg.DatabaseError) || error.code !== FEATURE_NOT_SUPPORTED) throw error;
        await client.query(create);
      }
    });
    return this.urlOf(name, owner?.user ?? SUPERUSER, owner?.password ?? this.#made.password);
  }

  async newLogin(): Promise<Login> {
    const login = { user: `login_${randomBytes(4).toString("hex")}`, password: randomBytes(12).toString("hex") };
    await this.#administer((client) => client.query(`CREATE ROLE ${login.user} LOGIN PASSWORD '${login.password}'`));
    return login;
  }

  urlOf(database: string, user: string, password: string): string {
    const name = database.includes("://") ? new URL(database).pathname.slice(1) : database;
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    return `postgresql://${credentials}@127.0.0.1:${String(this.#port)}/${name}`;
  }

  log(): string {
    return this.#log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#made.watcher.end();
    this.#postmaster = null;
  }

  /** The running server's process, which is about to end. */
  #taken(): Postmaster {
    const child = this.#postmaster;
    if (child === null) throw new Error("this server does not run");
    this.#postmaster = null;
    return child;
  }

  async #administer(action: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client(this.urlOf("postgres", SUPERUSER, this.#made.password));
    await client.connect();
    try {
      await action(client);
    } finally {
      await client.end();
    }
  }
}

function isRunning(child: Postmaster): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function hasEnded(child: Postmaster): Promise<void> {
  if (!isRunning(child)) return;
  child.ref();
  await once(child, "exit");
}

/** Kills a postmaster and the processes it has started, none of which it may replace meanwhile. */
async function killAll(child: Postmaster): Promise<void> {
  if (!isRunning(child) || child.pid === undefined) return;
  const ended = hasEnded(child);
  child.kill("SIGSTOP");
  const children = childrenOf(child.pid);
  for (const pid of children) send(pid, "SIGKILL");
  child.kill("SIGKILL");
  await ended;
  // A server does not start while one of them still holds the shared memory.
  while (children.some(isAlive)) await wait(5);
}

function childrenOf(parent: number): number[] {
  const rows = existsSync("/proc/self/stat")
    ? readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => [Number(pid), statusOf(pid).parent])
    : spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
        .stdout.split("\n")
        .map((row) => row.trim().split(/\s+/).map(Number));
  return rows.flatMap(([pid, of]) => (pid !== undefined && of === parent ? [pid] : []));
}

function isAlive(pid: number): boolean {
  // One that nobody waits for is a zombie, which holds nothing.
  return send(pid, 0) && statusOf(String(pid)).state !== "Z";
}

/** Read from /proc; without it, or when the process has gone, unknown. */
function statusOf(pid: string): { readonly state: string; readonly parent: number } {
  try {
    const [state = "", parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return { state: "", parent: 0 };
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
