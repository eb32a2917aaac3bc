import { linesOf } from "./shown-output.ts";

/** Output that a document shows and that is printed differently now. */
export interface OutdatedOutput {
  /** The line of the document, from 1, after which it stands. */
  readonly after: number;
  readonly shown: string;
  readonly printed: string;
}

/** Whether output can be replaced as a whole: where lines are left out, only a person can say which. */
export function isReplaceable(shown: string): boolean {
  return !linesOf(shown).includes("...");
}

/** A document with what is printed in the place of what was shown. */
export function withPrintedOutput(text: string, outdated: readonly OutdatedOutput[]): string {
  const lines = text.split("\n");
  // From the end, so that the places of those before stay right.
  for (const { after, shown, printed } of outdated.toSorted((a, b) => b.after - a.after)) {
    const indent = indentOfBlock(lines, after);
    const indented = linesOf(printed).map((line) => (line === "" ? "" : indent + line));
    lines.splice(after, shown === "" ? 0 : shown.split("\n").length, ...indented);
  }
  return lines.join("\n");
}

/** That of the fence which opens the block a line is in. */
function indentOfBlock(lines: readonly string[], lineNumber: number): string {
  const fence = lines.slice(0, lineNumber).findLast((line) => /^ *(`{3,}|~{3,})/.test(line)) ?? "";
  return /^ */.exec(fence)?.[0] ?? "";
}
