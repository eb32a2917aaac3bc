/** What a column holds, unknown being null: a text, an exact count, an amount, a time, or yes or no. */
export type ColumnType = "text" | "count" | "usd" | "time" | "flag";

/** Amounts are picodollars, times milliseconds since 1970. */
export type TableValue = string | number | bigint | boolean | null;

/** A column of a table, by the rows it is read from. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row) => TableValue;
}
