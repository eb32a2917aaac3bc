import type { AppendCounts, ImportReport, UnknownModelsReport } from "@farthing/adapters/claude-code";
import { displayCount, displayQuantity } from "./format-values.ts";
import { printable } from "../../report/text-layout.ts";

/** What an import brought, for people: every source's report has these lines. */
export function importLines(report: ImportReport): string[] {
  return [outcomeLine(report.outcomes), ...skippedLines(report), ...unknownModelLines(report.unknownModels)];
}

function outcomeLine({ appended, merged, exists, conflict }: AppendCounts): string {
  const parts = [
    `${displayCount(appended)} new`,
    `${displayCount(merged)} completed by a later snapshot`,
    `${displayCount(exists)} known already`,
    ...(conflict > 0 ? [`${displayCount(conflict)} in conflict with another final snapshot`] : []),
  ];
  return `  events    ${parts.join(", ")}`;
}

function skippedLines({ skipped }: ImportReport): string[] {
  if (skipped.total === 0) return ["  skipped   nothing"];
  const counts = Object.entries(skipped.byReason).map(([reason, count]) => `${displayCount(count)} ${reason}`);
  const examples = skipped.examples.map(
    ({ file, line, reason, why }) => `    ${printable(file)}:${String(line)}: ${reason}: ${printable(why)}`,
  );
  const more = skipped.total - examples.length;
  return [
    `  skipped   ${displayQuantity(skipped.total, "line")}: ${counts.join(", ")}`,
    ...examples,
    ...(more > 0 ? [`    ... and ${displayCount(more)} more`] : []),
  ];
}

function unknownModelLines({ responses, models }: UnknownModelsReport): string[] {
  if (responses === 0) return [];
  const names = models.map(({ model, responses: count }) => `${printable(model)} (${displayCount(count)})`);
  return [`  unpriced  ${displayQuantity(responses, "response")} of models without a price: ${names.join(", ")}`];
}
