/** Text for people at a fixed number of columns. */

export function padEnd(text: string, columns: number): string {
  return text.length >= columns ? text : text + " ".repeat(columns - text.length);
}

export function padStart(text: string, columns: number): string {
  return text.length >= columns ? text : " ".repeat(columns - text.length) + text;
}

/** Text cut to a width, with its end marked where something is missing. */
export function clip(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}

/** Text broken between words into lines; every line but the first begins with the indent. Its own spaces are kept. */
export function wrap(text: string, columns: number, indent: string): readonly string[] {
  if (text.length <= columns) return [text];
  const lead = text.length - text.trimStart().length;
  const end = text.lastIndexOf(" ", columns);
  const cut = end > lead ? end : text.indexOf(" ", columns);
  if (cut === -1) return [text];
  return [text.slice(0, cut).trimEnd(), ...wrap(indent + text.slice(cut).trimStart(), columns, indent)];
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
