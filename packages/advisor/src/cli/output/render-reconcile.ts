import { displayUsd, money, ratio, sum, type Money } from "@farthing/ledger";
import { causeWords, className, itemName, reconciliationNotes } from "../../reconcile/cause-words.ts";
import { RESIDUAL_CLASSES, type Reconciliation, type ResidualPart } from "../../reconcile/reconciliation.ts";
import type { CheckedLimit } from "../../reconcile/residual-limit.ts";
import { padEnd, padStart, printable, underHeading, wrap } from "../../report/text-layout.ts";
import { signedUsdWords, usdWords } from "../../report/words.ts";
import { displayDays, displayQuantity } from "./format-values.ts";
import type { ReconcileAnswer } from "./reconcile-json.ts";
import { renderTable, type Column } from "./table.ts";

interface RenderOptions {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

const MARGIN = 10;
const CAUSES_MAX = 4;
const ROWS_MAX = 12;

/** A reconciliation for people: the two amounts, what the difference is made of, then the largest rows. */
export function renderReconciliation(
  { priceBookHash, reconciliation, limits }: ReconcileAnswer,
  options: RenderOptions,
): string[] {
  const { columns, bold } = options;
  const { period, bill, ledger, residualUsd, parts } = reconciliation;
  const { from, until } = period;
  const under = (heading: string, text: string): readonly string[] =>
    underHeading(heading, printable(text), columns, MARGIN);
  return [
    ...wrap(
      `farthing reconcile   ${displayDays(from, until - 1, "UTC")}, UTC, ${BY_WORDS[reconciliation.by]}`,
      columns,
      "  ",
    ),
    ...under("BILL", billWords(bill)),
    ...under(
      "LEDGER",
      `${usdWords(ledger.usd)}  ${shareWords(reconciliation)}${displayQuantity(ledger.requests, "response")}`,
    ),
    ...under("RESIDUAL", residualWords(residualUsd, parts)).map((line, index) => (index === 0 ? bold(line) : line)),
    ...classLines(parts, columns),
    ...limits.flatMap((limit) => under(limit.holds ? "HOLDS" : "FAILED", limitWords(limit))),
    ...nextLines(parts, columns),
    ...(reconciliation.rows.length === 0 ? [] : ["", ...rowTable(reconciliation, options)]),
    ...reconciliationNotes(reconciliation).flatMap((note) => under("NOTE", note)),
    ...wrap(`USD at API list prices, prices ${priceBookHash}`, columns, "  "),
  ];
}

const BY_WORDS: Readonly<Record<Reconciliation["by"], string>> = {
  hour: "compared by the hour",
  day: "compared by the day",
  whole: "compared as one amount",
};

function billWords({ listUsd, listFrom, billedUsd, source, refreshedAt, statedUsd }: Reconciliation["bill"]): string {
  const of = source === "stated" ? "as stated" : `${source === "analytics" ? "analytics" : "cost"} report`;
  const made = refreshedAt === null ? "" : ` of ${new Date(refreshedAt).toISOString().slice(0, 10)}`;
  const discount =
    billedUsd === null || listUsd === 0n
      ? ""
      : `, ${usdWords(billedUsd)} after a discount of ${percent(ratio(money(listUsd - billedUsd), listUsd))}`;
  const other = statedUsd === null || source === "stated" ? "" : `; the invoice says ${usdWords(statedUsd)}`;
  return `${usdWords(listUsd)}  ${listFrom === "billed-amount" ? "as billed, taken for list prices" : "before discounts"}, ${of}${made}${discount}${other}`;
}

function limitWords({ of, allowedUsd, foundUsd, holds }: CheckedLimit): string {
  const what = of === "residual" ? "differs, either way" : "is unexplained";
  return `${displayUsd(foundUsd)} ${what}; ${displayUsd(allowedUsd)} ${holds ? "may" : "is the most that may"}`;
}

function shareWords({ bill, ledger }: Reconciliation): string {
  return bill.listUsd > 0n ? `${percent(ratio(ledger.usd, bill.listUsd))} of the bill; ` : "";
}

function residualWords(residual: Money, parts: readonly ResidualPart[]): string {
  if (residual === 0n) {
    return parts.length === 0
      ? "$0.00  the ledger is the bill"
      : "$0.00  what is missing and what is too much are as large";
  }
  const text = residual > 0n ? "billed, and not in the ledger's amount" : "in the ledger's amount, and not billed";
  return `${usdWords(money(residual < 0n ? -residual : residual))}  ${text}`;
}

function classLines(parts: readonly ResidualPart[], columns: number): readonly string[] {
  const shown = RESIDUAL_CLASSES.map((kind) => parts.filter((part) => part.class === kind)).filter(
    (own) => own.length > 0,
  );
  const amounts = shown.map((own) => signedUsdWords(totalOf(own)));
  const names = shown.map(([part]) => (part === undefined ? "" : className(part.class)));
  const nameWidth = Math.max(...names.map((name) => name.length));
  const amountWidth = Math.max(...amounts.map((amount) => amount.length));
  return shown.flatMap((own, index) => {
    const left = `${padEnd(index === 0 ? "WHY" : "", MARGIN)}${padEnd(names[index] ?? "", nameWidth)}  ${padStart(amounts[index] ?? "", amountWidth)}  `;
    return wrap(`${left}${printable(causesOf(own))}`, columns, " ".repeat(MARGIN + nameWidth + amountWidth + 4));
  });
}

/** The causes of a class, the largest first, those that read alike as one. */
function causesOf(parts: readonly ResidualPart[]): string {
  const alike = new Map<string, readonly [text: string, usd: Money]>();
  for (const part of parts) {
    const text = `${causeWords(part).why}${timeWords(part)}`;
    const key = `${part.usd < 0n ? "-" : "+"}${text}`;
    alike.set(key, [text, sum([alike.get(key)?.[1] ?? money(0n), part.usd])]);
  }
  const causes = [...alike.values()].sort(([, a], [, b]) => (size(a) > size(b) ? -1 : 1));
  const rest = causes.slice(CAUSES_MAX);
  const only = causes.length === 1;
  return [
    ...causes.slice(0, CAUSES_MAX).map(([text, usd]) => (only ? text : `${text} (${signedUsdWords(usd)})`)),
    ...(rest.length === 0 ? [] : [`${String(rest.length)} more (${signedUsdWords(sum(rest.map(([, usd]) => usd)))})`]),
  ].join("; ");
}

/** When it was, where that helps to find out. */
function timeWords({ cause, span }: ResidualPart): string {
  if (cause !== "capture-off" && cause !== "hours-without-record") return "";
  const text = (at: number): string => new Date(at).toISOString().slice(0, 13).replace("T", " ");
  return `, ${text(span.from)}h to ${text(span.until)}h`;
}

function nextLines(parts: readonly ResidualPart[], columns: number): readonly string[] {
  const steps = [...parts].sort((a, b) => (size(a.usd) > size(b.usd) ? -1 : 1)).map((part) => causeWords(part).next);
  const texts = [...new Set(steps.filter((step) => step !== null))].slice(0, 2);
  return texts.flatMap((text, index) => underHeading(index === 0 ? "NEXT" : "", printable(text), columns, MARGIN));
}

function rowTable({ rows, comparedBy }: Reconciliation, { columns, bold }: RenderOptions): readonly string[] {
  const shown = rows.slice(0, ROWS_MAX);
  // What is the same in all rows tells nothing apart.
  const names = comparedBy.filter((name) => new Set(shown.map(({ dimensions }) => dimensions[name])).size > 1);
  const titles: Column[] = [
    ...names.map((name): Column => ({ title: name, align: "left", cut: "end" })),
    { title: "item", align: "left" },
    ...["bill", "ledger", "difference"].map((title): Column => ({ title, align: "right" })),
  ];
  const cells = shown.map(({ dimensions, item, billedUsd, recordedUsd }) => [
    ...names.map((name) => dimensions[name] ?? "-"),
    itemName(item),
    signedUsdWords(billedUsd).replace(/^\+/, ""),
    usdWords(recordedUsd),
    signedUsdWords(money(billedUsd - recordedUsd)),
  ]);
  const [head = "", ...lines] = renderTable(titles, cells, columns);
  const more = rows.length - shown.length;
  return [bold(head), ...lines, ...(more > 0 ? [`and ${displayQuantity(more, "more row")}: --format json`] : [])];
}

function totalOf(parts: readonly ResidualPart[]): Money {
  return sum(parts.map(({ usd }) => usd));
}

function size(usd: bigint): bigint {
  return usd < 0n ? -usd : usd;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
