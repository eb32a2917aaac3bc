import type { Command } from "commander";
import type { BillSetFlags } from "../commands/bill-set.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withLedger } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";

const EXAMPLE = "\nExample: farthing bill set 2026-10 41204.11";

/** The commands about what the invoice side says. */
export function addBillCommands(program: Command, io: CommandIo, finish: Finish): void {
  const bill = program
    .command("bill")
    .description("what an invoice says; an account of its own, never spend")
    .addHelpText("after", EXAMPLE);
  withFormat(withLedger(bill.command("set <period> <usd>")), ["text", "json"])
    .description("record the dollars an invoice says of a month (2026-10) or a day")
    .option("--tz <zone>", "IANA time zone of days and months; default: the ledger's setting, UTC")
    .option("--now <time>", "take this as the current time")
    .addHelpText("after", EXAMPLE)
    .action(async (period: string, usd: string, flags: BillSetFlags) => {
      const { setBill } = await import("../commands/bill-set.ts");
      finish(await setBill(io, period, usd, flags));
    });
}
