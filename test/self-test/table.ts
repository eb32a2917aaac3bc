import type { JudgedCase } from "./judged-case.ts";

/** What a group of cases comes to. */
export interface Summary {
  readonly cases: number;
  readonly advised: number;
  /** Of the cases that deserve a known change, those in which it was recommended; null where none does. */
  readonly found: number | null;
  /** Median of how far the joint saving is off, regardless of the direction; null without advice. */
  readonly medianError: number | null;
  /** Median of how far it is over the true one; null without advice. */
  readonly medianBias: number | null;
  /** Share of the advised cases of which the true saving is within the range; null without advice. */
  readonly inRange: number | null;
  readonly losing: number;
  readonly falseAdvice: number;
}

export function summarize(cases: readonly JudgedCase[]): Summary {
  const advised = cases.filter((each) => each.advised);
  const errors = advised.flatMap(({ error }) => (error === null ? [] : [error]));
  const known = cases.flatMap(({ found }) => (found === null ? [] : [found]));
  return {
    cases: cases.length,
    advised: advised.length,
    found: known.length === 0 ? null : count(known, (found) => found),
    medianError: median(errors.map(Math.abs)),
    medianBias: median(errors),
    inRange: advised.length === 0 ? null : count(advised, ({ inRange }) => inRange === true) / advised.length,
    losing: count(cases, ({ loses }) => loses),
    falseAdvice: count(cases, ({ falseAdvice }) => falseAdvice),
  };
}

const HEADINGS = ["workloads", "deserve", "cases", "advised", "found", "error", "bias", "in range", "lose", "false"];

/** A table of all families and their total, as Markdown has it. */
export function tableOf(cases: readonly JudgedCase[]): string {
  const families = [...new Set(cases.map(({ family }) => family))];
  const rows = families.map((family) => {
    const { deserves, name } = family;
    const own = cases.filter((each) => each.family === family);
    return row(name, typeof deserves === "string" ? deserves : deserves.strategy, summarize(own));
  });
  const all = [...rows, row("all", "", summarize(cases))];
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...all.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(HEADINGS), rule, ...all.map(line)].join("\n");
}

function row(name: string, deserves: string, summary: Summary): readonly string[] {
  const { cases, advised, found, medianError, medianBias, inRange, losing, falseAdvice } = summary;
  return [
    name,
    deserves,
    String(cases),
    String(advised),
    found === null ? "" : String(found),
    percent(medianError),
    medianBias !== null && medianBias > 0 ? `+${percent(medianBias)}` : percent(medianBias),
    percent(inRange, 0),
    String(losing),
    String(falseAdvice),
  ];
}

function percent(share: number | null, digits = 1): string {
  return share === null ? "" : `${(100 * share).toFixed(digits)} %`;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [a, b] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return a === undefined || b === undefined ? null : (a + b) / 2;
}

function count<T>(items: readonly T[], matches: (item: T) => boolean): number {
  return items.filter(matches).length;
}
