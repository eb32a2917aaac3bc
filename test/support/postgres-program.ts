import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The oldest release that the tests may run against. */
const OLDEST = 15;
/** Where Debian's packages put each release, which are not in the PATH. */
const DEBIAN = "/usr/lib/postgresql";

/** What is missing where {@link findPostgres} finds nothing. */
export const POSTGRES_NEEDED = `PostgreSQL ${String(OLDEST)} or later is needed: Debian's package "postgresql", or initdb and postgres in the PATH`;

/** The folder of its programs may be named, to run the tests against another release than the one that is found. */
const NAMED = process.env["FARTHING_POSTGRES_BIN"] ?? "";

/** The one that is named, the newest PostgreSQL of Debian's packages, or the one in the PATH; null where none is new enough. */
export function findPostgres(): string | null {
  const folders = [NAMED, ...debianFolders(), ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders.find((folder) => releaseIn(folder) >= OLDEST) ?? null;
}

function debianFolders(): string[] {
  if (!existsSync(DEBIAN)) return [];
  const releases = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
  return releases.map((release) => join(DEBIAN, release, "bin"));
}

/** 0 where no server is. */
function releaseIn(folder: string): number {
  if (folder === "" || !existsSync(join(folder, "initdb")) || !existsSync(join(folder, "postgres"))) return 0;
  const { stdout } = spawnSync(join(folder, "postgres"), ["--version"], { encoding: "utf8" });
  return Number(/\(PostgreSQL\) (?<release>\d+)/.exec(stdout ?? "")?.groups?.["release"] ?? 0);
}

/** A user and its group, by number. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to run the server as: PostgreSQL refuses root, for whom it is the packages' own user, or nobody. Null: as who runs this. */
export function serverUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (user === undefined) throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
