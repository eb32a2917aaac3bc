import { displayUsd, ratio, type GroupKey } from "@farthing/ledger";
import { CAUSE_NAMES } from "../../compare/cause-words.ts";
import type { CostComparison, GroupComparison } from "../../compare/compare-costs.ts";
import { comparisonNotes, daysWords } from "../../compare/notes.ts";
import { groupName, partWords, summaryOf } from "../../compare/summary.ts";
import { padEnd, padStart, printable, underHeading, wrap } from "../../report/text-layout.ts";
import { asOfText, signedUsdWords, usdWords } from "../../report/words.ts";
import type { AskedSide, TwoSides } from "../input/compare-periods.ts";
import { displayDay, displayQuantity } from "./format-values.ts";
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
    `USD at API list prices, prices ${booksOf(answer)}`,
  ];
}

/** The days of a side, such as `1 Oct 2026 - 31 Oct 2026`. */
function sideWords({ period, spend, selection }: AskedSide): string {
  const { timeZone } = selection;
  // The last instant of a period belongs to its last day.
  const ends = period === null ? spend.span : { first: period.since, last: period.until - 1 };
  if (ends === null) return "nothing recorded";
  const [from, to] = [displayDay(ends.first, timeZone), displayDay(ends.last, timeZone)];
  return from === to ? from : `${from.slice(-4) === to.slice(-4) ? from.slice(0, -5) : from} - ${to}`;
}

function zonesOf({ before, after }: TwoSides): string {
  return [...new Set([before, after].map(({ selection }) => selection.timeZone))].join(" and ");
}

function booksOf({ before, after }: TwoSides): string {
  return [...new Set([before, after].map(({ selection }) => selection.book.hash))].join(" and ");
}

function sideLines(heading: string, { spend, days, selection }: AskedSide, columns: number): readonly string[] {
  const facts = [
    `${displayUsd(spend.total.usd)}  `,
    ...(days === null ? [] : [`${daysWords(days)},`]),
    displayQuantity(spend.total.requests, "response"),
    ...(selection.asOf === null ? [] : [`as recorded by ${asOfText(selection.asOf)}`]),
  ];
  return underHeading(heading, facts.join(" "), columns, MARGIN);
}

/** The table of causes, each with what it did in words, as far as there is room for them. */
function partLines(comparison: CostComparison, columns: number): string[] {
  const { parts, difference } = comparison;
  const amounts = [...parts.map(({ usd }) => usd), difference].map(signedUsdWords);
  const names = [...parts.map(({ cause }) => CAUSE_NAMES[cause]), "together"];
  const [nameWidth, amountWidth] = [widest(names), widest(amounts)];
  const left = (index: number): string =>
    `${padEnd(names[index] ?? "", nameWidth)}  ${padStart(amounts[index] ?? "", amountWidth)}`;
  const lines = parts.flatMap((part, index) => {
    const indent = " ".repeat(MARGIN + nameWidth + amountWidth + 4);
    const heading = padEnd(index === 0 ? "WHY" : "", MARGIN);
    return wrap(`${heading}${left(index)}  ${printable(partWords(part, comparison))}`, columns, indent);
  });
  return parts.length < 2 ? lines : [...lines, `${" ".repeat(MARGIN)}${left(parts.length)}`];
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** Parts smaller than this share of their group's largest one are left to the JSON. */
const SHOWN_SHARE_MIN = 0.05;

function groupTable({ by, comparison }: ComparisonAnswer, { columns, bold }: RenderOptions): string[] {
  const titles: Column[] = [
    ...by.map((title): Column => ({ title, align: "left", cut: title === "project" ? "start" : "end" })),
    ...["before", "after", "difference"].map((title): Column => ({ title, align: "right" })),
    { title: "why", align: "left", cut: "end" },
  ];
  const cells = comparison.groups.map((group) => [
    ...by.map((key) => group.by[key] ?? groupName({ by: { [key]: null } })),
    amountOf(group.before),
    amountOf(group.after),
    signedUsdWords(group.difference),
    whyOf(group),
  ]);
  const [head = "", ...lines] = renderTable(titles, cells, columns);
  return [bold(head), ...lines];
}

/** A group whose responses have no price shows no amount; one of which a part has none shows that it is a part. */
function amountOf({ usd, requests, unpriced }: GroupComparison["before"]): string {
  if (requests === 0) return unpriced === 0 ? "-" : "unpriced";
  return `${usdWords(usd)}${unpriced === 0 ? "" : "+?"}`;
}

function whyOf({ parts }: GroupComparison): string {
  const [first] = parts;
  if (first === undefined) return "";
  return parts
    .filter(({ usd }) => Math.abs(ratio(usd, first.usd)) >= SHOWN_SHARE_MIN)
    .map(({ cause, usd }) => `${CAUSE_NAMES[cause]} ${signedUsdWords(usd)}`)
    .join(", ");
}
