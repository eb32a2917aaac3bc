import type { Command } from "commander";
import type { CloseFlags } from "../commands/close.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withLedger } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";

/** The command that closes the books of a period. */
export function addCloseCommands(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("close <period>")), ["text", "json"])
    .description("close a month: its figure stands from then on")
    .option("--tz <zone>", "IANA time zone of its days; default: the ledger's setting, UTC")
    .option("--dry-run", "only tell what would be closed, and what is open")
    .option("--now <time>", "take this as the current time")
    .addHelpText("after", CLOSE_HELP)
    .action(async (period: string, flags: CloseFlags) => {
      const { close } = await import("../commands/close.ts");
      finish(await close(io, period, flags));
    });
}

const CLOSE_HELP = `
What is recorded later of a closed period is an adjustment to it: see
farthing spend --period. Keep the chain head elsewhere: farthing verify --head
proves with it that nothing before it was changed.

Example: farthing close 2026-10`;
