import { compareCosts } from "../../compare/compare-costs.ts";
import { compareMeanCosts } from "../../compare/mean-cost.ts";
import { comparisonNotes } from "../../compare/notes.ts";
import { costRegression, hitRateRegression } from "../../compare/regressions.ts";
import { TRIAL_LABEL } from "../../trace/is-trial-call.ts";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parsePeriod, type PeriodFlag } from "../flags/period.ts";
import { askSelected, type Answered, type Selection } from "../flags/selection.ts";
import { budgetStatuses } from "../input/budget-statuses.ts";
import { sideSamples } from "../input/check-sides.ts";
import { askTwoSides, type TwoSides, type TwoSidesFlags } from "../input/compare-periods.ts";
import type { CommandIo } from "../io.ts";
import { checkToJson } from "../output/check-json.ts";
import {
  budgetResult,
  costResult,
  hitRateResult,
  type CheckAnswer,
  type CheckedSides,
  type CheckResult,
} from "../output/check-results.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import { renderCheck, renderCheckMarkdown } from "../output/render-check.ts";

/** More than anybody types after the point of a percentage. */
const PERCENT_DIGITS = 10;

export interface CheckFlags extends TwoSidesFlags {
  readonly forecast?: true;
  /** A share, such as 0.1. */
  readonly maxCostPerRequestIncrease?: number;
  /** A share of the prompts' tokens. */
  readonly maxCacheHitDrop?: number;
  readonly format: "text" | "markdown" | "json";
}

/** `farthing check`: exits 1 where a budget is passed, or where two periods or ledgers show a regression. */
export async function check(io: CommandIo, periods: readonly string[], flags: CheckFlags): Promise<ExitCode> {
  const sides = sidesOf(periods, flags);
  const budgets = await budgetResults(io, flags);
  const compared = sides === null ? null : await comparedResults(io, flags, sides);
  const { selection } = budgets.answer;
  const { budgetsLeftOut } = selection.contents;
  const results = [...budgets.answer.results, ...(compared?.results ?? [])];
  if (results.length === 0 && budgetsLeftOut.length > 0) {
    throw new UsageError("--ledger: each ledger has its own budgets; name one");
  }
  if (results.length === 0) {
    throw new UsageError(
      "check: nothing to check; set a budget, or give two periods and a limit such as --max-cache-hit-drop 5%",
    );
  }
  const notes = [...leftOutNotes(budgetsLeftOut), ...(compared?.notes ?? [])];
  const answer: CheckAnswer = {
    results,
    selection,
    limitFlags: limitFlags(flags),
    compared: compared?.sides ?? null,
    notes,
  };
  if (flags.format === "json") writeJson(io.stdout, checkToJson(answer));
  else
    writeLines(
      io.stdout,
      flags.format === "markdown" ? renderCheckMarkdown(answer) : renderCheck(answer, columnsOf(io)),
    );
  const damaged = [budgets.exitCode, compared?.exitCode ?? EXIT.done].find((code) => code !== EXIT.done);
  return results.some(({ outcome }) => outcome === "failed") ? EXIT.checkFailed : (damaged ?? EXIT.done);
}

function limitFlags({ forecast, maxCostPerRequestIncrease, maxCacheHitDrop }: CheckFlags): readonly string[] {
  return [
    ...(forecast === true ? ["--forecast"] : []),
    ...(maxCostPerRequestIncrease === undefined
      ? []
      : ["--max-cost-per-request-increase", percentText(maxCostPerRequestIncrease)]),
    ...(maxCacheHitDrop === undefined ? [] : ["--max-cache-hit-drop", percentText(maxCacheHitDrop)]),
  ];
}

/** A share as it is typed: 0.07 times 100 is not 7 in floating point. */
function percentText(share: number): string {
  return `${String(Number((share * 100).toFixed(PERCENT_DIGITS)))}%`;
}

type Sides = readonly [before: PeriodFlag | null, after: PeriodFlag | null];

/** What is compared; null where no limit asks for it. */
function sidesOf(texts: readonly string[], flags: CheckFlags): Sides | null {
  const [before = null, after = null, ...more] = texts.map(parsePeriod);
  if (more.length > 0) throw new UsageError("check: name no more than two periods");
  const isLimited = flags.maxCostPerRequestIncrease !== undefined || flags.maxCacheHitDrop !== undefined;
  const isTwo = flags.ledgerB.length > 0 || after !== null;
  if (!isLimited && (isTwo || before !== null)) {
    throw new UsageError("check: give a limit, --max-cost-per-request-increase or --max-cache-hit-drop");
  }
  if (isLimited && !isTwo) throw new UsageError("check: a limit needs two periods, or a second ledger with --ledger-b");
  return isLimited ? [before, after ?? before] : null;
}

function leftOutNotes(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`budgets are not checked, each ledger has its own: ${names.join(", ")}`];
}

interface CheckedBudgets {
  readonly selection: Selection;
  readonly results: readonly CheckResult[];
}

async function budgetResults(io: CommandIo, flags: CheckFlags): Promise<Answered<CheckedBudgets>> {
  return askSelected(io, { ...flags, where: [] }, async (selection) => {
    const { budgets, timeZone } = selection.contents.settings;
    const statuses = await budgetStatuses(selection, budgets);
    return { selection, results: statuses.map((status) => budgetResult(status, flags.forecast === true, timeZone)) };
  });
}

interface Compared {
  readonly results: readonly CheckResult[];
  readonly sides: CheckedSides;
  readonly notes: readonly string[];
  readonly exitCode: ExitCode;
}

async function comparedResults(io: CommandIo, flags: CheckFlags, periods: Sides): Promise<Compared> {
  // Nobody sends the calls of a trial again: they say nothing of what costs became.
  const withoutTrials = { ...flags, where: [...new Set([...flags.where, `label:${TRIAL_LABEL}=`])] };
  const { answer, exitCode } = await askTwoSides(io, withoutTrials, periods, ["workload"], sideSamples);
  const { before, after } = answer;
  const comparison = compareCosts(before.drivers, after.drivers, ["workload"]);
  const isCostAsked = flags.maxCostPerRequestIncrease !== undefined;
  const perRequest = isCostAsked ? compareMeanCosts(comparison, before.drivers, after.drivers) : null;
  return {
    results: regressionResults(answer, flags),
    sides: { before, after, comparison, perRequest },
    notes: comparisonNotes(comparison, before, after),
    exitCode,
  };
}

function regressionResults({ before, after }: TwoSides, flags: CheckFlags): CheckResult[] {
  const { maxCostPerRequestIncrease, maxCacheHitDrop } = flags;
  const [was, is] = [before.samples, after.samples];
  if (was === null || is === null) return [];
  const unpriced = before.spend.total.unpricedRequests + after.spend.total.unpricedRequests;
  return [
    ...(maxCostPerRequestIncrease === undefined
      ? []
      : [costResult(costRegression(was.costs, is.costs, maxCostPerRequestIncrease), unpriced)]),
    ...(maxCacheHitDrop === undefined ? [] : [hitRateResult(hitRateRegression(was.hits, is.hits, maxCacheHitDrop))]),
  ];
}
