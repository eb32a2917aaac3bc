import { resolve } from "node:path";
import { isEventOf, nodeThreads } from "@farthing/ledger";
import { explanationToJson } from "../../report/explain-json.ts";
import { findRecommendation } from "../../report/explain-text.ts";
import { renderMarkdown } from "../../report/render-markdown.ts";
import { reportToJson } from "../../report/report-json.ts";
import { renderText, type TextOptions } from "../../report/render-text.ts";
import type { DayZero } from "../../day-zero/day-zero.ts";
import type { Report } from "../../report/report.ts";
import type { Effort, PlanLimits, Risk } from "../../strategies/strategy.ts";
import { NoLedgerError, UsageError } from "../command-errors.ts";
import { describeFailure } from "../describe-failure.ts";
import type { Sharing } from "../input/analyse-in-shares.ts";
import { askWithEarlier } from "../input/ask-with-earlier.ts";
import { readDecisions } from "../input/read-decisions.ts";
import { reportOnLedgers, type BuildReport } from "../input/report-on-ledgers.ts";
import { warn } from "../messages.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { bold, columnsOf, toJson } from "../output/output.ts";
import { basisFlags, exampleQuestion, sameQuestion } from "../output/pinned-flags.ts";
import { reportCommands, type AskedReport } from "../output/report-commands.ts";
import type { Answered, FilterFlags, Selection } from "../flags/selection.ts";
import { writeAtomically } from "../output/write-atomically.ts";

export interface ReportFlags extends FilterFlags {
  readonly format: "text" | "markdown" | "json" | "html";
  readonly output?: string;
  readonly explain?: string;
  readonly only?: string;
  readonly risk?: Risk;
  readonly effort?: Effort;
  readonly adviceAsOf?: string;
  readonly example?: true;
  readonly fresh?: true;
  /** Default: 1. */
  readonly workers?: number;
}

/** `farthing report`: what was spent, where, and what would have cost less. */
export async function report(io: CommandIo, flags: ReportFlags): Promise<ExitCode> {
  const { format, output, explain = null } = flags;
  if (explain !== null && format !== "text" && format !== "json") {
    throw new UsageError("--explain answers in text or JSON");
  }
  const answered = flags.example === true ? await onExample(io, flags) : await onLedgersIfAny(io, flags);
  if (answered === null) return EXIT.badInput;
  const { answer, exitCode } = answered;
  const emphasis = (text: string): string => (output === undefined ? bold(io, text) : text);
  const text = await render(answer, format, { columns: columnsOf(io), explain, emphasis });
  if (output === undefined) io.stdout.write(text);
  else await writeAtomically(resolve(io.cwd, output), text);
  return exitCode;
}

/** A report, and how it was asked for. */
interface Answer {
  readonly built: Report;
  readonly asked: AskedReport;
  /** What the bill alone says, where no call is recorded; else null. */
  readonly bill: DayZero | null;
}

async function onExample(io: CommandIo, flags: ReportFlags): Promise<Answered<Answer>> {
  if (flags.ledger.length > 0) throw new UsageError("--example reports over bundled data; leave out --ledger");
  if (flags.asOf !== undefined || flags.adviceAsOf !== undefined)
    throw new UsageError("--example has no history; leave out --as-of and --advice-as-of");
  const { exampleReportInput } = await import("../input/example-report-input.ts");
  const { reportOnExample } = await import("../input/report-on-example.ts");
  const input = exampleReportInput(flags);
  const options = { limits: limitsOf(flags), overTime: saysDays(flags.format), sharing: sharingOf(io, flags) };
  const { built, advice } = await asAsked(reportOnExample(input, flags, options), flags);
  const asked = { question: exampleQuestion(input), advice, isExample: true };
  return { answer: { built, asked, bill: null }, exitCode: EXIT.done };
}

function onlyFlags(ids: readonly string[] | undefined): readonly string[] {
  return ids === undefined ? [] : ["--only", ids.join(",")];
}

function limitFlags({ risk, effort }: ReportFlags): readonly string[] {
  return [...(risk === undefined ? [] : ["--risk", risk]), ...(effort === undefined ? [] : ["--effort", effort])];
}

/** Null where there is no ledger yet, and it was said how to come by one. */
async function onLedgersIfAny(io: CommandIo, flags: ReportFlags): Promise<Answered<Answer> | null> {
  try {
    return await onLedgers(io, flags);
  } catch (error) {
    if (!(error instanceof NoLedgerError)) throw error;
    const { offerFirstSteps } = await import("../output/first-steps.ts");
    await offerFirstSteps(io, error);
    return null;
  }
}

async function onLedgers(io: CommandIo, flags: ReportFlags): Promise<Answered<Answer>> {
  const onUnsaved = (error: unknown): void => {
    // Whoever only reads a ledger of somebody else's cannot keep anything in it, and need not be told each time.
    if (io.stderr.isTTY === true) warn(io, `the advice could not be kept: ${describeFailure(error).message}`);
  };
  return askWithEarlier(io, flags, async (selection, earlier) => {
    const build = await reportOnLedgers(selection, {
      fresh: flags.fresh === true,
      everySession: flags.format === "json",
      limits: limitsOf(flags),
      overTime: saysDays(flags.format),
      decisions: await readDecisions(io, selection.contents.view.others),
      earlier,
      sharing: sharingOf(io, flags),
      onUnsaved,
    });
    const { built, advice } = await asAsked(build, flags);
    const bill = isOfEverything(flags) && built.total.responses === 0 ? await billAlone(selection) : null;
    return { built, asked: { question: sameQuestion(selection), advice, isExample: false }, bill };
  });
}

/** A bill cannot be filtered as requests are, nor limited as advice is. */
function isOfEverything({ where, since, until, risk, effort }: ReportFlags): boolean {
  return where.length === 0 && [since, until, risk, effort].every((flag) => flag === undefined);
}

/** Most ledgers hold calls, or no bill, and load nothing for it. */
async function billAlone(selection: Selection): Promise<DayZero | null> {
  if (!selection.contents.view.others.some((event) => isEventOf(event, "BillReported"))) return null;
  const { askDayZero } = await import("../input/ask-day-zero.ts");
  return askDayZero(selection);
}

/** Null where this thread does it all. */
function sharingOf(io: CommandIo, { workers = 1 }: ReportFlags): Sharing | null {
  if (workers === 1) return null;
  const { threads = nodeThreads } = io;
  const onLost = (why: string): void => {
    warn(io, `a worker did not do its part, which was then done without it: ${why}`);
  };
  return { workers, threads, onLost };
}

function limitsOf({ risk, effort }: ReportFlags): PlanLimits | null {
  if (risk === undefined && effort === undefined) return null;
  return { risk: risk ?? "other-answers", effort: effort ?? "rework" };
}

/** Recommendations may be named by their numbers, which are those of the report over everything. */
async function asAsked(
  build: BuildReport,
  flags: ReportFlags,
): Promise<{ readonly built: Report; readonly advice: readonly string[] }> {
  const { only, explain } = flags;
  const whole = await build(null);
  const ids = only?.split(",").map((name) => idOf(whole, name.trim(), "--only"));
  const built = ids === undefined ? whole : await build(ids);
  if (explain !== undefined) idOf(built, explain, "--explain");
  return { built, advice: [...onlyFlags(ids), ...limitFlags(flags), ...basisFlags(built)] };
}

function idOf(built: Report, name: string, flag: string): string {
  const recommendation = findRecommendation(built, name);
  if (recommendation !== null) return recommendation.id;
  throw new UsageError(
    `${flag}: this report has no recommendation "${name}"; give its number or id, as the report shows it`,
  );
}

/** Formats that say what each day cost. */
function saysDays(format: ReportFlags["format"]): boolean {
  return format === "json" || format === "html";
}

async function render(answer: Answer, format: ReportFlags["format"], options: TextOptions): Promise<string> {
  const { built, asked, bill } = answer;
  if (bill !== null) return renderBill(bill, answer, format, options);
  if (format === "json") return toJson(documentOf(built, asked, options.explain));
  if (format === "html") {
    // What draws is loaded by nobody else.
    const { renderHtml } = await import("../../html/page.ts");
    return renderHtml(built);
  }
  const text = format === "text" ? renderText(built, options) : renderMarkdown(built);
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** The same without any call. What says it is loaded for nothing else. */
async function renderBill(
  bill: DayZero,
  { built, asked }: Answer,
  format: ReportFlags["format"],
  options: TextOptions,
): Promise<string> {
  switch (format) {
    case "json": {
      const { dayZeroToJson } = await import("../../day-zero/json.ts");
      return toJson({ ...documentOf(built, asked, null), bill: dayZeroToJson(bill) });
    }
    case "html": {
      const { renderHtml } = await import("../../html/page.ts");
      const { dayZeroPage } = await import("../../day-zero/html.ts");
      return renderHtml(built, dayZeroPage(bill));
    }
    case "markdown": {
      const { dayZeroMarkdown } = await import("../../day-zero/markdown.ts");
      return dayZeroMarkdown(bill);
    }
    case "text": {
      const { dayZeroText } = await import("../../day-zero/text.ts");
      return dayZeroText(bill, options);
    }
  }
}

function documentOf(built: Report, asked: AskedReport, explain: string | null): object {
  const commands = reportCommands(asked);
  const recommendation = explain === null ? null : findRecommendation(built, explain);
  if (recommendation === null) return reportToJson(built, commands);
  return explanationToJson(built, recommendation, commands.explain(recommendation.id));
}
