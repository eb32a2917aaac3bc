/** A value of a table: null where unknown or absent, which becomes an empty field. */
export type CsvValue = string | number | bigint | null;

/**
 * One record as RFC 4180 has it, with CRLF.
 *
 * A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers, negative ones too.
 */
export function csvRecord(values: readonly CsvValue[]): string {
  return `${values.map(csvField).join(",")}\r\n`;
}

/** A decimal number that is written as a text, such as an amount: it stays one. */
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** What spreadsheets begin a formula with. */
const FORMULA = /^[=+\-@\t\r]/;

function csvField(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) && !DECIMAL.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
