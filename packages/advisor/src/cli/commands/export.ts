import { resolve } from "node:path";
import {
  askRows,
  calendarOf,
  costOf,
  formatInstant,
  requestOfRow,
  rowFilter,
  spendProjection,
  type RequestRow,
} from "@farthing/ledger";
import { focusRows, focusTable } from "../../exports/focus.ts";
import type { Platform } from "../../exports/focus-sellers.ts";
import { REQUEST_COLUMNS } from "../../exports/request-columns.ts";
import { SPEND_BY, SPEND_COLUMNS } from "../../exports/spend-columns.ts";
import { UsageError } from "../command-errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import { focusCostsOf } from "../input/focus-costs.ts";
import { askSelected, type FilterFlags, type Selection } from "../flags/selection.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { displayQuantity } from "../output/format-values.ts";
import { writeLines } from "../output/output.ts";
import { writeCsv, writeParquet } from "../output/write-table.ts";

interface OutputFlags extends FilterFlags {
  readonly output: string;
}

export interface TableFlags extends OutputFlags {
  readonly of: "requests" | "spend";
}

export interface FocusFlags extends OutputFlags {
  readonly format: "csv" | "parquet";
  readonly billingAccount: string;
  readonly platform: Platform;
}

/** What a file was made of, and what is not in it. */
interface Written {
  readonly rows: number;
  readonly unpriced: number;
  /** Whether there are responses of which only sums are left, and these not here. */
  readonly isPruned: boolean;
}

/** `farthing export csv|parquet`: billed responses, or what each day cost, as a table. */
export async function exportTable(io: CommandIo, format: "csv" | "parquet", flags: TableFlags): Promise<ExitCode> {
  const path = resolve(io.cwd, flags.output);
  const { answer, exitCode } = await askSelected(io, flags, (selection) => {
    return flags.of === "requests" ? writeRequests(path, format, selection) : writeSpend(path, format, selection);
  });
  writeLines(io.stdout, [`wrote ${displayQuantity(answer.rows, "row")} to ${path}`]);
  if (answer.unpriced > 0) warn(io, `${displayQuantity(answer.unpriced, "response")} without a price: no cost, not 0`);
  if (answer.isPruned) warn(io, "responses whose detail was pruned are in `--of spend` alone");
  return exitCode;
}

/** `farthing export focus`: costs as FOCUS 1.2 has them. */
export async function exportFocus(io: CommandIo, flags: FocusFlags): Promise<ExitCode> {
  if (flags.tz !== undefined && flags.tz !== "UTC") throw new UsageError("--tz: days of FOCUS are those of UTC");
  const path = resolve(io.cwd, flags.output);
  const { answer, exitCode } = await askSelected(io, { ...flags, tz: "UTC" }, async (selection) => {
    const { discountPercent } = selection.contents.settings;
    const terms = { billingAccount: flags.billingAccount, platform: flags.platform, discountPercent };
    const costs = await focusCostsOf(selection);
    const rows = focusRows(costs, terms);
    await writerOf(flags.format)(path, focusTable(terms), each(rows));
    const corrections = rows.filter(({ ChargeClass }) => ChargeClass !== null).length;
    return { ...costs, rows: rows.length, corrections };
  });
  const { rows, corrections, unpriced, prepaid, untold } = answer;
  const corrected =
    corrections === 0 ? "" : `, ${displayQuantity(corrections, "correction")} of closed periods among them`;
  writeLines(io.stdout, [
    `wrote ${displayQuantity(rows, "row")} of FOCUS 1.2 to ${path}${corrected}: an estimate, not an invoice`,
  ]);
  if (unpriced > 0) {
    warn(
      io,
      `left out, because FOCUS allows no unknown cost: ${displayQuantity(unpriced, "response")} without a price`,
    );
  }
  if (prepaid > 0) {
    warn(
      io,
      `what prepaid capacity cost is not known: EffectiveCost of ${displayQuantity(prepaid, "response")} at the priority tier is at token prices`,
    );
  }
  for (const { span, why } of untold) {
    const period = `${formatInstant(span.from)} to ${formatInstant(span.until)}`;
    const reason = why === "pruned" ? "detail was pruned, and only a part of it was asked for" : "name one ledger";
    warn(io, `closed, and what was corrected since is not told apart: ${period}; ${reason}`);
  }
  return exitCode;
}

async function writeRequests(path: string, format: "csv" | "parquet", selection: Selection): Promise<Written> {
  let unpriced = 0;
  async function* counted(): AsyncGenerator<RequestRow> {
    for await (const row of requestsOf(selection)) {
      if (row.cost.total === null) unpriced += 1;
      yield row;
    }
  }
  const rows = await writerOf(format)(path, REQUEST_COLUMNS, counted());
  return { rows, unpriced, isPruned: selection.contents.view.rollups.length > 0 };
}

async function writeSpend(path: string, format: "csv" | "parquet", selection: Selection): Promise<Written> {
  const { view, checkpoints } = selection.contents;
  const { rows, total } = await askRows(spendProjection({ ...selection, by: SPEND_BY }), view, checkpoints);
  const key = ({ by }: (typeof rows)[number]): string => JSON.stringify(SPEND_BY.map((name) => by[name]));
  const inOrder = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    rows: await writerOf(format)(path, SPEND_COLUMNS, each(inOrder)),
    unpriced: total.unpricedRequests,
    isPruned: false,
  };
}

function writerOf(format: "csv" | "parquet"): typeof writeCsv {
  return format === "csv" ? writeCsv : writeParquet;
}

/** Billed responses as they come, one batch of them held at a time. */
async function* requestsOf({ contents, book, ...filter }: Selection): AsyncGenerator<RequestRow> {
  const wantedIn = rowFilter(filter, calendarOf(filter.timeZone));
  for await (const { rows, dead } of contents.view.batches({ details: true })) {
    const isWanted = wantedIn(rows);
    for (let row = 0; row < rows.count; row += 1) {
      if ((dead !== null && dead[row] !== 0) || !isWanted(row)) continue;
      const response = requestOfRow(rows, row);
      if (response.type === "RequestFailed" || response.billedTo !== "self") continue;
      yield { response, cost: costOf(response.usage, response.servedModel, Date.parse(response.occurredAt), book) };
    }
  }
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}
