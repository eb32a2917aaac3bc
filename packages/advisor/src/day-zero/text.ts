import { ratio } from "@farthing/ledger";
import { withHeadings } from "../report/render-text.ts";
import { padStart, percent, printable, underHeading, wrap } from "../report/text-layout.ts";
import { countWords, usdWords } from "../report/words.ts";
import { CEILING_MARK, type BilledServices, type DayZero, type RankedRow } from "./day-zero.ts";
import {
  attachFirstWords,
  billedTimeWords,
  billNotes,
  ceilingParts,
  CEILINGS_ARE_NO_SAVINGS,
  hasCeiling,
  ceilingWords,
  nextSteps,
  noCeilingWords,
  NOT_SAID,
  notToldWords,
  OWNER_WORDS,
  ownerWords,
  rowWords,
  totalWords,
} from "./words.ts";

const MARGIN = 7;
const ROWS_SHOWN = 8;
const SERVICES_SHOWN = 5;
/** Before the words of a row: its number, amount and share. */
const FIGURES_COLUMNS = 20;
/** Narrower than this, ids leave no room for an indentation. */
const WIDE_MIN = 60;

/** What a bill alone says, for a terminal. */
export function dayZeroText(
  zero: DayZero,
  { columns, emphasis = (text) => text }: { readonly columns: number; readonly emphasis?: (text: string) => string },
): string {
  const under = (heading: string, text: string): readonly string[] => underHeading(heading, text, columns, MARGIN);
  const told = notToldWords(zero);
  const lines = [
    ...wrap(`farthing report   the bill of ${billedTimeWords(zero)}`, columns, "  "),
    ...wrap("  No call is recorded yet: this is what the bill alone says.", columns, "  "),
    ...wrap(totalWords(zero), columns, "  "),
    ...billNotes(zero).flatMap((note) => wrap(`  ${note}`, columns, "  ")),
    ...ranking(zero, columns),
    ...(told === null ? [] : wrap(`  ${told}`, columns, "  ")),
    ...(zero.services === null ? [] : services(zero.services, zero, columns)),
    ...under("NOT SAID", `by a bill: ${NOT_SAID.join("; ")}.`),
    ...steps(zero, columns),
  ];
  return withHeadings(`${lines.map((line) => printable(line).trimEnd()).join("\n")}\n`, emphasis);
}

function ranking(zero: DayZero, columns: number): readonly string[] {
  const { rows, basis } = zero;
  if (rows.length === 0) {
    const why = basis === "stated" ? "an amount alone tells no model, kind of token or key" : "no row is told";
    return underHeading("WHERE", `not known: ${why}.`, columns, MARGIN);
  }
  const rest = rows.length - ROWS_SHOWN;
  return [
    "WHERE  largest first",
    ...rows.slice(0, ROWS_SHOWN).flatMap((row, index) => rowLines(row, index, zero, columns)),
    ...(rest > 0 ? [`  and ${countWords(rest, "smaller one")}: --format json`] : []),
    ...(rows.some(hasCeiling) ? wrap(`  ${CEILINGS_ARE_NO_SAVINGS}`, columns, "  ") : []),
  ];
}

function rowLines(row: RankedRow, index: number, zero: DayZero, columns: number): readonly string[] {
  const amount = row.usd === null ? "unpriced" : usdWords(row.usd);
  const share = row.usd === null || zero.usd === null ? "" : percent(ratio(row.usd, zero.usd));
  const figures = `${padStart(String(index + 1), 2)} ${padStart(amount, 9)} ${padStart(share, 5)}  `;
  const indent = indentIn(columns);
  const below = noCeilingWords(row) ?? `${CEILING_MARK}: ${ceilingParts(row).map(ceilingWords).join(", or ")}`;
  return [...wrap(`${figures}${rowWords(row, zero)}`, columns, indent), ...wrap(`    ${below}`, columns, "      ")];
}

function indentIn(columns: number): string {
  return " ".repeat(columns >= WIDE_MIN ? FIGURES_COLUMNS : MARGIN);
}

function services(all: BilledServices, { basis }: DayZero, columns: number): readonly string[] {
  const { by, rows, usd: whole } = all;
  const more = rows.length - SERVICES_SHOWN;
  return [
    by === "apiKey" ? "BY KEY" : "BY WORKSPACE",
    ...rows.slice(0, SERVICES_SHOWN).flatMap(({ id, usd }) => {
      const figures = `   ${padStart(usdWords(usd), 9)} ${padStart(percent(ratio(usd, whole)), 5)}  `;
      return wrap(`${figures}${ownerWords(by, id)}`, columns, indentIn(columns));
    }),
    ...(more > 0 ? [`  and ${countWords(more, `smaller ${OWNER_WORDS[by]}`)}: --format json`] : []),
    ...underHeading("ATTACH", attachFirstWords(all, basis).replace(/^Attach /, ""), columns, MARGIN),
  ];
}

function steps(zero: DayZero, columns: number): readonly string[] {
  return nextSteps(zero).flatMap(({ what, code }, index) => [
    ...underHeading(
      index === 0 ? "NEXT" : "",
      `${String(index + 1)} ${what}${code === null ? "" : ":"}`,
      columns,
      MARGIN,
    ),
    ...codeLines(code, columns),
  ]);
}

/** To be copied: broken only where a line is longer than the screen, and then between words. */
function codeLines(code: string | null, columns: number): readonly string[] {
  if (code === null) return [];
  const indent = " ".repeat(columns >= WIDE_MIN ? MARGIN + 2 : 0);
  return code.split("\n").flatMap((line) => wrap(`${indent}${line}`, columns, `${indent}  `));
}
