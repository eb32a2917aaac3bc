import { formatInstant } from "@farthing/ledger";
import type { AskedSide, TwoSides } from "../input/compare-periods.ts";
import { commandLine } from "./command-line.ts";
import { byFlags, ledgerFlags, pinnedFlags, pinnedQuestion, whereFlags } from "./pinned-flags.ts";
import type { ComparisonAnswer } from "./render-compare.ts";

/** Prints a comparison again; null where no line asks both sides what they were asked. */
export function compareCommand({ by, ...sides }: ComparisonAnswer): string | null {
  const { before } = sides;
  if (!areAskedAlike(sides)) return null;
  return commandLine([
    "compare",
    ...sidesOf(sides),
    ...byFlags(by),
    ...whereFlags(before.selection.where),
    "--tz",
    before.selection.timeZone,
    ...pinnedSides(sides),
    "--format",
    "json",
  ]);
}

/** Whether conditions and zones are the same: tokens of personal labels are each ledger's own, as its settings are. */
export function areAskedAlike({ before, after }: TwoSides): boolean {
  const [a, b] = [before.selection, after.selection];
  return a.timeZone === b.timeZone && JSON.stringify(a.where) === JSON.stringify(b.where);
}

/** Prints what one side came to. */
export function sideCommand({ selection, period }: Pick<AskedSide, "selection" | "period">): string {
  const { since = null, until = null } = period ?? {};
  return commandLine(["spend", ...pinnedQuestion({ ...selection, since, until }), "--format", "json"]);
}

/** The periods and ledgers of two sides, as arguments. */
export function sidesOf({ before, after }: TwoSides): readonly string[] {
  const periods = [before, after].flatMap(({ period }) =>
    period === null ? [] : [`${formatInstant(period.since)}..${formatInstant(period.until)}`],
  );
  const isOneLedger = before.selection === after.selection;
  return [
    ...periods,
    ...ledgerFlags("--ledger", before.selection),
    ...(isOneLedger ? [] : ledgerFlags("--ledger-b", after.selection)),
  ];
}

export function pinnedSides({ before, after }: TwoSides): readonly string[] {
  return pinnedFlags([before.selection, after.selection]);
}
