import type { ReportedDifference } from "@farthing/adapters/agent-sdk";
import { printable } from "../../report/text-layout.ts";
import { displayCount, displayQuantity } from "./format-values.ts";

const SHOWN = 20;

/** Where clients' figures and the price book differ, for people. */
export function reportedLines(differences: readonly ReportedDifference[], reported: number): string[] {
  if (reported === 0) return [];
  if (differences.length === 0) return ["  reported  every client's figure is the price of its tokens"];
  const more = differences.length - SHOWN;
  return [
    `  reported  ${displayQuantity(differences.length, "figure")} of clients differ from the price of the same tokens:`,
    ...differences.slice(0, SHOWN).map(toLine),
    ...(more > 0 ? [`    ... and ${displayCount(more)} more`] : []),
  ];
}

function toLine({ id, model, reportedUsd, usd, differenceUsd }: ReportedDifference): string {
  const own = usd === null || differenceUsd === null ? "no price is known" : `$${usd} (${signedUsd(differenceUsd)})`;
  return `    ${printable(id)} ${printable(model)}: reported $${reportedUsd}, here ${own}`;
}

/** With its sign in front of the dollar. */
export function signedUsd(usd: string): string {
  return usd.startsWith("-") ? `-$${usd.slice(1)}` : `+$${usd}`;
}
