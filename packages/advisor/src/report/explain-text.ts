import type { Recommendation } from "../portfolio/advice.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import type { Effort, Lever, Risk } from "../strategies/strategy.ts";
import type { Report } from "./report.ts";
import { decidedWords } from "./follow-up-words.ts";
import { printable, underHeading } from "./text-layout.ts";
import { countWords, rangeWords, usdWords } from "./words.ts";

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
  const lines = explainRows(report, recommendation).flatMap(([heading, text]) =>
    underHeading(heading, printable(text), columns, MARGIN),
  );
  return `${[printable(`${plan.workload}: ${plan.title}   id ${recommendation.id}`), ...lines].join("\n")}\n`;
}

/** What there is to say of a recommendation: a heading, and a text, for each thing. */
export function explainRows(
  report: Report,
  recommendation: Recommendation,
): readonly (readonly [heading: string, text: string])[] {
  const { plan, alone, share, breakEven } = recommendation;
  const gap = report.gaps.find((candidate) => candidate.workload === plan.workload) ?? null;
  const decided = decidedWords(recommendation, report.followUp, report.period.timeZone);
  const rows: readonly (readonly [string, string] | null)[] = [
    ["CHANGE", plan.change],
    ["WHO", LEVER_WORDS[plan.lever]],
    ["ANSWERS", RISK_WORDS[plan.risk]],
    ["TAKES", EFFORT_WORDS[plan.effort]],
    ["ON ITS OWN", `${usdWords(alone.expected)} less, 80 % range ${rangeWords(alone)}; never add these up`],
    ["SHARE", `${usdWords(share.expected)} of the joint saving, 80 % range ${rangeWords(share)}`],
    ["RANGE", plan.uncertainty],
    breakEven === null ? null : ["BREAK-EVEN", breakEven],
    decided === null ? null : ["DECIDED", decided],
    ["RESTS ON", plan.needsReplay && gap !== null ? replayWords(gap) : "billed tokens; no cache read was predicted"],
  ];
  return rows.filter((row) => row !== null);
}

function replayWords({ steps, gap, unexplainedSteps, unexplained }: ReplayGap): string {
  const apart =
    unexplainedSteps === 0
      ? ""
      : `; ${countWords(unexplainedSteps, "more step")} did not read what had to be cached (${usdWords(unexplained)}), left as recorded`;
  return `a replay of ${countWords(steps, "step")} that differs from the bill by ${(100 * (gap ?? 0)).toFixed(1)} %${apart}`;
}
