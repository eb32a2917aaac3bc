import type { Command } from "commander";
import type { CompareFlags } from "./commands/compare.ts";
import { addRepeatable, withFormat, withPrices, withSelection } from "./flags/ledger-options.ts";
import type { CommandIo } from "./io.ts";
import type { Finish } from "./exit-codes.ts";

/** The commands that say how costs change: names, flags and help. */
export function addChangeCommands(program: Command, io: CommandIo, finish: Finish): void {
  addCompare(program, io, finish);
}

function addCompare(program: Command, io: CommandIo, finish: Finish): void {
  const command = withFormat(withSelection(withPrices(program.command("compare [periods...]"))), ["text", "json"]);
  addRepeatable(command, "--ledger-b <path>", "ledger of the second side; repeatable, default: the same");
  addRepeatable(command, "--by <keys>", "compare and list groups by these; default: by workload, not listed")
    .description("why one period costs something else than another")
    .addHelpText("after", COMPARE_HELP)
    .action(async (periods: string[], flags: CompareFlags) => {
      const { compare } = await import("./commands/compare.ts");
      finish(await compare(io, periods, flags));
    });
}

const COMPARE_HELP = `
A period is a day (2026-10-05), a month (2026-10), an ISO week (2026-W41), or
FIRST..LAST of these, the last one included. With --ledger-b, one period is that
of both ledgers, and none is all there is.

Example: farthing compare 2026-09 2026-10 --by workload`;
