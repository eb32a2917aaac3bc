import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { NoLedgerError, UsageError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";

const URL_SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** Where a ledger is looked for when no flag names one. */
type Places = Pick<CommandIo, "env" | "cwd" | "home">;

/**
 * The ledgers to read: those of `--ledger`, else `FARTHING_LEDGER`, else `.farthing/` here or above, else the user
 * data folder. Whether a named folder is a ledger shows when it is opened.
 *
 * @throws NoLedgerError where nothing is named and nothing is found.
 */
export function ledgersToRead(flags: readonly string[], places: Places): readonly string[] {
  const found = namedLedgers(flags, places) ?? foundLedger(places);
  if (found !== null) return found;
  throw new NoLedgerError(`.farthing/ here or above nor ${userLedger(places)}`);
}

/** Like `ledgersToRead`, with an empty list where nothing is named and nothing is found. */
export function ledgersIfAny(flags: readonly string[], places: Places): readonly string[] {
  return namedLedgers(flags, places) ?? foundLedger(places) ?? [];
}

/** The one ledger to write to; where nothing is named and nothing is found, the one of the user data folder. */
export function ledgerToWrite(flags: readonly string[], places: Places): string {
  const [path, ...others] = namedLedgers(flags, places) ?? foundLedger(places) ?? [];
  if (others.length > 0) throw new UsageError("--ledger: this command writes to one ledger; name one");
  return path ?? userLedger(places);
}

function namedLedgers(flags: readonly string[], { env, cwd }: Places): readonly string[] | null {
  const variable = env["FARTHING_LEDGER"] ?? "";
  if (flags.length > 0) return [...new Set(flags.map((path) => toFolder(path, "--ledger", cwd)))];
  return variable === "" ? null : [toFolder(variable, "FARTHING_LEDGER", cwd)];
}

function toFolder(path: string, origin: string, cwd: string): string {
  const scheme = URL_SCHEME.exec(path)?.[1];
  // The rest of the URL may hold a password.
  if (scheme !== undefined)
    throw new UsageError(`${origin}: a ledger at a URL (${scheme}://) is not available yet; name a folder`);
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
