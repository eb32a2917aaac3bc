import { open, rename, rm } from "node:fs/promises";
import { formatInstant, formatUsd, money } from "@farthing/ledger";
import { csvRecord, type CsvValue } from "../../exports/csv.ts";
import { decimalText } from "../../exports/decimal.ts";
import type { Column, ColumnType, TableValue } from "../../exports/table.ts";

/** Rows of one group of a Parquet file: what is held at once. */
const ROWS_PER_GROUP = 20_000;

/** Records written at once. */
const RECORDS_PER_WRITE = 1_000;

/** Writes a table as CSV, holding little of it; returns how many rows it has. A failure leaves what was there before. */
export async function writeCsv<Row>(
  path: string,
  columns: readonly Column<Row>[],
  rows: AsyncIterable<Row>,
): Promise<number> {
  return replaced(path, async (temporary) => {
    const file = await open(temporary, "w");
    let count = 0;
    try {
      let text = csvRecord(columns.map(({ name }) => name));
      for await (const row of rows) {
        count += 1;
        text += csvRecord(columns.map(({ type, value }) => csvValue(type, value(row))));
        if (count % RECORDS_PER_WRITE !== 0) continue;
        await file.writeFile(text);
        text = "";
      }
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return count;
  });
}

/** The same as Parquet: amounts and other decimals have 38 digits, those of amounts 12 after the point; times are of UTC. */
export async function writeParquet<Row>(
  path: string,
  columns: readonly Column<Row>[],
  rows: AsyncIterable<Row>,
): Promise<number> {
  // Loaded by this alone.
  const { fileWriter, parquetWriteRows } = await import("hyparquet-writer");
  return replaced(path, async (temporary) => {
    let count = 0;
    async function* records(): AsyncGenerator<Record<string, unknown>> {
      for await (const row of rows) {
        count += 1;
        yield Object.fromEntries(columns.map(({ name, type, value }) => [name, parquetValue(type, value(row))]));
      }
    }
    await parquetWriteRows({
      writer: fileWriter(temporary),
      rows: records(),
      columns: columns.map(({ name }) => ({ name })),
      schema: [
        { name: "root", num_children: columns.length },
        ...columns.map(({ name, type }) => ({ name, repetition_type: "OPTIONAL" as const, ...parquetType(type) })),
      ],
      rowGroupSize: ROWS_PER_GROUP,
      createdBy: "farthing",
    });
    return count;
  });
}

const PARQUET_TYPES = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  count: { type: "INT64" },
  usd: decimalType(12),
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  // Written out: of the older annotation, programs do not all take the time to be one of UTC.
  second: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  flag: { type: "BOOLEAN" },
} as const;

function parquetType(type: ColumnType) {
  return typeof type === "string" ? PARQUET_TYPES[type] : decimalType(type.decimals);
}

function decimalType(scale: number) {
  return { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, converted_type: "DECIMAL", scale, precision: 38 } as const;
}

function parquetValue(type: ColumnType, value: TableValue): unknown {
  if (value === null) return null;
  return type === "count" || type === "time" || type === "second" ? BigInt(value) : value;
}

function csvValue(type: ColumnType, value: TableValue): CsvValue {
  if (value === null) return null;
  if (typeof type !== "string") return decimalText(BigInt(value), type.decimals);
  if (type === "usd") return formatUsd(money(BigInt(value)));
  if (type === "time") return formatInstant(Number(value));
  if (type === "second") return formatInstant(Number(value)).replace(/\.\d{3}Z$/, "Z");
  return typeof value === "boolean" ? String(value) : value;
}

/** Makes a file under another name and puts it in place when it is whole. */
async function replaced<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  try {
    const result = await write(temporary);
    await rename(temporary, path);
    return result;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof Error && "path" in error ? Object.assign(error, { path }) : error;
  }
}
