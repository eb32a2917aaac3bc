import type { Recommendation } from "../portfolio/advice.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import type { Effort, Lever, Risk } from "../strategies/strategy.ts";
import { RESAMPLING_DAYS_MIN, RESPONSES_MIN } from "../thresholds.ts";
import { arithmeticLines } from "./arithmetic-lines.ts";
import type { Report } from "./report.ts";
import { decidedWords } from "./follow-up-words.ts";
import { printable, underHeading } from "./text-layout.ts";
import { countWords, grouped, rangeName, rangeWords, usdWords } from "./words.ts";

const MARGIN = 14;

const LEVER_WORDS: Readonly<Record<Lever, string>> = {
  code: "whoever owns the code of the service",
  "claude-code-setting": "you, in Claude Code's settings",
  habit: "you, by habit",
  administrator: "an administrator of the organisation",
};

const RISK_WORDS: Readonly<Record<Risk, string>> = {
  none: "stay unchanged",
  "later-answers": "stay unchanged, and come later",
  "other-answers": "can differ: test their quality first",
};

const EFFORT_WORDS: Readonly<Record<Effort, string>> = {
  setting: "one setting or parameter, or a habit",
  lines: "some lines where the call is made",
  rework: "work on how the service asks",
};

/** The recommendation a number (1 is the first) or an id names; null where there is none. */
export function findRecommendation(report: Report, name: string): Recommendation | null {
  const number = /^\d{1,4}$/.test(name) ? Number(name) : null;
  if (number !== null) return report.recommendations[number - 1] ?? null;
  return report.recommendations.find((recommendation) => recommendation.id === name) ?? null;
}

/** One recommendation in full: what to change, what it rests on, what would cancel it. */
export function explainText(report: Report, name: string, columns: number): string {
  const recommendation = findRecommendation(report, name);
  if (recommendation === null) {
    return `There is no recommendation "${name}" in this report; it has ${String(report.recommendations.length)}.\n`;
  }
  const { plan } = recommendation;
  const lines = explainRows(report, recommendation).flatMap(([heading, text]) => [
    ...underHeading(heading, printable(text), columns, MARGIN),
    ...(heading === SHOWS_SAVING
      ? underLines("ARITHMETIC", arithmeticLines(recommendation, columns - MARGIN), columns)
      : []),
  ]);
  return `${[printable(`${plan.workload}: ${plan.title}   id ${recommendation.id}`), ...lines].join("\n")}\n`;
}

/** The row after which the arithmetic stands. */
const SHOWS_SAVING = "ON ITS OWN";

/** Lines of their own beside a heading. */
function underLines(heading: string, lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line, place) => underHeading(place === 0 ? heading : "", printable(line), columns, MARGIN));
}

/** What there is to say of a recommendation: a heading, and a text, for each thing. */
export function explainRows(
  report: Report,
  recommendation: Recommendation,
): readonly (readonly [heading: string, text: string])[] {
  const { plan, alone, share, breakEven } = recommendation;
  const accept = `${report.example ? "in a ledger of your own, " : ""}after farthing advice accept ${recommendation.id}`;
  const gap = report.gaps.find((candidate) => candidate.workload === plan.workload) ?? null;
  const decided = decidedWords(recommendation, report.followUp, report.period.timeZone);
  const rows: readonly (readonly [string, string] | null)[] = [
    ["CHANGE", plan.change],
    ["UNDO", plan.undo],
    ["WHO", LEVER_WORDS[plan.lever]],
    ["ANSWERS", RISK_WORDS[plan.risk]],
    ["TAKES", EFFORT_WORDS[plan.effort]],
    ["ON ITS OWN", `${usdWords(alone.expected)} less, ${rangeName(report)} ${rangeWords(alone)}; never add these up`],
    ["SHARE", `${usdWords(share.expected)} of the joint saving, ${rangeName(report)} ${rangeWords(share)}`],
    ["RANGE", plan.uncertainty],
    breakEven === null ? null : ["BREAK-EVEN", breakEven],
    decided === null ? null : ["DECIDED", decided],
    ["RESTS ON", plan.needsReplay && gap !== null ? replayWords(gap) : "billed tokens; no cache read was predicted"],
    ["VERIFIED", verificationWords(recommendation, accept)],
  ];
  return rows.filter((row) => row !== null);
}

/** How it will be told whether the change saved what it should. */
function verificationWords({ before, unseen }: Recommendation, accept: string): string {
  if (unseen !== null) return `not by Farthing: ${unseen}`;
  if (before === null) return "not by Farthing: nothing that would show the change was recorded";
  const { without, usd, requests } = before;
  const seen =
    without === requests
      ? countWords(requests, "request")
      : `${grouped(without)} of ${countWords(requests, "request")}`;
  return (
    `${accept}: what requests that carry it cost is held against what they would have cost without it, once there ` +
    `are ${String(RESPONSES_MIN)} on ${String(RESAMPLING_DAYS_MIN)} days; so far ${seen} without it; all of them cost ${usdWords(usd)}`
  );
}

function replayWords({ steps, gap, unexplainedSteps, unexplained }: ReplayGap): string {
  const apart =
    unexplainedSteps === 0
      ? ""
      : `; ${countWords(unexplainedSteps, "more step")} did not read what had to be cached (${usdWords(unexplained)}), left as recorded`;
  return `a replay of ${countWords(steps, "step")} that differs from the bill by ${(100 * (gap ?? 0)).toFixed(1)} %${apart}`;
}
