import {
  displayUsd,
  formatInstant,
  promptTokens,
  totalTokens,
  type Instant,
  type Position,
  type RequestRow,
  type RequestsResult,
} from "@farthing/ledger";
import { asOfText } from "../../report/words.ts";
import { displayQuantity, displayShortCount } from "./format-values.ts";
import { renderTable, type Column } from "./table.ts";

export interface RenderRequestsOptions {
  readonly columns: number;
  readonly timeZone: string;
  /** What was looked back to; null for all there is. */
  readonly asOf: Position | Instant | null;
  /** Responses of the ledger that are in sums alone. */
  readonly pruned: number;
  readonly bold: (text: string) => string;
}

/** As many characters of a session id as tell it apart; `--where session=` takes them too. */
const SESSION_CHARACTERS = 8;
/** Marks an amount that is a lower bound, and a time that is an estimate. */
const AT_LEAST = "+";
const ESTIMATED = "~";
/** What every model id has in common, and a day that seldom matters. */
const REDUNDANT_IN_MODEL = /^claude-|-\d{8}$/g;

const COLUMNS: readonly Column[] = [
  { title: "time", align: "left" },
  { title: "usd", align: "right" },
  { title: "model", align: "left", cut: "start" },
  { title: "prompt", align: "right" },
  { title: "output", align: "right" },
  { title: "who", align: "left", cut: "start" },
  { title: "id", align: "left", cut: "start" },
];

/** Billed responses for people, one line each; ids are cut to their ends where the screen is narrow. */
export function renderRequests(result: RequestsResult, options: RenderRequestsOptions): string[] {
  const { rows, matched } = result;
  if (rows.length === 0) return ["no requests match", ...prunedLine(options.pruned)];
  const time = timeFormat(options.timeZone);
  const cells = rows.map((row) => toCells(row, time));
  const [titles = "", ...lines] = renderTable(COLUMNS, cells, options.columns);
  const isCut = cells.some((row, index) => !(lines[index] ?? "").endsWith(row.at(-1) ?? ""));
  const cut = isCut ? ["… ids are cut to fit: --wide shows them whole"] : [];
  return [options.bold(titles), ...lines, ...footer(rows, matched, options), ...cut];
}

function toCells({ response, cost }: RequestRow, time: (at: number) => string): string[] {
  const tokens = totalTokens(response.usage);
  const amount = cost.total === null ? "unpriced" : displayUsd(cost.total, 4);
  return [
    `${time(Date.parse(response.occurredAt))}${response.timing.occurredAtProvenance === "estimated" ? ESTIMATED : ""}`,
    `${amount}${response.output === "lower-bound" ? AT_LEAST : " "}`,
    response.servedModel.replaceAll(REDUNDANT_IN_MODEL, ""),
    displayShortCount(promptTokens(tokens)),
    displayShortCount(tokens.output),
    whoOf(response.context),
    response.ids.message ?? response.id,
  ];
}

function whoOf(context: RequestRow["response"]["context"]): string {
  const session = context.session?.slice(0, SESSION_CHARACTERS) ?? null;
  const caller = context.service ?? session ?? context.project ?? "(none)";
  return context.agent === null ? caller : `${caller}/${context.agent}`;
}

function prunedLine(pruned: number): string[] {
  return pruned === 0
    ? []
    : [`${displayQuantity(pruned, "response")} of which the detail was pruned: in sums alone, and in no list`];
}

function footer(
  rows: readonly RequestRow[],
  matched: number,
  { timeZone, asOf, pruned }: RenderRequestsOptions,
): string[] {
  const lines = [
    `${displayQuantity(rows.length, "response")} of ${String(matched)}; times in ${timeZone}, end of the response`,
  ];
  if (asOf !== null) lines.push(`as recorded by ${asOfText(asOf)}`);
  if (rows.some(({ response }) => response.output === "lower-bound")) {
    lines.push(`${AT_LEAST} at least: the end was not recorded, so the output may be low`);
  }
  if (rows.some(({ response }) => response.timing.occurredAtProvenance === "estimated")) {
    lines.push(`${ESTIMATED} estimated time`);
  }
  return [...lines, ...prunedLine(pruned)];
}

function timeFormat(timeZone: string): (at: number) => string {
  if (timeZone === "UTC") return (at) => formatInstant(at).slice(0, "2026-11-22T14:03".length).replace("T", " ");
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (at) => format.format(at).replace(",", "");
}
