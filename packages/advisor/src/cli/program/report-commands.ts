import { Option, type Command } from "commander";
import { EFFORTS, RISKS } from "../../strategies/strategy.ts";
import type { ReportFlags } from "../commands/report.ts";
import type { RequestsFlags } from "../commands/requests.ts";
import type { SpendFlags } from "../commands/spend.ts";
import type { Finish } from "../finish.ts";
import { addRepeatable, withAdviceAsOf, withFilters, withFormat } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";
import { parseCount, parseWorkers } from "./parse-values.ts";

/** The commands that say what was spent, and what would have cost less. */
export function addReportCommands(program: Command, io: CommandIo, finish: Finish): void {
  addReport(program, io, finish);
  addSpend(program, io, finish);
  addRequests(program, io, finish);
}

function addReport(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withAdviceAsOf(withFilters(program.command("report"))), ["text", "markdown", "json", "html"])
    .description("where the money goes, and what would have cost less")
    .option("--period <period>", "a month, day or week: both ends at once")
    .option("--output <file>", "write to a file instead of stdout")
    .option("--explain <id>", "one recommendation in full")
    .option("--only <ids>", "replay these recommendations alone, separated by commas")
    .addOption(new Option("--risk <most>", "propose only what risks no more").choices(RISKS))
    .addOption(new Option("--effort <most>", "propose only what takes no more").choices(EFFORTS))
    .option("--fresh", "compute again rather than reuse an earlier result")
    .option("--workers <count>", "replay in so many threads, which share the work; default: 1", parseWorkers)
    .option("--example", "report over bundled EXAMPLE DATA instead of a ledger")
    .addHelpText("after", REPORT_HELP)
    .action(async (flags: ReportFlags) => {
      const { report } = await import("../commands/report.ts");
      finish(await report(io, flags));
    });
}

function addSpend(program: Command, io: CommandIo, finish: Finish): void {
  const spendCommand = withFormat(withFilters(program.command("spend")), ["text", "json"]);
  spendCommand.option("--period <period>", "a month, day or week, and what was adjusted since it was closed");
  addRepeatable(spendCommand, "--by <keys>", "group by these, separated by commas; see below")
    .description("what recorded responses cost, in total and by group")
    .addHelpText("after", BY_HELP)
    .action(async (flags: SpendFlags) => {
      const { spend } = await import("../commands/spend.ts");
      finish(await spend(io, flags));
    });
}

function addRequests(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withFilters(program.command("requests")), ["text", "json", "ndjson"])
    .description("one line per billed response")
    .addOption(
      new Option("--sort <order>", "largest, or earliest, first").choices(["usd", "time", "tokens"]).default("time"),
    )
    .option("--period <period>", "a month, day or week: both ends at once")
    .option("--limit <count>", "at most this many", parseCount)
    .option("--wide", "never cut ids to the width of the screen")
    .addHelpText("after", "\nExample: farthing requests --where workload=search --sort usd --limit 20")
    .action(async (flags: RequestsFlags) => {
      const { requests } = await import("../commands/requests.ts");
      finish(await requests(io, flags));
    });
}

const REPORT_HELP = `
Where a bill was imported and no call is recorded yet, it ranks the bill, says
the most that each change could save, and which key to attach first.

Example: farthing report --since 2026-10-01 --explain 1`;

const BY_HELP = `
Keys of --by and --where: hour, day, month, model, workload, service,
workspace, session, project, agent, branch, source, release, host, environment,
label:NAME.
--where KEY= keeps requests without a value.

Example: farthing spend --by day,model --since 2026-10-01`;
