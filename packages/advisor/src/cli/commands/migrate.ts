import { migrateLedger, type Migration } from "@farthing/ledger/postgres";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { databaseUrl, ledgerToWrite } from "../flags/locate-ledger.ts";
import { sharedLedger } from "../input/shared-ledgers.ts";
import type { CommandIo } from "../io.ts";
import { displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";

export interface MigrateFlags {
  readonly ledger: readonly string[];
  readonly format: "text" | "json";
}

/** `farthing migrate`: makes the tables of a ledger in a database, or brings them up to date. */
export async function migrate(io: CommandIo, flags: MigrateFlags): Promise<ExitCode> {
  const name = ledgerToWrite(flags.ledger, io);
  const url = databaseUrl(name, io);
  if (url === null) {
    throw new UsageError("--ledger: a folder needs no migration; name a database: postgres://HOST/DATABASE");
  }
  const done = await migrateLedger(sharedLedger(url, io), { now: io.now });
  if (flags.format === "json") writeJson(io.stdout, { ledger: name, ...done });
  else writeLines(io.stdout, toLines(name, done));
  return EXIT.done;
}

function toLines(name: string, { from, to, partitions, newEra, rightsRestored }: Migration): string[] {
  const version = `version ${String(to)}`;
  const first =
    from === 0
      ? `made the tables of a ledger in ${name}, ${version}`
      : from < to
        ? `brought the tables in ${name} from version ${String(from)} to ${String(to)}`
        : `the tables in ${name} are up to date, ${version}`;
  return [
    first,
    ...(partitions.length === 0 ? [] : [`  months    ${displayQuantity(partitions.length, "partition")} made`]),
    ...(newEra ? ["  copy      it was restored from a copy: hosts make their own copies anew"] : []),
    ...(rightsRestored
      ? ["  roles     what was missing of them is there again: grant them to the logins that lost them"]
      : []),
  ];
}
