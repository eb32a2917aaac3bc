import { askRows, spendProjection } from "@farthing/ledger";
import type { ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { commandLine } from "../output/command-line.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { byFlags, sameQuestion } from "../output/pinned-flags.ts";
import { parseBy } from "../flags/parse-where.ts";
import { renderSpend } from "../output/render-spend.ts";
import { askSelected, type FilterFlags } from "../flags/selection.ts";
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
    return { selection, result: await askRows(spendProjection({ ...selection, by }), view, checkpoints) };
  });
  const { selection, result } = answer;
  if (flags.format === "json") {
    const command = commandLine(["spend", ...byFlags(by), ...sameQuestion(selection), "--format", "json"]);
    writeJson(io.stdout, spendToJson(result, selection, command));
  } else
    writeLines(io.stdout, renderSpend(result, selection, { columns: columnsOf(io), bold: (text) => bold(io, text) }));
  return exitCode;
}
