import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A PostgreSQL server with its usual settings, but for what its memory is told of this machine. */
export interface BenchServer {
  /** Of its first database. */
  readonly url: string;
  /** Creates an empty database; the one of that name before is dropped. */
  database(name: string): Promise<string>;
  /** Runs statements of `psql`; several may run at once. */
  psql(url: string, statement: string): Promise<void>;
  stop(): Promise<void>;
}

const DEBIAN = "/usr/lib/postgresql";
const SETTINGS = ["shared_buffers=512MB", "max_wal_size=8GB", "listen_addresses=127.0.0.1", "max_connections=60"];

/** Starts one in a folder of its own; null where none is installed. */
export async function startBenchServer(folder: string): Promise<BenchServer | null> {
  const bin = binaries();
  if (bin === null) return null;
  const root = mkdtempSync(join(folder, "postgres-"));
  const data = join(root, "data");
  const user = serverUser();
  if (user !== null) chownSync(root, user.uid, user.gid);
  const as = user ?? {};
  const made = spawnSync(join(bin, "initdb"), ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"], {
    encoding: "utf8",
    cwd: root,
    ...as,
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const settings = SETTINGS.flatMap((setting) => ["-c", setting]);
  const server = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), "-k", root, ...settings], {
    stdio: "ignore",
    cwd: root,
    ...as,
  });
  const urlOf = (name: string): string => `postgres://bench@127.0.0.1:${String(port)}/${name}`;
  const psql = (url: string, statement: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const args = [url, "-v", "ON_ERROR_STOP=1", "-q", "-c", statement];
      const child = spawn(join(bin, "psql"), args, { stdio: ["ignore", "ignore", "pipe"] });
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
      child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`psql: ${errors}`))));
    });
  for (let tries = 0; ; tries += 1) {
    try {
      await psql(urlOf("postgres"), "select 1");
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await wait(100);
    }
  }
  return {
    url: urlOf("postgres"),
    async database(name) {
      await psql(urlOf("postgres"), `drop database if exists ${name} with (force)`);
      await psql(urlOf("postgres"), `create database ${name} template template0`);
      return urlOf(name);
    },
    psql,
    async stop() {
      const ended = new Promise((resolve) => server.once("close", resolve));
      server.kill("SIGINT");
      await ended;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function binaries(): string | null {
  const releases = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...releases.map((release) => join(DEBIAN, release, "bin")),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return folders.find((folder) => folder !== "" && existsSync(join(folder, "initdb"))) ?? null;
}

/** PostgreSQL refuses root. */
function serverUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (user === undefined) throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
