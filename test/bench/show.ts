/** A number with three digits that count, and its thousands apart. */
export function figure(value: number, unit = ""): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === "" ? text : `${text} ${unit}`;
}

/** How many times `value` is of `other`. */
export function times(value: number, other: number): string {
  return `${figure(value / other)}x`;
}

/** A number of events in words: 1M, 250k. */
export function size(events: number): string {
  if (events % 1_000_000 === 0) return `${String(events / 1_000_000)}M`;
  return events % 1_000 === 0 ? `${String(events / 1_000)}k` : String(events);
}

/** Rows of equal length as lines, columns of numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const isText = widths.map((_, column) =>
    rows.slice(1).some((row) => !/^([-\d.,]+x?|NaNx?)?$/.test(row[column] ?? "")),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        isText[column] === true ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
