import type { SpendRollUp } from "@farthing/ledger/postgres";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { databaseUrl, ledgerToWrite } from "../flags/locate-ledger.ts";
import type { CommandIo } from "../io.ts";
import { warnOfMany, warnOfUnknownTypes } from "../messages.ts";
import { displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";

export interface RollupFlags {
  readonly ledger: readonly string[];
  readonly format: "text" | "json";
}

/** `farthing rollup`: what a ledger in a database says of its spend, up to date. */
export async function rollup(io: CommandIo, flags: RollupFlags): Promise<ExitCode> {
  const ledger = ledgerToWrite(flags.ledger, io);
  const url = databaseUrl(ledger, io);
  if (url === null) {
    const why = "is a folder, and only a ledger in a database has rollups";
    throw new UsageError(`rollup: ${ledger} ${why}; ask it: farthing spend --by day,model,workload`);
  }
  const { rollUpSharedSpend } = await import("../input/shared-ledgers.ts");
  const done = await rollUpSharedSpend(url, io);
  warnOfMany(
    io,
    done.rejected.map(({ id, why }) => `price ${id} is left out: ${why}`),
  );
  warnOfUnknownTypes(io, done.unknownTypes);
  const { outcome, changes, priceBook, asOf } = done;
  if (flags.format === "json") writeJson(io.stdout, { ledger, outcome, changes, priceBook, asOf });
  else writeLines(io.stdout, [`${wordsFor(done)}; ledger ${ledger}`, `  prices ${priceBook}, as of row ${asOf}`]);
  return EXIT.done;
}

function wordsFor({ outcome, changes }: SpendRollUp): string {
  switch (outcome) {
    case "rolled-up":
      return `farthing.spend is up to date: ${displayQuantity(changes, "change")} by day, model and workload`;
    case "unchanged":
      return "farthing.spend is up to date already";
    case "behind":
      return "farthing.spend was rolled up further by somebody else meanwhile; nothing was changed";
  }
}
