import { displayUsd, ratio, type GroupKey, type SpendResult } from "@farthing/ledger";
import { causeName } from "../../compare/cause-words.ts";
import type { Part } from "../../compare/causes.ts";
import type { CostComparison, GroupComparison } from "../../compare/compare-costs.ts";
import type { GroupFacts } from "../../compare/group-facts.ts";
import { comparisonNotes } from "../../compare/notes.ts";
import { daysWords } from "../../compare/period-notes.ts";
import { isAtLeast } from "../../compare/side.ts";
import { groupName, groupsNameOf, partWords, summaryOf } from "../../compare/summary.ts";
import { displayWidth, padEnd, padStart, printable, underHeading, wrap } from "../../report/text-layout.ts";
import { asOfText, signedUsdWords, usdWords } from "../../report/words.ts";
import type { AskedSide, TwoSides } from "../input/compare-periods.ts";
import { displayDays, displayQuantity } from "./format-values.ts";
import { renderTable, type Column } from "./table.ts";

/** A comparison, and what it was asked of. */
export interface ComparisonAnswer extends TwoSides {
  readonly by: readonly GroupKey[];
  readonly comparison: CostComparison;
  /** Whether somebody asked for the groups one by one. */
  readonly withTable: boolean;
}

interface RenderOptions {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

const MARGIN = 8;

/** A comparison for people: why in one sentence, then the parts, then what to know before believing them. */
export function renderComparison(answer: ComparisonAnswer, options: RenderOptions): string[] {
  const { before, after, comparison } = answer;
  const { columns, bold } = options;
  const [first = "", ...more] = wrap(printable(summaryOf(comparison)), columns, "  ");
  return [
    bold(first),
    ...more.map(bold),
    ...wrap(`farthing compare   ${sideWords(before)}, then ${sideWords(after)}, ${zonesOf(answer)}`, columns, "  "),
    ...sideLines("BEFORE", before, columns),
    ...sideLines("AFTER", after, columns),
    ...partLines(comparison, columns),
    ...(answer.withTable ? ["", ...groupTable(answer, options)] : []),
    ...comparisonNotes(comparison, before, after).flatMap((note) => underHeading("NOTE", note, columns, MARGIN)),
    ...wrap(`USD at API list prices, prices ${booksOf(answer)}`, columns, "  "),
  ];
}

/** The days of a side, such as `1 Oct - 31 Oct 2026`. */
export function sideWords({ period, spend, selection }: AskedSide): string {
  const { timeZone } = selection;
  // The last instant of a period belongs to its last day.
  const ends = period === null ? spend.span : { first: period.since, last: period.until - 1 };
  if (ends === null) return "nothing recorded";
  return displayDays(ends.first, ends.last, timeZone);
}

function zonesOf({ before, after }: TwoSides): string {
  return [...new Set([before, after].map(({ selection }) => selection.timeZone))].join(" and ");
}

export function booksOf({ before, after }: TwoSides): string {
  return [...new Set([before, after].map(({ selection }) => selection.book.hash))].join(" and ");
}

function sideLines(heading: string, { spend, days, selection }: AskedSide, columns: number): readonly string[] {
  const facts = [
    `${totalWords(spend)}  `,
    ...(days === null ? [] : [`${daysWords(days)},`]),
    displayQuantity(spend.total.requests, "response"),
    ...(selection.asOf === null ? [] : [`as recorded by ${asOfText(selection.asOf)}`]),
  ];
  return underHeading(heading, facts.join(" "), columns, MARGIN);
}

function totalWords(spend: SpendResult): string {
  const { usd, requests, unpricedRequests } = spend.total;
  if (requests > 0 && requests === unpricedRequests) return "unknown: no price";
  return `${isAtLeast(spend) ? "at least " : ""}${displayUsd(usd)}`;
}

/** The table of causes, each with what it did in words, as far as there is room for them. */
function partLines(comparison: CostComparison, columns: number): string[] {
  const { parts, difference, groups } = comparison;
  const amounts = [...parts.map(({ usd }) => usd), difference].map(signedUsdWords);
  const names = [...parts.map(({ cause }) => causeName(cause, groupsNameOf(groups))), "together"];
  const [nameWidth, amountWidth] = [widest(names), widest(amounts)];
  const left = (index: number): string =>
    `${padEnd(names[index] ?? "", nameWidth)}  ${padStart(amounts[index] ?? "", amountWidth)}`;
  const lines = parts.flatMap((part, index) => {
    const indent = " ".repeat(MARGIN + nameWidth + amountWidth + 4);
    const heading = padEnd(index === 0 ? "WHY" : "", MARGIN);
    return wrap(`${heading}${left(index)}  ${printable(explained(part, comparison))}`, columns, indent);
  });
  return parts.length < 2 ? lines : [...lines, `${" ".repeat(MARGIN)}${left(parts.length)}`];
}

/** What a cause did, with an amount of its own where that is not the part's. */
function explained(part: Part, comparison: CostComparison): string {
  const { text, usd } = partWords(part, comparison);
  const [amount, whole] = [usd, part.usd].map(signedUsdWords);
  return amount === whole ? text : `${text} (${amount ?? ""})`;
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** Parts smaller than this share of their group's largest one are left to the JSON. */
const SHOWN_SHARE_MIN = 0.05;

/** One line for each group, or its causes on a line of their own where they would be cut: half an amount is another one. */
function groupTable({ by, comparison }: ComparisonAnswer, { columns, bold }: RenderOptions): string[] {
  const { groups } = comparison;
  const titles: Column[] = [
    ...by.map((title): Column => ({ title, align: "left", cut: title === "project" ? "start" : "end" })),
    ...["before", "after", "difference"].map((title): Column => ({ title, align: "right" })),
  ];
  const cells = groups.map((group) => [
    ...by.map((key) => group.by[key] ?? groupName({ by: { [key]: null } })),
    amountOf(group.before),
    amountOf(group.after),
    [group.before, group.after].some(isUnknown) ? "unknown" : signedUsdWords(group.difference),
  ]);
  const whys = groups.map((group) => whyOf(group, groupsNameOf(groups)));
  const withWhys = cells.map((row, index) => [...row, whys[index] ?? ""]);
  const [head = "", ...lines] = renderTable(
    [...titles, { title: "why", align: "left", cut: "end" }],
    withWhys,
    columns,
  );
  if (lines.every((line, index) => line.endsWith(whys[index] ?? "") && displayWidth(line) <= columns)) {
    return [bold(head), ...lines];
  }
  const [narrowHead = "", ...narrow] = renderTable(titles, cells, columns);
  return [
    bold(narrowHead),
    ...narrow.flatMap((line, index) => [line, ...wrap(`  ${whys[index] ?? ""}`, columns, "    ")]),
  ];
}

/** A group whose responses have no price shows no amount; one of which a part has none shows that it is a part. */
function amountOf(facts: GroupFacts): string {
  if (isUnknown(facts)) return "unpriced";
  const { usd, requests, unpriced } = facts;
  return requests === 0 ? "-" : `${usdWords(usd)}${unpriced === 0 ? "" : "+?"}`;
}

function isUnknown({ requests, unpriced }: GroupFacts): boolean {
  return requests === 0 && unpriced > 0;
}

function whyOf({ parts }: GroupComparison, groups: string): string {
  const [first] = parts;
  if (first === undefined) return "";
  return parts
    .filter(({ usd }) => Math.abs(ratio(usd, first.usd)) >= SHOWN_SHARE_MIN)
    .map(({ cause, usd }) => `${causeName(cause, groups)} ${signedUsdWords(usd)}`)
    .join(", ");
}
