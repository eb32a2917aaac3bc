import type { GroupKey } from "@farthing/ledger";
import { compareCosts } from "../../compare/compare-costs.ts";
import { UsageError } from "../command-errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import { parseBy } from "../flags/parse-where.ts";
import { parsePeriod, type PeriodFlag } from "../flags/period.ts";
import { askTwoSides, type TwoSidesFlags } from "../input/compare-periods.ts";
import type { CommandIo } from "../io.ts";
import { comparisonToJson } from "../output/compare-json.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { renderComparison } from "../output/render-compare.ts";

export interface CompareFlags extends TwoSidesFlags {
  readonly by: readonly string[];
  readonly format: "text" | "json";
}

/** `farthing compare PERIOD PERIOD`: why the second costs something else than the first. */
export async function compare(io: CommandIo, periods: readonly string[], flags: CompareFlags): Promise<ExitCode> {
  const asked = parseBy(flags.by);
  const by: readonly GroupKey[] = asked.length === 0 ? ["workload"] : asked;
  const { answer, exitCode } = await askTwoSides(io, flags, twoPeriods(periods, flags), by);
  const answered = {
    ...answer,
    by,
    comparison: compareCosts(answer.before.drivers, answer.after.drivers, by),
    withTable: asked.length > 0,
  };
  if (flags.format === "json") writeJson(io.stdout, comparisonToJson(answered));
  else {
    const options = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
    writeLines(io.stdout, renderComparison(answered, options));
  }
  return exitCode;
}

/** Of two ledgers, one period is that of both, and none is all there is. */
function twoPeriods(
  texts: readonly string[],
  { ledgerB }: TwoSidesFlags,
): readonly [before: PeriodFlag | null, after: PeriodFlag | null] {
  const [before = null, after = null, ...more] = texts.map(parsePeriod);
  if (more.length > 0) throw new UsageError("compare: name no more than two periods");
  if (ledgerB.length === 0 && after === null) {
    throw new UsageError("compare: name two periods, such as 2026-09 2026-10, or a second ledger with --ledger-b");
  }
  return [before, after ?? before];
}
