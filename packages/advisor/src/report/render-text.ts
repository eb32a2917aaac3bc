import { isAboutWork } from "../strategies/criteria.ts";
import { materiality } from "../thresholds.ts";
import { adviceBasisWords } from "./advice-basis-text.ts";
import { explainText } from "./explain-text.ts";
import { abstentionLines } from "./abstentions-text.ts";
import { outcomesText } from "./outcomes-text.ts";
import { recordedText } from "./recorded-text.ts";
import type { Due, Report } from "./report.ts";
import { savingsText } from "./savings-text.ts";
import { fit, printable, underHeading, wrap } from "./text-layout.ts";
import { caveats, totalWords } from "./total-words.ts";
import { whereText } from "./where-text.ts";
import { asOfText, countWords, dayWords, expiringWords, periodWords, sessionWords, usdWords } from "./words.ts";

export interface TextOptions {
  readonly columns: number;
  /** A recommendation's number or id, to show in full instead of the report; null for the report. */
  readonly explain: string | null;
  /** Sets headings apart where the terminal can; absent: text alone. */
  readonly emphasis?: (text: string) => string;
}

const MARGIN = 7;
const ABSTENTIONS_SHOWN = 6;
const DUE_SHOWN = 6;
const DAY_MS = 86_400_000;
/** What was used within this time is taken to be in use. */
const RECENTLY_MS = 30 * DAY_MS;

/** The report for a terminal. */
export function renderText(report: Report, options: TextOptions): string {
  const { columns, explain, emphasis = (text) => text } = options;
  const emphasised = (text: string): string => withHeadings(text, emphasis);
  if (explain !== null) return emphasised(explainText(report, explain, columns));
  const lines = [
    ...heading(report, columns),
    ...totals(report, columns),
    ...recordedText(report, columns),
    ...whereText(report, columns),
    ...outcomesText(report, columns),
    ...adviceBasisWords(report).flatMap((sentence) => wrap(sentence, columns, "  ")),
    ...savingsText(report, columns),
    ...due(report, columns),
    ...noAdvice(report, columns),
    ...notes(report, columns),
    ...next(report, columns),
  ];
  return emphasised(`${lines.map((line) => printable(line).trimEnd()).join("\n")}\n`);
}

/** Capitals at the margin, where nothing but headings begins. */
const HEADING = /^[A-Z][A-Z-]+(?: [A-Z0-9,]+)*(?=[ :]|$)/gm;

/** Text whose headings are set apart. */
export function withHeadings(text: string, emphasis: (heading: string) => string): string {
  return text.replace(HEADING, emphasis);
}

function heading(report: Report, columns: number): readonly string[] {
  const { period, total } = report;
  const what = total.claudeCodeOnly ? "Claude Code, " : "";
  const days = `${countWords(period.daysWithUse, "day")} with use`;
  const line = `farthing report   ${what}${periodWords(report)}, ${days}, ${period.timeZone}`;
  const asOf = period.asOf === null ? [] : [fit(`as recorded by ${asOfText(period.asOf)}`, columns)];
  const words = "EXAMPLE DATA: generated services, invented traffic, real prices";
  const example = report.example ? wrap(words, columns, "  ") : [];
  return [...wrap(line, columns, "  "), ...asOf, ...example];
}

function totals(report: Report, columns: number): readonly string[] {
  const { total } = report;
  const of = [
    countWords(total.responses, "response"),
    total.services > 0 ? countWords(total.services, "service") : null,
    total.services === 0 && total.sessions !== null && total.sessions > 0
      ? countWords(total.sessions, "session")
      : null,
    total.projects > 0 ? countWords(total.projects, "project") : null,
  ].filter((part) => part !== null);
  return [`${totalWords(report)}   ${of.join(", ")}`, ...caveats(report).map((caveat) => `  ${caveat}`)].flatMap(
    (line) => wrap(line, columns, "  "),
  );
}

function due(report: Report, columns: number): readonly string[] {
  const { timeZone } = report.period;
  const shown = report.due.slice(0, DUE_SHOWN).map((entry) => {
    const days = countWords(Math.ceil((entry.at - report.now) / DAY_MS), "day");
    return `${dayWords(entry.at, timeZone, false)}, ${days}: ${dueWords(entry, report)}`;
  });
  const rest = report.due.length - shown.length;
  const all = rest > 0 ? [...shown, `and ${String(rest)} more: --format json`] : shown;
  return all.flatMap((words) => underHeading("DUE", words, columns, MARGIN));
}

/** What happens then. */
export function dueWords(entry: Due, { now, period: { timeZone } }: Report): string {
  if (entry.kind === "batch-results-expire") return expiringWords(entry);
  const workloads = entry.workloads.join(", ");
  const recent = now - entry.lastUsedAt < RECENTLY_MS;
  const who = recent
    ? `${workloads} will fail`
    : `last used ${dayWords(entry.lastUsedAt, timeZone, true)} by ${workloads}`;
  return `${entry.model} stops; ${who}`;
}

function noAdvice(report: Report, columns: number): readonly string[] {
  const abstained = report.abstained.filter(({ reason }) => reason !== "flat-plan");
  const quiet = quietWorkloads(report);
  if (abstained.length === 0 && quiet.length === 0) return [];
  const all = abstentionLines(abstained, report, false);
  const shown = all.slice(0, ABSTENTIONS_SHOWN);
  const lines = shown.flatMap(({ about, reason }) => wrap(`  ${about.join(", ")}: ${reason}`, columns, "    "));
  const rest = all.length - shown.length;
  if (quiet.length > 0) {
    const limit = usdWords(materiality(report.advice.usd));
    lines.push(...wrap(`  ${quiet.join(", ")}: nothing worth ${limit} found`, columns, "    "));
  }
  return ["NO ADVICE", ...lines, ...(rest > 0 ? [`  and ${String(rest)} more: --format json`] : [])];
}

/** Workloads that were looked at and about which nothing else is said. */
export function quietWorkloads({
  where,
  gaps,
  recommendations,
  followUp,
  abstained,
  subset,
}: Report): readonly string[] {
  // Of a subset nothing follows about the rest.
  if (subset) return [];
  const mentioned = new Set([
    ...recommendations.map(({ plan }) => plan.workload),
    ...[...(followUp?.accepted ?? []), ...(followUp?.dismissed ?? [])].map(({ workload }) => workload),
    ...abstained.filter(({ reason }) => !isAboutWork(reason)).map(({ workload }) => workload),
  ]);
  const looked = new Set(gaps.map(({ workload }) => workload));
  return where.byWorkload.map(({ name }) => name).filter((name) => looked.has(name) && !mentioned.has(name));
}

function notes(report: Report, columns: number): readonly string[] {
  const shown = ["usage-assumption", "starts-estimated", "newer-events", "batch-items-free", "batch-results-deleted"];
  return report.findings.flatMap((finding) => {
    if (finding.kind === "transcripts-expire") return underHeading("KEEP", finding.text, columns, MARGIN);
    return shown.includes(finding.kind) ? underHeading("NOTE", finding.text, columns, MARGIN) : [];
  });
}

/** What a shell takes as it is. */
const PLAIN_WORD = /^[\w-]+$/;

function next(report: Report, columns: number): readonly string[] {
  const { total, where, recommendations, example, coverage } = report;
  if (total.responses === 0) {
    const step =
      coverage.recorded === 0
        ? "farthing import claude-code, or farthing import events FILE"
        : `none of the ${countWords(coverage.recorded, "recorded response")} matches the period and the filters given`;
    return underHeading(coverage.recorded === 0 ? "NEXT" : "NOTE", step, columns, MARGIN);
  }
  const [first] = recommendations;
  const session = total.claudeCodeOnly ? sessionWords(where.bySession?.[0]?.name ?? "") : "";
  const command = `farthing report${example ? " --example" : ""}`;
  const steps = [
    first === undefined ? null : `${command} --explain ${first.id}`,
    PLAIN_WORD.test(session) ? `farthing requests --where session=${session} --sort usd` : null,
    example ? null : `farthing spend --by ${total.claudeCodeOnly ? "project,model,agent" : "workload,model"}`,
  ].filter((step) => step !== null);
  // One to a line, to be copied whole.
  const lines = steps.flatMap((step, index) => underHeading(index === 0 ? "NEXT" : "", step, columns, MARGIN));
  return [...lines, fit(`prices ${report.priceBookHash}`, columns)];
}
