import { Option, type Command } from "commander";
import type { FocusFlags, TableFlags } from "../commands/export.ts";
import { PLATFORMS } from "../../exports/focus-sellers.ts";
import type { Finish } from "../finish.ts";
import { withFilters } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";

/** The commands that write files for other programs. */
export function addExportCommands(program: Command, io: CommandIo, finish: Finish): void {
  const exports = program.command("export").description("write what is recorded to files for other programs");
  for (const format of ["csv", "parquet"] as const) {
    withFilters(exports.command(format))
      .description(`billed responses, or what each day cost, as ${format === "csv" ? "CSV" : "Parquet"}`)
      .addOption(new Option("--of <what>", "which table").choices(["requests", "spend"]).default("requests"))
      .requiredOption("--output <file>", "file to write, replaced when it is whole")
      .addHelpText("after", `\nExample: farthing export ${format} --of spend --output spend.${format}`)
      .action(async (flags: TableFlags) => {
        const { exportTable } = await import("../commands/export.ts");
        finish(await exportTable(io, format, flags));
      });
  }
  withFilters(exports.command("focus"))
    .description("costs by day, service, model and meter as FOCUS 1.2, in UTC, with corrections of closed periods")
    .addOption(new Option("--format <format>", "of the file").choices(["csv", "parquet"]).default("csv"))
    .option("--billing-account <id>", "your organization's id, for BillingAccountId", "unknown")
    .addOption(
      new Option("--platform <name>", "who sold what no model id tells").choices(PLATFORMS).default("claude-api"),
    )
    .requiredOption("--output <file>", "file to write, replaced when it is whole")
    .addHelpText("after", "\nExample: farthing export focus --since 2026-10-01 --output focus.csv")
    .action(async (flags: FocusFlags) => {
      const { exportFocus } = await import("../commands/export.ts");
      finish(await exportFocus(io, flags));
    });
}
