import { displayWidth, fit, printable } from "../../report/text-layout.ts";

/** A column of a text table. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** May be cut when a row is wider than the screen; the end that says less is dropped. */
  readonly cut?: "start" | "end";
}

const GAP = "  ";
/** A cut cell keeps at least this much of its text. */
const CUT_WIDTH_MIN = 12;

/**
 * Lays rows out in aligned columns, at most `width` wide as far as cutting columns allows; one line per row, the
 * titles first, no spaces at line ends.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(printable));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ""))));
  shrink(widths, columns, width);
  return cells.map((row) =>
    columns
      .map((column, index) => pad(row[index] ?? "", widths[index] ?? 0, column))
      .join(GAP)
      .trimEnd(),
  );
}

function shrink(widths: number[], columns: readonly Column[], width: number): void {
  const total = (): number => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  while (total() > width) {
    let widest = -1;
    for (const [index, { cut }] of columns.entries()) {
      if (cut !== undefined && (widths[index] ?? 0) > (widths[widest] ?? CUT_WIDTH_MIN)) widest = index;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function pad(text: string, width: number, { align, cut }: Column): string {
  const fitted = fit(text, width, cut ?? "end");
  const filling = " ".repeat(Math.max(0, width - displayWidth(fitted)));
  return align === "left" ? fitted + filling : filling + fitted;
}
