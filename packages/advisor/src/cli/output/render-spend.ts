import {
  displayUsd,
  promptTokens,
  type SpendResult,
  type SpendRow,
  type SpendTokens,
  type UnpricedRow,
} from "@farthing/ledger";
import { priceUnder } from "../../contract/contract.ts";
import { contractSentences, notAppliedSentence } from "../../contract/contract-words.ts";
import { reratedWords } from "../../report/rerated.ts";
import { wrap } from "../../report/text-layout.ts";
import { asOfText } from "../../report/words.ts";
import { contractOf, isSpendAtLeast, isSpentAtList } from "../input/contract-of.ts";
import { displayCount, displayDay, displayQuantity, displayShortCount } from "./format-values.ts";
import type { Selection } from "../flags/selection.ts";
import { renderTable, type Column } from "./table.ts";

export interface RenderSpendOptions {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

/** Stands for the value of requests that have none in a dimension. */
const NO_VALUE = "(none)";
const INDENT = "  ";

/**
 * A spend result for people: the total, what is not in it, then the groups.
 *
 * @param closed What its lines say of the closing of a period that was named; empty for none.
 */
export function renderSpend(
  result: SpendResult,
  selection: Selection,
  closed: readonly string[],
  options: RenderSpendOptions,
): string[] {
  return [
    heading(result, selection),
    ...(selection.asOf === null ? [] : [`as recorded by ${asOfText(selection.asOf)}`]),
    ...closed,
    options.bold(totalLine(result, selection)),
    ...contractLines(result, selection, options.columns),
    ...remarks(result, options.columns),
    ...groupTable(result.rows, options),
    "",
    `prices ${selection.book.hash}   --format json has every figure in full`,
  ];
}

function heading({ span }: SpendResult, { timeZone }: Selection): string {
  const days = (first: number, last: number): string[] => [displayDay(first, timeZone), displayDay(last, timeZone)];
  const period = span === null ? "no requests" : [...new Set(days(span.first, span.last))].join(" - ");
  return `farthing spend   ${period}, ${timeZone}`;
}

function totalLine(result: SpendResult, { contents }: Selection): string {
  const { total } = result;
  const isSpent = isSpentAtList(result, contents.settings);
  const atLeast = result.lowerBoundRequests > 0;
  const counted = `   ${displayQuantity(total.requests, "response")}`;
  if (total.requests > 0 && total.unpricedRequests === total.requests) return `TOTAL unknown: no price${counted}`;
  const verb = isSpent ? (atLeast ? "SPENT AT LEAST" : "SPENT") : atLeast ? "AT LEAST" : "TOTAL";
  return `${verb} ${displayUsd(total.usd)}${isSpent ? "" : " at API list prices"}${counted}`;
}

function contractLines(result: SpendResult, selection: Selection, columns: number): string[] {
  const { usd, requests, unpricedRequests } = result.total;
  const terms = contractOf(result, selection.contents.settings, {
    ...selection,
    isWholeAccount: selection.where.length === 0,
  });
  if (terms === null || requests === unpricedRequests) return [];
  const price = priceUnder(terms, usd, isSpendAtLeast(result));
  const sentences = price === null ? [notAppliedSentence(terms)] : contractSentences(price, null);
  return sentences.flatMap((sentence) => wrap(`${INDENT}${sentence}`, columns, INDENT));
}

function remarks(result: SpendResult, columns: number): string[] {
  const { total, unpriced, notBilled, notional, lowerBoundRequests } = result;
  const lines: string[] = [];
  if (lowerBoundRequests > 0) {
    lines.push(
      `  "At least": ${displayQuantity(lowerBoundRequests, "response")} without a recorded end; output may be low`,
    );
  }
  if (notional.requests > 0) {
    lines.push(
      `  ${displayUsd(notional.usd)} of it at the priority tier, which is prepaid: a list price, not a charge`,
    );
  }
  if (total.unpricedRequests > 0) {
    lines.push(`UNPRICED  ${displayQuantity(total.unpricedRequests, "response")}, not in the total`);
    lines.push(...unpricedLines(unpriced, columns));
  }
  if (total.failed > 0) {
    const unknown = total.failedAtUnknownCost;
    const note = unknown > 0 ? `; ${String(unknown)} without an answer may have been billed` : "";
    lines.push(`FAILED  ${displayQuantity(total.failed, "attempt")}${note}`);
  }
  if (notBilled.requests > 0) {
    lines.push(`NOT BILLED  ${displayQuantity(notBilled.requests, "response")}, ${tokenWords(notBilled.tokens)}`);
  }
  for (const row of result.rerated) lines.push(...wrap(`RE-RATED  ${reratedWords(row)}`, columns, INDENT));
  return lines;
}

const UNPRICED_COLUMNS: readonly Column[] = [
  { title: "", align: "left", cut: "end" },
  { title: "", align: "left" },
  { title: "", align: "left" },
  { title: "", align: "left" },
];

function unpricedLines(rows: readonly UnpricedRow[], columns: number): string[] {
  const cells = rows.map(({ model, reason, requests, tokens }) => [
    model,
    reason,
    displayQuantity(requests, "response"),
    `${displayShortCount(promptTokens(tokens))} prompt, ${displayShortCount(tokens.output)} output`,
  ]);
  const [, ...lines] = renderTable(UNPRICED_COLUMNS, cells, columns - INDENT.length);
  return lines.map((line) => `${INDENT}${line}`);
}

function tokenWords(tokens: SpendTokens): string {
  return `${displayShortCount(promptTokens(tokens))} prompt and ${displayShortCount(tokens.output)} output tokens`;
}

/** For people, times are read in their order; everything else largest first. */
function inTimeOrder(rows: readonly SpendRow[], keys: readonly string[]): readonly SpendRow[] {
  const [key] = keys;
  if (key !== "hour" && key !== "day" && key !== "month") return rows;
  return rows.toSorted((a, b) => ((a.by[key] ?? "") < (b.by[key] ?? "") ? -1 : 1));
}

function groupTable(rows: readonly SpendRow[], options: RenderSpendOptions): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const keys = Object.keys(first.by);
  const columns: Column[] = [
    ...keys.map((title): Column => ({ title, align: "left", cut: title === "project" ? "start" : "end" })),
    ...["usd", "responses", "input", "writes", "reads", "output"].map((title): Column => ({ title, align: "right" })),
  ];
  const cells = inTimeOrder(rows, keys).map((row) => [
    ...keys.map((key) => row.by[key] ?? NO_VALUE),
    amountCell(row),
    ...countCells(row),
  ]);
  const [titles = "", ...lines] = renderTable(columns, cells, options.columns);
  const partly = rows.some(({ requests, unpricedRequests }) => unpricedRequests > 0 && unpricedRequests < requests);
  const legend = partly ? [`${PART_UNPRICED} some responses without a price are not in it`] : [];
  return ["", options.bold(titles), ...lines, ...legend];
}

/** Marks the amount of a group of which a part has no price. */
const PART_UNPRICED = "+?";

/** A group of which nothing has a price shows no amount; one of which a part has shows that it is a part. */
function amountCell({ usd, requests, unpricedRequests }: SpendRow): string {
  if (unpricedRequests === requests) return "unpriced";
  return `${displayUsd(usd)}${unpricedRequests > 0 ? PART_UNPRICED : ""}`;
}

function countCells({ requests, tokens }: SpendRow): string[] {
  return [
    displayCount(requests),
    displayShortCount(tokens.uncachedInput),
    displayShortCount(tokens.cacheWrite5m + tokens.cacheWrite1h),
    displayShortCount(tokens.cacheRead),
    displayShortCount(tokens.output),
  ];
}
