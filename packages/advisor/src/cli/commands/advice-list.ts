import { explainText, findRecommendation } from "../../report/explain-text.ts";
import { UsageError } from "../command-errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import { askWholeReport } from "../input/whole-report.ts";
import type { CommandIo } from "../io.ts";
import { adviceToJson, pieceOf, pieceToJson } from "../output/advice-json.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import { renderAdvice, renderDecided } from "../output/render-advice.ts";
import type { AdviceFlags } from "./advice-flags.ts";

/** `farthing advice list`: what is advised, what was decided, and what came of it. */
export async function listAdvice(io: CommandIo, flags: AdviceFlags): Promise<ExitCode> {
  const { answer: report, exitCode } = await askWholeReport(io, flags);
  if (flags.format === "json") writeJson(io.stdout, adviceToJson(report));
  else writeLines(io.stdout, renderAdvice(report, columnsOf(io)));
  return exitCode;
}

/** `farthing advice show ID`. */
export async function showAdvice(io: CommandIo, id: string, flags: AdviceFlags): Promise<ExitCode> {
  const { answer: report, exitCode } = await askWholeReport(io, flags);
  const piece = pieceOf(report, id);
  if (piece === null) {
    throw new UsageError(`there is no advice "${id}"; \`farthing advice list\` shows numbers and ids`);
  }
  const columns = columnsOf(io);
  if (flags.format === "json") writeJson(io.stdout, pieceToJson(report, piece));
  else if (findRecommendation(report, id) !== null) io.stdout.write(explainText(report, id, columns));
  else writeLines(io.stdout, renderDecided(piece, report.period.timeZone, columns));
  return exitCode;
}
