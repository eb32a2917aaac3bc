import { UsageError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";
import { ledgersToRead } from "./locate-ledger.ts";

/**
 * The one ledger of a command that looks into a ledger itself rather than at usage.
 *
 * @param why What cannot be said of several ledgers together.
 */
export async function oneLedgerToRead(flags: readonly string[], io: CommandIo, why: string): Promise<string> {
  const [path, ...others] = await ledgersToRead(flags, io);
  if (path === undefined || others.length > 0) throw new UsageError(`--ledger: ${why}; name one`);
  return path;
}
