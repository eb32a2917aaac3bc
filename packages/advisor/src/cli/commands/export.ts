import { resolve } from "node:path";
import {
  askRows,
  calendarOf,
  costDriversProjection,
  costOf,
  requestOfRow,
  rowFilter,
  spendProjection,
  type RequestRow,
} from "@farthing/ledger";
import { FOCUS_BY, FOCUS_COLUMNS, focusRows, type FocusRow } from "../../exports/focus.ts";
import { REQUEST_COLUMNS } from "../../exports/request-columns.ts";
import { SPEND_BY, SPEND_COLUMNS } from "../../exports/spend-columns.ts";
import type { Column } from "../../exports/table.ts";
import { UsageError } from "../command-errors.ts";
import type { ExitCode } from "../exit-codes.ts";
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
  readonly billingAccount: string;
}

const FOCUS_TABLE: readonly Column<FocusRow>[] = FOCUS_COLUMNS.map((name) => ({
  name,
  type: "text",
  value: (row) => row[name],
}));

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
    const { view, checkpoints, settings } = selection.contents;
    const { rows, spend } = await askRows(costDriversProjection({ ...selection, by: FOCUS_BY }), view, checkpoints);
    const terms = { billingAccount: flags.billingAccount, discountPercent: settings.discountPercent };
    const written = await writeCsv(path, FOCUS_TABLE, each(focusRows(rows, terms)));
    return { rows: written, unpriced: spend.total.unpricedRequests };
  });
  writeLines(io.stdout, [
    `wrote ${displayQuantity(answer.rows, "row")} of FOCUS 1.2 to ${path}: an estimate, not an invoice`,
  ]);
  if (answer.unpriced > 0) {
    warn(
      io,
      `left out, because FOCUS allows no unknown cost: ${displayQuantity(answer.unpriced, "response")} without a price`,
    );
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
