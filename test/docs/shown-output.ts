/**
 * Whether a command printed what a document shows.
 *
 * A line of three dots stands for any lines left out. Spaces at line ends and empty lines around the whole do not count.
 */
export function isShownOutput(printed: string, shown: string): boolean {
  const lines = linesOf(printed);
  const [first = [], ...others] = splitAtDots(linesOf(shown));
  const last = others.pop();
  if (last === undefined) return lines.length === first.length && startsAt(lines, first, 0);
  if (!startsAt(lines, first, 0)) return false;
  let position = first.length;
  for (const part of others) {
    while (position <= lines.length && !startsAt(lines, part, position)) position += 1;
    position += part.length;
  }
  const lastAt = lines.length - last.length;
  return lastAt >= position && startsAt(lines, last, lastAt);
}

/** The lines of a text as they are compared. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const isText = (line: string): boolean => line !== "";
  return lines.slice(Math.max(lines.findIndex(isText), 0), lines.findLastIndex(isText) + 1);
}

function splitAtDots(lines: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === "...") parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

function startsAt(lines: readonly string[], part: readonly string[], position: number): boolean {
  return part.every((line, index) => lines[position + index] === line);
}
