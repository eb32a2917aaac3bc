import type { Instant } from "@farthing/ledger";
import type { Backtest, ChangeComparison, Comparison, Part, WorkloadPart } from "../../backtest/backtest.ts";
import { fit, printable, underHeading, wrap } from "../../report/text-layout.ts";
import { asOfText, countWords, dayWords, rangeWords, usdWords } from "../../report/words.ts";
import { RESAMPLING_DAYS_MIN } from "../../thresholds.ts";
import type { BacktestAnswer } from "./backtest-json.ts";
import { displayIsoDay } from "./format-values.ts";
import { renderTable } from "./table.ts";

const MARGIN = 7;

/** What must be known of the figures before they are believed. */
const REALISED_WORDS =
  "realised means replayed: these requests, which the advice never saw, with its changes made. No bill has measured it. " +
  "What a replay cannot know, such as how long another model's answers are, is assumed as in the advice.";

const PROJECTED_WORDS =
  "projected is the share of its workload's bill that the change saved before the split, of what that workload cost from the " +
  "split on: more or fewer requests alone change no verdict.";

/** A backtest for a terminal. */
export function renderBacktest(answer: BacktestAnswer, columns: number): string[] {
  const lines = [...heading(answer, columns), ...tables(answer, columns), ...notes(answer, columns)];
  return lines.map((line) => printable(line).trimEnd());
}

function heading({ backtest, question }: BacktestAnswer, columns: number): readonly string[] {
  const { timeZone, asOf, from } = question;
  const sides = [
    ["BEFORE", daysOf(backtest.before, timeZone), ...partCells(backtest.before)],
    ["AFTER", daysOf(backtest.after, timeZone), ...partCells(backtest.after)],
  ];
  const columnsOfSides = [left(""), left(""), right(""), left("")];
  return [
    fit(`farthing backtest   split at ${splitWords(backtest.split)}, days in ${timeZone}`, columns),
    ...(asOf === null ? [] : [fit(`as recorded by ${asOfText(asOf)}`, columns)]),
    ...(question.example ? ["EXAMPLE DATA: generated services, invented traffic, real prices"] : []),
    ...renderTable(columnsOfSides, sides, columns).slice(1),
    ...(from === null
      ? []
      : wrap(
          `Only the newest responses, those from ${dayWords(from, timeZone, true)} on: there are too many.`,
          columns,
          "  ",
        )),
  ];
}

function splitWords(at: Instant): string {
  return `${displayIsoDay(at)} ${new Date(at).toISOString().slice(11, 19)}Z`;
}

function daysOf({ first, last }: Part, timeZone: string): string {
  if (first === null || last === null) return "no responses";
  const [from, to] = [dayWords(first, timeZone, false), dayWords(last, timeZone, true)];
  return dayWords(last, timeZone, false) === from ? to : `${from} - ${to}`;
}

function partCells({ responses, usd, days }: Part): readonly string[] {
  return [usdWords(usd), `${countWords(responses, "response")}, ${countWords(days, "day")} with use`];
}

function tables({ backtest, question }: BacktestAnswer, columns: number): readonly string[] {
  const perToken = question.basis === "per-token" && question.discountPercent === null;
  const row = (name: string, comparison: Comparison): readonly string[] => [`  ${name}`, ...cells(comparison)];
  const compared = backtest.changes.filter(isCompared);
  if (compared.length === 0) return [];
  const titles = [cut(""), right("projected"), left(rangeTitle(backtest)), right("realised"), left("")];
  const rows = [
    row(countWords(compared.length, "change"), backtest.overall),
    ["BY STRATEGY"],
    ...backtest.strategies.filter((each) => each.compared > 0).map((each) => row(each.strategy, each)),
    ["BY CHANGE"],
  ];
  const lines = renderTable(titles, [...rows, ...compared.map((each) => row("", each))], columns);
  const byChange = lines.splice(-compared.length);
  return [
    `WOULD HAVE COST LESS AFTER THE SPLIT BY${perToken ? "" : " (at API list prices)"}`,
    ...lines,
    ...compared.flatMap((each, place) => [...wrap(`  ${nameOf(each)}`, columns, "    "), byChange[place] ?? ""]),
  ];
}

/** As in a report: of few days the range knows only the stated uncertainties. */
function rangeTitle({ before }: Backtest): string {
  return before.days < RESAMPLING_DAYS_MIN ? "range, days apart" : "80 % range";
}

function cells({ projected, realised, inRange }: Comparison): readonly string[] {
  if (projected === null || realised === null) return ["-", "-", "-", "-"];
  const verdict = inRange === null ? "no verdict" : inRange ? "within" : realised < projected.low ? "below" : "above";
  return [usdWords(projected.expected), rangeWords(projected), usdWords(realised), verdict];
}

function notes({ backtest, question, priceBookHash }: BacktestAnswer, columns: number): readonly string[] {
  const { changes, abstained } = backtest;
  const titled = (title: string, sentences: readonly string[]): readonly string[] =>
    sentences.length === 0 ? [] : [title, ...sentences.flatMap((each) => wrap(`  ${each}`, columns, "    "))];
  const until = new Date(backtest.split).toISOString();
  const why = `farthing report${question.example ? " --example" : ""} --until ${until}`;
  return [
    ...titled("PREPARED AGAIN", changes.flatMap(preparedWords)),
    ...titled("NOT COMPARED", isOneSided(backtest) ? [] : changes.flatMap(shortfallWords)),
    ...titled(
      "NO VERDICT",
      abstained.map(({ observed, needed }) => `${observed}${needed === null ? "" : `; needs ${needed}`}`),
    ),
    ...cameAndWent(backtest).flatMap(([title, words]) => underHeading(title, words, columns, MARGIN)),
    ...(changes.length === 0 && backtest.before.responses > 0 ? underHeading("NEXT", why, columns, MARGIN) : []),
    ...(changes.some(isCompared)
      ? [REALISED_WORDS, PROJECTED_WORDS].flatMap((words) => underHeading("NOTE", words, columns, MARGIN))
      : []),
    fit(`prices ${priceBookHash}   --format json has every figure in full`, columns),
  ];
}

function preparedWords(change: ChangeComparison): readonly string[] {
  const { applied, wordsAfter } = change;
  if (applied === "not-proposed") {
    return [`${nameOf(change)}: not proposed any more and counted as nothing saved: ${wordsAfter ?? ""}`];
  }
  if (applied !== "prepared-again") return [];
  const reads = wordsAfter === null ? "" : `; there it is "${wordsAfter}"`;
  return [`${nameOf(change)}: it names single requests, so those from the split on were looked for${reads}`];
}

function shortfallWords(change: ChangeComparison): readonly string[] {
  const { shortfall } = change;
  if (shortfall === null) return [];
  const { observed, needed } = shortfall;
  return [`${nameOf(change)}: ${observed}${needed === null ? "" : `; needs ${needed}`}`];
}

function cameAndWent(backtest: Backtest): readonly (readonly [title: string, words: string])[] {
  if (isOneSided(backtest)) return [];
  const { arrived, gone } = backtest;
  return [
    ...(arrived.length === 0 ? [] : [["NEW", `no advice was given on ${partWords(arrived)}`] as const]),
    ...(gone.length === 0 ? [] : [["GONE", `nothing was sent any more by ${partWords(gone)}`] as const]),
  ];
}

/** All requests are on one side of the split, so nothing is new, gone or comparable. */
function isOneSided({ before, after }: Backtest): boolean {
  return before.responses === 0 || after.responses === 0;
}

function isCompared({ projected, realised }: Comparison): boolean {
  return projected !== null && realised !== null;
}

function nameOf({ plan }: ChangeComparison): string {
  return `${plan.workload}: ${plan.title}`;
}

function partWords(parts: readonly WorkloadPart[]): string {
  return parts
    .map(({ workload, responses, usd }) => `${workload} (${countWords(responses, "response")}, ${usdWords(usd)})`)
    .join(", ");
}

function left(title: string): { readonly title: string; readonly align: "left" } {
  return { title, align: "left" };
}

function right(title: string): { readonly title: string; readonly align: "right" } {
  return { title, align: "right" };
}

function cut(title: string): { readonly title: string; readonly align: "left"; readonly cut: "end" } {
  return { title, align: "left", cut: "end" };
}
