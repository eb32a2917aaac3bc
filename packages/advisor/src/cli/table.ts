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
const ELLIPSIS = "…";
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const ZERO_WIDTH = /\p{M}/u;

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

/** Text that cannot steer a terminal: names come from transcripts and labels. */
export function printable(text: string): string {
  return text.replace(CONTROL, "?");
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

function fit(text: string, width: number, cut: "start" | "end"): string {
  if (displayWidth(text) <= width) return text;
  const characters = cut === "end" ? [...text] : [...text].reverse();
  const kept: string[] = [];
  let used = 1;
  for (const character of characters) {
    used += displayWidth(character);
    if (used > width) break;
    kept.push(character);
  }
  return cut === "end" ? kept.join("") + ELLIPSIS : ELLIPSIS + kept.reverse().join("");
}

/** How many cells of a terminal a text takes. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}
