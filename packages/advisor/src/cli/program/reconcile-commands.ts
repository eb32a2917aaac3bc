import type { Command } from "commander";
import type { ReconcileFlags } from "../commands/reconcile.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withPrices } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";

/** The command that holds a bill against the ledger. */
export function addReconcileCommand(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withPrices(program.command("reconcile [period]")), ["text", "json"])
    .description("the bill against the ledger: what differs, and why")
    .addHelpText("after", HELP)
    .action(async (period: string | undefined, flags: ReconcileFlags) => {
      const { reconcileBill } = await import("../commands/reconcile.ts");
      finish(await reconcileBill(io, period, flags));
    });
}

const HELP = `
PERIOD is a day, a month, an ISO week or FIRST..LAST of these, in UTC; without
it, all that the bill tells. The bill is what was imported with import
cost-report and usage-report, or stated with bill set. Every dollar of the
difference is in one class, and the classes sum to it.

Example: farthing reconcile 2026-10`;
