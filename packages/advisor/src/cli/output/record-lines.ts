import type { RecordsReport, StatedByModel } from "@farthing/adapters/litellm";
import { printable } from "../../report/text-layout.ts";
import { displayCount, displayQuantity } from "./format-values.ts";
import { signedUsd } from "./reported-lines.ts";

/** What is not known of imported calls, and what their records state that they cost, for people. */
export function recordLines({ unclear, cacheUntold, stated }: RecordsReport): string[] {
  return [...unclearLines(unclear), ...untoldLines(cacheUntold), ...stated.map(toLine)];
}

function unclearLines({ total, byReason, examples }: RecordsReport["unclear"]): string[] {
  if (total === 0) return [];
  const counts = Object.entries(byReason).map(([reason, count]) => `${displayCount(count)} ${reason}`);
  const more = total - examples.length;
  return [
    `  unknown   ${displayQuantity(total, "call")} without usage, at unknown cost: ${counts.join(", ")}`,
    ...examples.map(
      ({ file, line, reason, why }) => `    ${printable(file)}:${String(line)}: ${reason}: ${printable(why)}`,
    ),
    ...(more > 0 ? [`    ... and ${displayCount(more)} more`] : []),
  ];
}

function untoldLines(calls: number): string[] {
  if (calls === 0) return [];
  return [`  assumed   ${displayQuantity(calls, "call")} told no cached tokens: their prompts count as uncached`];
}

function toLine(sums: StatedByModel): string {
  const { model, records, differing, statedUsd, usd, differenceUsd, unpricedRecords, unpricedStatedUsd } = sums;
  const own =
    records === 0
      ? []
      : [
          `stated $${statedUsd} in ${displayQuantity(records, "record")}, here $${usd}`,
          differing === 0 ? "each is the same" : `${displayCount(differing)} differ (${signedUsd(differenceUsd)})`,
        ];
  const unpriced =
    unpricedRecords === 0 ? [] : [`stated $${unpricedStatedUsd} in ${displayCount(unpricedRecords)} of unknown cost`];
  return `  stated    ${printable(model)}: ${[...own, ...unpriced].join("; ")}`;
}
