import { resolve } from "node:path";
import { buildReport, type ReportInput } from "../../report/build-report.ts";
import { findRecommendation } from "../../report/explain-text.ts";
import { renderMarkdown } from "../../report/render-markdown.ts";
import { reportToJson } from "../../report/report-json.ts";
import { renderText } from "../../report/render-text.ts";
import type { Report } from "../../report/report.ts";
import { UsageError } from "../command-errors.ts";
import { exampleReportInput } from "../input/example-report-input.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { columnsOf, toJson } from "../output/output.ts";
import { select, type FilterFlags } from "../flags/selection.ts";
import { writeAtomically } from "../output/write-atomically.ts";

export interface ReportFlags extends FilterFlags {
  readonly format: "text" | "markdown" | "json" | "html";
  readonly output?: string;
  readonly explain?: string;
  readonly only?: string;
  readonly example?: true;
}

/** `farthing report`: what was spent, where, and what would have cost less. */
export async function report(io: CommandIo, flags: ReportFlags): Promise<ExitCode> {
  const { format, explain = null } = flags;
  if (format === "html") throw new UsageError("--format html is not available yet; use text, markdown or json");
  if (explain !== null && format !== "text") throw new UsageError("--explain answers in text; leave out --format");
  const { input, exitCode } = flags.example === true ? exampleInput(flags) : await ledgerInput(io, flags);
  const built = buildAsAsked(input, flags);
  const text = render(built, format, { columns: columnsOf(io), explain });
  if (flags.output === undefined) io.stdout.write(text);
  else await writeAtomically(resolve(io.cwd, flags.output), text);
  return exitCode;
}

interface Answerable {
  readonly input: Omit<ReportInput, "only">;
  readonly exitCode: ExitCode;
}

function exampleInput(flags: ReportFlags): Answerable {
  if (flags.ledger.length > 0) throw new UsageError("--example reports over bundled data; leave out --ledger");
  return { input: exampleReportInput(flags), exitCode: EXIT.done };
}

async function ledgerInput(io: CommandIo, flags: ReportFlags): Promise<Answerable> {
  const { contents, exitCode, ...selection } = await select(io, flags);
  const { account, damage, settings } = contents;
  return { input: { ...selection, account, damage, settings, example: false }, exitCode };
}

/** Recommendations may be named by their numbers, which are those of the report over everything. */
function buildAsAsked(input: Omit<ReportInput, "only">, { only, explain }: ReportFlags): Report {
  const whole = buildReport({ ...input, only: null });
  const ids = only?.split(",").map((name) => idOf(whole, name.trim(), "--only"));
  const built = ids === undefined ? whole : buildReport({ ...input, only: ids });
  if (explain !== undefined) idOf(built, explain, "--explain");
  return built;
}

function idOf(built: Report, name: string, flag: string): string {
  const recommendation = findRecommendation(built, name);
  if (recommendation !== null) return recommendation.id;
  throw new UsageError(
    `${flag}: this report has no recommendation "${name}"; give its number or id, as the report shows it`,
  );
}

function render(
  built: Report,
  format: Exclude<ReportFlags["format"], "html">,
  options: { readonly columns: number; readonly explain: string | null },
): string {
  if (format === "json") return toJson(reportToJson(built));
  const text = format === "text" ? renderText(built, options) : renderMarkdown(built);
  return text.endsWith("\n") ? text : `${text}\n`;
}
