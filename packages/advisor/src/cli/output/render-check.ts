import { formatInstant } from "@farthing/ledger";
import { printable, underHeading, wrap } from "../../report/text-layout.ts";
import type { Selection } from "../flags/selection.ts";
import type { AskedSide } from "../input/compare-periods.ts";
import type { CheckAnswer, CheckResult } from "./check-results.ts";
import { meanCostWords } from "./mean-cost-words.ts";
import { booksOf, sideWords } from "./render-compare.ts";

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
    ...whyOf(answer).flatMap((why) => underHeading("WHY", printable(why), columns, MARGIN)),
    ...answer.notes.flatMap((note) => underHeading("NOTE", printable(note), columns, MARGIN)),
    ...askedOf(answer).map(printable),
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
    ...[...whyOf(answer), ...answer.notes, ...askedOf(answer)].flatMap((line) => ["", escaped(line)]),
  ];
}

/** Why a request costs something else, where that was asked. */
function whyOf({ compared }: CheckAnswer): readonly string[] {
  const perRequest = compared?.perRequest ?? null;
  return perRequest === null ? [] : [meanCostWords(perRequest)];
}

/** What was checked: times, zones, ledgers and prices. Paths come last, whatever their length. */
function askedOf({ results, selection, compared }: CheckAnswer): readonly string[] {
  const { contents, now, book } = selection;
  const at = `${formatInstant(now).slice(0, 16).replace("T", " ")}Z`;
  const isBudget = results.some(({ check }) => check === "budget");
  const books = [...(isBudget ? [book.hash] : []), ...(compared === null ? [] : [booksOf(compared)])];
  return [
    ...(isBudget ? [`budgets at ${at}, days in ${contents.settings.timeZone}, of ${ledgersOf(selection)}`] : []),
    ...(compared === null ? [] : [sideLine("before", compared.before), sideLine("after", compared.after)]),
    `USD at API list prices, prices ${[...new Set(books)].join(" and ")}`,
  ];
}

function sideLine(name: string, side: AskedSide): string {
  return `${name}: ${sideWords(side)}, days in ${side.selection.timeZone}, of ${ledgersOf(side.selection)}`;
}

function ledgersOf({ contents }: Selection): string {
  return contents.paths.join(" and ");
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
