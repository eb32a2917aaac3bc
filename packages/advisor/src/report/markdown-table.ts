import { printable } from "./text-layout.ts";

/** A table in Markdown. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text that is only text, in Markdown and in a terminal. */
export function plain(text: string): string {
  return printable(text).replace(/[\\|<>*_`[\]]/g, "\\$&");
}
