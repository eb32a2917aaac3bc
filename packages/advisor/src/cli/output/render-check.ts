import { summaryOf } from "../../compare/summary.ts";
import { printable, underHeading, wrap } from "../../report/text-layout.ts";
import type { CheckAnswer, CheckResult } from "./check-results.ts";

const OUTCOMES: Readonly<Record<CheckResult["outcome"], string>> = {
  passed: "PASS",
  failed: "FAIL",
  "not-judged": "OPEN",
};
const MARGIN = 6;

/** Checks for people, those that failed first. */
export function renderCheck(answer: CheckAnswer, columns: number): string[] {
  return [
    ...wrap(`farthing check   ${headline(answer)}`, columns, "  "),
    ...inOrder(answer.results).flatMap(({ outcome, name, why }) =>
      underHeading(OUTCOMES[outcome], printable(`${name}: ${why}`), columns, MARGIN),
    ),
    ...(answer.comparison === null
      ? []
      : underHeading("WHY", printable(summaryOf(answer.comparison)), columns, MARGIN)),
  ];
}

/** The same as Markdown, for a pull request or the summary of a job. */
export function renderCheckMarkdown(answer: CheckAnswer): string[] {
  return [
    `### Cost check: ${headline(answer)}`,
    "",
    "| | check | |",
    "| --- | --- | --- |",
    ...inOrder(answer.results).map(
      ({ outcome, name, why }) => `| **${OUTCOMES[outcome]}** | ${escaped(name)} | ${escaped(why)} |`,
    ),
    ...(answer.comparison === null ? [] : ["", escaped(summaryOf(answer.comparison))]),
    "",
    "USD at API list prices.",
  ];
}

function headline({ results }: CheckAnswer): string {
  const failed = results.filter(({ outcome }) => outcome === "failed").length;
  const all = String(results.length);
  return failed === 0 ? `none of ${all} failed` : `${String(failed)} of ${all} failed`;
}

function inOrder(results: readonly CheckResult[]): readonly CheckResult[] {
  const place = ({ outcome }: CheckResult): number => ["failed", "not-judged", "passed"].indexOf(outcome);
  return results.toSorted((a, b) => place(a) - place(b));
}

/** Names are anybody's: nothing in them is markup. */
function escaped(text: string): string {
  return printable(text).replaceAll(/[\\`*_[\]<>|~#&]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
