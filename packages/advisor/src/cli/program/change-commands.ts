import { Option, type Command } from "commander";
import type { BudgetSetFlags, BudgetStatusFlags } from "../commands/budget.ts";
import type { CheckFlags } from "../commands/check.ts";
import type { CompareFlags } from "../commands/compare.ts";
import { addRepeatable, withAsOf, withFormat, withLedger, withPrices, withSelection } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";
import type { Finish } from "../finish.ts";
import { parsePercent } from "./parse-values.ts";

/** The commands that say how costs change: names, flags and help. */
export function addChangeCommands(program: Command, io: CommandIo, finish: Finish): void {
  addCompare(program, io, finish);
  addBudget(program, io, finish);
  addCheck(program, io, finish);
}

function addCompare(program: Command, io: CommandIo, finish: Finish): void {
  const command = withFormat(withSelection(withPrices(program.command("compare [periods...]"))), ["text", "json"]);
  addRepeatable(command, "--ledger-b <path>", "ledger of the second side; repeatable, default: the same");
  addRepeatable(command, "--by <keys>", "compare and list groups by these; default: by workload, not listed")
    .description("why one period costs something else than another")
    .addHelpText("after", COMPARE_HELP)
    .action(async (periods: string[], flags: CompareFlags) => {
      const { compare } = await import("../commands/compare.ts");
      finish(await compare(io, periods, flags));
    });
}

function addBudget(program: Command, io: CommandIo, finish: Finish): void {
  const budget = program
    .command("budget")
    .description("amounts per period, what is spent of them, and what they will come to")
    .addHelpText("after", BUDGET_HELP);
  const set = withFormat(withLedger(budget.command("set <name> <usd>")), ["text", "json"]);
  addRepeatable(set, "--where <key=value>", "only these requests; repeatable, all must hold; keys as for spend --by")
    .description("set one budget; an amount of none takes it back")
    .addOption(
      new Option("--per <period>", "how often it begins anew, weeks on Monday; default: as before, or month").choices([
        "day",
        "week",
        "month",
      ]),
    )
    .addHelpText("after", BUDGET_HELP)
    .action(async (name: string, usd: string, flags: BudgetSetFlags) => {
      const { setBudget } = await import("../commands/budget.ts");
      finish(await setBudget(io, name, usd, flags));
    });
  withFormat(withAsOf(withPrices(budget.command("status [name]"))), ["text", "json"])
    .description("what is spent, and a forecast to the end of the period")
    .addHelpText("after", BUDGET_HELP)
    .action(async (name: string | undefined, flags: BudgetStatusFlags) => {
      const { showBudgets } = await import("../commands/budget.ts");
      finish(await showBudgets(io, name, flags));
    });
}

function addCheck(program: Command, io: CommandIo, finish: Finish): void {
  const command = withSelection(withPrices(program.command("check [periods...]")));
  addRepeatable(withFormat(command, ["text", "markdown", "json"]), "--ledger-b <path>", "ledger of the second side")
    .description("for CI: exits 1 on a budget passed or a regression")
    .option("--forecast", "also fail on budgets that are expected to be passed")
    .option("--max-cost-per-request-increase <n>", "fail where a response costs over n % more", parsePercent)
    .option("--max-cache-hit-drop <n>", "fail where cache hits fell by over n points", parsePercent)
    .addHelpText("after", CHECK_HELP)
    .action(async (periods: string[], flags: CheckFlags) => {
      const { check } = await import("../commands/check.ts");
      finish(await check(io, periods, flags));
    });
}

const CHECK_HELP = `
Budgets are those of the ledger. Periods, and a second ledger, are given as to
compare. With fewer than 30 responses on a side nothing is called a regression.

Example: farthing check --forecast
         farthing check --ledger main --ledger-b branch --max-cache-hit-drop 5%`;

const BUDGET_HELP = `
Periods are cut in the time zone of the ledger's settings. A forecast needs
seven full days of recording since its first response. What is not named of a
budget set before stays; for no conditions at all take it back first.

Example: farthing budget set search 500 --per month --where service=search`;

const COMPARE_HELP = `
A period is a day (2026-10-05), a month (2026-10), an ISO week (2026-W41), or
FIRST..LAST of these, the last one included. With --ledger-b, one period is that
of both ledgers, and none is all there is.

Example: farthing compare 2026-09 2026-10 --by workload`;
