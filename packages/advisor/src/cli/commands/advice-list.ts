import { explainText, findRecommendation } from "../../report/explain-text.ts";
import type { Report } from "../../report/report.ts";
import { UsageError } from "../command-errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Answered } from "../flags/selection.ts";
import { askWithEarlier } from "../input/ask-with-earlier.ts";
import { readDecisions } from "../input/read-decisions.ts";
import { wholeReport } from "../input/whole-report.ts";
import type { CommandIo } from "../io.ts";
import { adviceCommands, adviceToJson, pieceOf, pieceToJson, type AdviceCommands } from "../output/advice-json.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import { basisFlags, sameQuestion } from "../output/pinned-flags.ts";
import { renderAdvice, renderDecided } from "../output/render-advice.ts";
import type { AdviceQuestionFlags } from "./advice-flags.ts";

/** `farthing advice list`: what is advised, what was decided, and what came of it. */
export async function listAdvice(io: CommandIo, flags: AdviceQuestionFlags): Promise<ExitCode> {
  const { answer, exitCode } = await askAdvice(io, flags);
  const { report, commands } = answer;
  if (flags.format === "json") writeJson(io.stdout, adviceToJson(report, commands));
  else writeLines(io.stdout, renderAdvice(report, columnsOf(io)));
  return exitCode;
}

/** `farthing advice show ID`. */
export async function showAdvice(io: CommandIo, id: string, flags: AdviceQuestionFlags): Promise<ExitCode> {
  const { answer, exitCode } = await askAdvice(io, flags);
  const { report, commands } = answer;
  const piece = pieceOf(report, id);
  if (piece === null) {
    throw new UsageError(`there is no advice "${id}"; \`farthing advice list\` shows numbers and ids`);
  }
  const columns = columnsOf(io);
  if (flags.format === "json") writeJson(io.stdout, pieceToJson(report, piece, commands));
  else if (findRecommendation(report, id) !== null) io.stdout.write(explainText(report, id, columns));
  else writeLines(io.stdout, renderDecided(piece, report.period.timeZone, columns));
  return exitCode;
}

/** The report over a whole ledger, and how to come by what it says of advice again. */
interface Advised {
  readonly report: Report;
  readonly commands: AdviceCommands;
}

function askAdvice(io: CommandIo, flags: AdviceQuestionFlags): Promise<Answered<Advised>> {
  return askWithEarlier(io, { ...flags, where: [] }, async (selection, earlier) => {
    const decisions = await readDecisions(io, selection.contents.view.others);
    const report = await wholeReport(selection, decisions, earlier);
    return { report, commands: adviceCommands([...sameQuestion(selection), ...basisFlags(report)]) };
  });
}
