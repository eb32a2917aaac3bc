import type { ImportReport } from "@farthing/adapters/events";

/** What several imports brought together. */
export function addImports(reports: readonly ImportReport[]): ImportReport {
  const sumOf = (read: (report: ImportReport) => number): number => reports.reduce((sum, each) => sum + read(each), 0);
  return {
    lines: sumOf(({ lines }) => lines),
    snapshots: sumOf(({ snapshots }) => snapshots),
    outcomes: {
      appended: sumOf(({ outcomes }) => outcomes.appended),
      merged: sumOf(({ outcomes }) => outcomes.merged),
      exists: sumOf(({ outcomes }) => outcomes.exists),
      conflict: sumOf(({ outcomes }) => outcomes.conflict),
    },
    skipped: {
      total: sumOf(({ skipped }) => skipped.total),
      byReason: addCounts(reports.map(({ skipped }) => skipped.byReason)),
      examples: reports.flatMap(({ skipped }) => skipped.examples),
    },
    unknownModels: {
      responses: sumOf(({ unknownModels }) => unknownModels.responses),
      models: Object.entries(
        addCounts(
          reports.map(({ unknownModels }) =>
            Object.fromEntries(unknownModels.models.map(({ model, responses }) => [model, responses])),
          ),
        ),
      ).map(([model, responses]) => ({ model, responses })),
    },
  };
}

function addCounts(all: readonly Readonly<Partial<Record<string, number>>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + (count ?? 0);
  }
  return sums;
}
