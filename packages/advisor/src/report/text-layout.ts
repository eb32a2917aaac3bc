/** Text for people at a fixed number of columns. */

const ELLIPSIS = "…";
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const ZERO_WIDTH = /\p{M}/u;

/** Text that cannot steer a terminal: names come from transcripts and labels. */
export function printable(text: string): string {
  return text.replace(CONTROL, "?");
}

/** How many cells of a terminal a text takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Text cut to a width, with a mark where something is missing: by default at its end. */
export function fit(text: string, width: number, cut: "start" | "end" = "end"): string {
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

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - displayWidth(text))) + text;
}

/**
 * Text broken between words into lines; every line but the first begins with the indent, as far as half the width
 * allows. Its own spaces are kept, and a word that is longer than a line stays whole.
 */
export function wrap(text: string, columns: number, indent: string): readonly string[] {
  const hanging = indent.slice(0, Math.floor(columns / 2));
  const lines: string[] = [];
  let rest = text;
  while (rest.length > columns) {
    const lead = rest.length - rest.trimStart().length;
    const end = rest.lastIndexOf(" ", columns);
    const cut = end > lead ? end : rest.indexOf(" ", Math.max(columns, lead + 1));
    if (cut === -1) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = hanging + rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}

/** A heading in the margin, then its text, wrapped beside it. */
export function underHeading(heading: string, text: string, columns: number, margin: number): readonly string[] {
  return wrap(`${padEnd(heading, margin - 1)} ${text}`, columns, " ".repeat(margin));
}

/** A bar of `#` for a share between 0 and 1. */
export function bar(share: number, columns: number): string {
  return "#".repeat(Math.max(0, Math.round(share * columns)));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
