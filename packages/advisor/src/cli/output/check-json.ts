import { formatInstant, formatUsd } from "@farthing/ledger";
import type { MeanCostComparison } from "../../compare/mean-cost.ts";
import { summaryOf } from "../../compare/summary.ts";
import { statusToJson } from "./budget-json.ts";
import type { CheckAnswer, CheckedSides } from "./check-results.ts";
import { commandLine } from "./command-line.ts";
import { areAskedAlike, pinnedSides, sidesOf } from "./compare-commands.ts";
import { sideToJson } from "./compare-json.ts";
import { ledgerFlags, pinnedFlags, whereFlags } from "./pinned-flags.ts";

/** What checks came to as their JSON document. */
export function checkToJson({ results, selection, compared, notes, limitFlags }: CheckAnswer): object {
  const isAskedAlike = compared === null || areAskedAlike(compared);
  return {
    ...(isAskedAlike ? { command: checkCommand({ selection, compared, limitFlags }) } : {}),
    ledgers: selection.contents.paths,
    now: formatInstant(selection.now),
    timeZone: selection.contents.settings.timeZone,
    priceBook: selection.book.hash,
    failed: results.filter(({ outcome }) => outcome === "failed").length,
    results: results.map(({ budget, ...result }) => ({
      ...result,
      budget: budget === null ? null : statusToJson(budget, selection),
    })),
    comparison: compared === null ? null : comparedToJson(compared),
    notes,
  };
}

/** Prints the checks again, of budgets as their ledger's settings define them then. */
function checkCommand({
  selection,
  compared,
  limitFlags,
}: Pick<CheckAnswer, "selection" | "compared" | "limitFlags">): string {
  const asked =
    compared === null
      ? [...ledgerFlags("--ledger", selection), ...pinnedFlags([selection])]
      : [...sidesOf(compared), ...whereFlags(compared.before.selection.where), ...pinnedSides(compared)];
  return commandLine(["check", ...asked, "--tz", selection.timeZone, ...limitFlags, "--format", "json"]);
}

function comparedToJson({ before, after, comparison, perRequest }: CheckedSides): object {
  return {
    summary: summaryOf(comparison),
    difference: formatUsd(comparison.difference),
    before: sideToJson(before),
    after: sideToJson(after),
    perRequest: perRequest === null ? null : meanToJson(perRequest),
  };
}

function meanToJson({ difference, mix, parts }: MeanCostComparison): object {
  return {
    difference: formatUsd(difference),
    mix: formatUsd(mix),
    parts: parts.map(({ cause, group, usd }) => ({
      workload: group.by["workload"] ?? null,
      cause,
      usd: formatUsd(usd),
    })),
  };
}
