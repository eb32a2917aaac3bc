import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describeUrl, isPostgresUrl } from "@farthing/ledger";
import { NoLedgerError, UsageError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";

const URL_SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** Where a ledger is looked for when no flag names one. */
type Places = Pick<CommandIo, "env" | "cwd" | "home">;

/**
 * The folders of the ledgers to read: those of `--ledger`, else `FARTHING_LEDGER`, else `.farthing/` here or above, else
 * the user data folder. Of a ledger in a database it is this host's copy, brought up to date. Whether a named folder is a
 * ledger shows when it is opened.
 *
 * @throws NoLedgerError where nothing is named and nothing is found.
 */
export async function ledgersToRead(flags: readonly string[], io: CommandIo): Promise<readonly string[]> {
  const found = await ledgersIfAny(flags, io);
  if (found.length > 0) return found;
  throw new NoLedgerError(`.farthing/ here or above nor ${userLedger(io)}`);
}

/** Like `ledgersToRead`, with an empty list where nothing is named and nothing is found. */
export async function ledgersIfAny(flags: readonly string[], io: CommandIo): Promise<readonly string[]> {
  const named = namedLedgers(flags, io) ?? foundLedger(io) ?? [];
  const folders: string[] = [];
  for (const each of named) {
    const url = databaseUrl(each, io);
    folders.push(url === null ? each : await copyOf(url, io));
  }
  return [...new Set(folders)];
}

async function copyOf(url: string, io: CommandIo): Promise<string> {
  const { updateSharedLedger } = await import("../input/shared-ledgers.ts");
  return updateSharedLedger(url, io);
}

/** URLs of databases by the names that may be printed, for as long as a command runs. */
const URLS = new WeakMap<CommandIo, Map<string, string>>();

/** The URL of a ledger in a database, by itself or by the name that `ledgerToWrite` gave it; null for a folder. */
export function databaseUrl(ledger: string, io: CommandIo): string | null {
  return URLS.get(io)?.get(ledger) ?? (isPostgresUrl(ledger) ? ledger : null);
}

/**
 * The one ledger to write to; where nothing is named and nothing is found, the one of the user data folder. What names a
 * database may be printed: it has no user, password or parameters.
 */
export function ledgerToWrite(flags: readonly string[], io: CommandIo): string {
  const [ledger, ...others] = namedLedgers(flags, io) ?? foundLedger(io) ?? [];
  if (others.length > 0) throw new UsageError("--ledger: this command writes to one ledger; name one");
  return ledger === undefined ? userLedger(io) : isPostgresUrl(ledger) ? printableName(ledger, io) : ledger;
}

function printableName(url: string, io: CommandIo): string {
  if (!URL.canParse(url)) throw new UsageError("--ledger: not a URL; name a folder, or postgres://HOST/DATABASE");
  const name = describeUrl(url);
  const urls = URLS.get(io) ?? new Map<string, string>();
  URLS.set(io, urls.set(name, urls.get(name) ?? url));
  return name;
}

function namedLedgers(flags: readonly string[], { env, cwd }: Places): readonly string[] | null {
  const variable = env["FARTHING_LEDGER"] ?? "";
  if (flags.length > 0) return [...new Set(flags.map((path) => toFolder(path, "--ledger", cwd)))];
  return variable === "" ? null : [toFolder(variable, "FARTHING_LEDGER", cwd)];
}

function toFolder(path: string, origin: string, cwd: string): string {
  const scheme = URL_SCHEME.exec(path)?.[1];
  if (isPostgresUrl(path)) return path;
  // The rest of the URL may hold a password.
  if (scheme !== undefined) {
    throw new UsageError(`${origin}: there are no ledgers at ${scheme}://; name a folder, or postgres://HOST/DATABASE`);
  }
  if (path === "") throw new UsageError(`${origin}: the path is empty; name a folder`);
  return resolve(cwd, path);
}

function foundLedger(places: Places): readonly string[] | null {
  for (let folder = resolve(places.cwd); ; folder = dirname(folder)) {
    const candidate = join(folder, ".farthing");
    if (existsSync(candidate)) return [candidate];
    if (folder === dirname(folder)) break;
  }
  const candidate = userLedger(places);
  return existsSync(candidate) ? [candidate] : null;
}

function userLedger({ env, home }: Places): string {
  const dataHome = env["XDG_DATA_HOME"] ?? "";
  return join(dataHome === "" ? join(home, ".local", "share") : dataHome, "farthing");
}
