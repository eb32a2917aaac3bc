import { displayUsd } from "@farthing/ledger";
import { materiality } from "../thresholds.ts";
import { explainText } from "./explain-text.ts";
import type { Report } from "./report.ts";
import { savingsText } from "./savings-text.ts";
import { clip, underHeading, wrap } from "./text-layout.ts";
import { whereText } from "./where-text.ts";
import { countWords, dayWords, periodWords, priceWords, usdWords } from "./words.ts";

export interface TextOptions {
  readonly columns: number;
  /** A recommendation's number or id, to show in full instead of the report; null for the report. */
  readonly explain: string | null;
}

const MARGIN = 7;
const ABSTENTIONS_SHOWN = 6;

/** The report for a terminal. */
export function renderText(report: Report, options: TextOptions): string {
  if (options.explain !== null) return explainText(report, options.explain, options.columns);
  const { columns } = options;
  const lines = [
    ...heading(report, columns),
    ...totals(report, columns),
    ...whereText(report, columns),
    ...savingsText(report, columns),
    ...due(report, columns),
    ...noAdvice(report, columns),
    ...notes(report, columns),
    ...next(report, columns),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function heading(report: Report, columns: number): readonly string[] {
  const { period, total } = report;
  const what = total.claudeCodeOnly ? "Claude Code, " : "";
  const days = `${countWords(period.daysWithUse, "day")} with use`;
  const line = `farthing report   ${what}${periodWords(report)}, ${days}, ${period.timeZone}`;
  const example = report.example ? ["EXAMPLE DATA: generated services, invented traffic, real prices"] : [];
  return [clip(line, columns), ...example];
}

function totals(report: Report, columns: number): readonly string[] {
  const { total, coverage, billing } = report;
  const unpriced = coverage.unpriced.reduce((count, row) => count + row.requests, 0);
  const of = [
    countWords(total.responses, "response"),
    total.services > 0 ? countWords(total.services, "service") : null,
    total.sessions > 0 && total.services === 0 ? countWords(total.sessions, "session") : null,
    total.projects > 0 ? countWords(total.projects, "project") : null,
  ].filter((part) => part !== null);
  const amount =
    total.usd === 0n && total.responses > 0 && unpriced === total.responses ? "unpriced" : displayUsd(total.usd);
  const word = billing.basis === "per-token" ? "SPENT" : coverage.lowerBoundOutput > 0 ? "AT LEAST" : "TOTAL";
  const least = word === "SPENT" && coverage.lowerBoundOutput > 0 ? "at least " : "";
  const lines = [...wrap(`${word} ${least}${amount}${priceWords(report)}   ${of.join(", ")}`, columns, "  ")];
  if (billing.basis !== "per-token" && total.claudeCodeOnly) {
    lines.push(
      ...wrap(
        billing.basis === "subscription"
          ? "  On your flat plan this is not money you paid."
          : "  On a flat plan this is not money you paid: farthing settings set billing subscription",
        columns,
        "  ",
      ),
    );
  }
  for (const kind of ["output-lower-bound", "unpriced", "cost-unknown", "conflict", "damage"] as const) {
    for (const finding of report.findings.filter((candidate) => candidate.kind === kind)) {
      lines.push(...wrap(`  ${finding.text}.`, columns, "  "));
    }
  }
  return lines;
}

function due(report: Report, columns: number): readonly string[] {
  return report.due.flatMap((entry) => {
    const days = Math.ceil((entry.at - report.now) / 86_400_000);
    const text =
      `${dayWords(entry.at, report.period.timeZone, false)}, ${countWords(days, "day")}: ${entry.model} stops; ` +
      `${entry.workloads.join(", ")} will fail`;
    return underHeading("DUE", text, columns, MARGIN);
  });
}

function noAdvice(report: Report, columns: number): readonly string[] {
  const { abstained } = report;
  const quiet = quietWorkloads(report);
  if (abstained.length === 0 && quiet.length === 0) return [];
  const shown = abstained.slice(0, ABSTENTIONS_SHOWN);
  const lines = shown.flatMap((abstention) => {
    const needed = abstention.needed === null ? "" : `; needs ${abstention.needed}`;
    const until =
      abstention.answerBy === null
        ? ""
        : `, answer about ${dayWords(abstention.answerBy, report.period.timeZone, false)}`;
    const about = abstention.workload === "all" ? "per month" : abstention.workload;
    return wrap(`  ${about}: ${abstention.observed}${needed}${until}`, columns, "    ");
  });
  const rest = abstained.length - shown.length;
  if (quiet.length > 0) {
    const limit = usdWords(materiality(report.total.usd));
    lines.push(...wrap(`  ${quiet.join(", ")}: nothing found that would have saved ${limit}`, columns, "    "));
  }
  return ["NO ADVICE", ...lines, ...(rest > 0 ? [`  and ${String(rest)} more: --format json`] : [])];
}

/** Workloads that were looked at and about which nothing else is said. */
function quietWorkloads({ where, recommendations, abstained }: Report): readonly string[] {
  const mentioned = new Set([
    ...recommendations.map(({ plan }) => plan.workload),
    ...abstained.map(({ workload }) => workload),
  ]);
  return where.byWorkload.map(({ name }) => name).filter((name) => !mentioned.has(name));
}

function notes(report: Report, columns: number): readonly string[] {
  const shown = ["usage-assumption", "starts-estimated", "notional-priority", "newer-events"];
  return report.findings.flatMap((finding) => {
    if (finding.kind === "transcripts-expire") return underHeading("KEEP", finding.text, columns, MARGIN);
    return shown.includes(finding.kind) ? underHeading("NOTE", finding.text, columns, MARGIN) : [];
  });
}

function next(report: Report, columns: number): readonly string[] {
  if (report.total.responses === 0) return underHeading("NEXT", "farthing import claude-code", columns, MARGIN);
  const steps = [
    report.recommendations.length > 0 ? "--explain 1" : null,
    report.recommendations.length > 1 ? "--only ID,ID" : null,
    "farthing requests --sort usd --limit 10",
  ].filter((step) => step !== null);
  const prices = `prices ${report.priceBookHash}`;
  return [...underHeading("NEXT", steps.join("   "), columns, MARGIN), clip(prices, columns)];
}
