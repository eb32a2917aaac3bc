import type { BudgetPeriod, BudgetSetting } from "@farthing/ledger";
import { InputError, UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import { parseWhere } from "../flags/parse-where.ts";
import { askSelected, type LedgerFlags } from "../flags/selection.ts";
import { budgetStatuses } from "../input/budget-statuses.ts";
import { withTokens } from "../input/label-tokens.ts";
import type { CommandIo } from "../io.ts";
import { budgetsToJson, budgetStatusToJson } from "../output/budget-json.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import { budgetLine, renderBudgets } from "../output/render-budget.ts";

export interface BudgetSetFlags {
  readonly ledger: readonly string[];
  /** Default: as before, and of a budget that is not set yet, by the month. */
  readonly per?: BudgetPeriod;
  /** None: as before. */
  readonly where: readonly string[];
  readonly format: "text" | "json";
}

export interface BudgetStatusFlags extends LedgerFlags {
  readonly asOf?: string;
  readonly format: "text" | "json";
}

/** `farthing budget set NAME USD`: sets one budget, keeping what no flag names, or with `none` takes it back. */
export async function setBudget(io: CommandIo, name: string, usd: string, flags: BudgetSetFlags): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const typed = parseWhere(flags.where);
  await using ledger = await openToWrite(path, io);
  const current = await ledger.settings.read();
  const before = current.budgets.find((budget) => budget.name === name);
  const others = current.budgets.filter((budget) => budget.name !== name);
  if (usd === "none" && before === undefined) throw new UsageError(`there is no budget "${name}"`);
  const named = await withTokens(io, typed, { paths: [path], ...current });
  const where = named.length === 0 ? (before?.where ?? []) : named;
  const budget: BudgetSetting = { name, usd, per: flags.per ?? before?.per ?? "month", where };
  const { budgets } = await ledger.settings.patch({ budgets: usd === "none" ? others : [...others, budget] });
  if (flags.format === "json") writeJson(io.stdout, budgetsToJson(path, budgets));
  else writeLines(io.stdout, budgets.length === 0 ? ["no budget is set"] : budgets.map(budgetLine));
  return EXIT.done;
}

/** `farthing budget status [NAME]`: what is spent of budgets, and what they will come to. */
export async function showBudgets(
  io: CommandIo,
  name: string | undefined,
  flags: BudgetStatusFlags,
): Promise<ExitCode> {
  const path = await oneLedgerToRead(flags.ledger, io, "each ledger has its own budgets");
  const { answer, exitCode } = await askSelected(io, { ...flags, ledger: [path], where: [] }, async (selection) => {
    const { budgets } = selection.contents.settings;
    const wanted = name === undefined ? budgets : budgets.filter((budget) => budget.name === name);
    if (wanted.length === 0) {
      const none = name === undefined ? "no budget is set" : `there is no budget "${name}"`;
      throw new InputError(`${path}: ${none}; set one with \`farthing budget set NAME USD\``);
    }
    return { selection, statuses: await budgetStatuses(selection, wanted), name: name ?? null };
  });
  if (flags.format === "json") writeJson(io.stdout, budgetStatusToJson(path, answer));
  else writeLines(io.stdout, renderBudgets(answer, columnsOf(io)));
  return exitCode;
}
