/**
 * What a column holds, unknown being null: a text, an exact count, an amount, a time, a time of a whole second, yes or no, or
 * an exact number with so many decimals.
 */
export type ColumnType = "text" | "count" | "usd" | "time" | "second" | "flag" | { readonly decimals: number };

/** Amounts are picodollars, times milliseconds since 1970, numbers with decimals units of the last of them. */
export type TableValue = string | number | bigint | boolean | null;

/** A column of a table, by the rows it is read from. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row) => TableValue;
}
