import { askRows, spendProjection } from "@farthing/ledger";
import type { ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { commandLine } from "../output/command-line.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { byFlags, sameQuestion } from "../output/pinned-flags.ts";
import { parseBy } from "../flags/parse-where.ts";
import { renderSpend } from "../output/render-spend.ts";
import { askSelected, type FilterFlags, type Selection } from "../flags/selection.ts";
import type { ClosedPeriodAnswer } from "../input/closed-period.ts";
import { spendToJson } from "../output/spend-json.ts";

export interface SpendFlags extends FilterFlags {
  readonly by: readonly string[];
  readonly format: "text" | "json";
}

/** `farthing spend`: what the recorded responses cost, in total and by group. */
export async function spend(io: CommandIo, flags: SpendFlags): Promise<ExitCode> {
  const by = parseBy(flags.by);
  const { answer, exitCode } = await askSelected(io, flags, async (selection) => {
    const { view, checkpoints } = selection.contents;
    if (flags.period === undefined) {
      const result = await askRows(spendProjection({ ...selection, by }), view, checkpoints);
      return { selection, result, closed: null };
    }
    const { inClosedZone, closedPeriodOf } = await import("../input/closed-period.ts");
    const inZone = inClosedZone(selection, flags);
    const result = await askRows(spendProjection({ ...inZone, by }), view, checkpoints);
    return { selection: inZone, result, closed: await closedPeriodOf(inZone, result) };
  });
  const { selection, result, closed } = answer;
  if (flags.format === "json") {
    const command = commandLine(["spend", ...byFlags(by), ...sameQuestion(selection), "--format", "json"]);
    writeJson(io.stdout, spendToJson(result, selection, closed, command));
    return exitCode;
  }
  const options = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
  const closedLines = closed === null ? [] : await closedText(closed, selection, options.columns);
  writeLines(io.stdout, renderSpend(result, selection, closedLines, options));
  return exitCode;
}

async function closedText(
  closed: ClosedPeriodAnswer,
  { timeZone }: Selection,
  columns: number,
): Promise<readonly string[]> {
  const { renderClosed } = await import("../output/render-closed.ts");
  return renderClosed(closed, timeZone, columns);
}
