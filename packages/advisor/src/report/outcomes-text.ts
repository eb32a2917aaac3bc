import { displayUsd, divideHalfEven, money, parseUsd, ratio, type Money, type OutcomeRow } from "@farthing/ledger";
import type { Report } from "./report.ts";
import { fit, padEnd, padStart, percent, wrap } from "./text-layout.ts";
import { countWords, grouped, usdWords } from "./words.ts";

const ROWS_SHOWN = 6;
const NAME_COLUMNS = 34;
const ONE_DOLLAR = parseUsd("1");

/** What a success cost, by the model that was asked first; nothing where no outcome was recorded. */
export function outcomesText(report: Report, columns: number): readonly string[] {
  const rows = report.outcomes?.rows ?? [];
  if (rows.length === 0) return [];
  const lines = rows.slice(0, ROWS_SHOWN).map((row) => {
    const figures = `${padStart(successWords(row), 9)}  ${grouped(row.succeeded)} of ${countWords(row.tasks, "task")} for ${usdWords(row.usd)}`;
    return fit(`  ${padEnd(fit(nameWords(row), NAME_COLUMNS), NAME_COLUMNS)} ${figures}`, columns);
  });
  const rest = rows.length - ROWS_SHOWN;
  return [
    fit("A SUCCESS, by the model asked first: retries, escalations and failures included", columns),
    ...lines,
    ...(rest > 0 ? [`  and ${grouped(rest)} more: --format json`] : []),
    ...outcomeNotes(report).flatMap((note) => wrap(`  ${note}.`, columns, "    ")),
  ];
}

/** What must be said beside it. */
export function outcomeNotes({ outcomes }: Report): readonly string[] {
  if (outcomes === null) return [];
  const { total, withoutOutcome, withoutRequests } = outcomes;
  const notes: string[] = [];
  if (total.otherModelsUsd > 0n) {
    const share = percent(ratio(total.otherModelsUsd, total.usd));
    notes.push(`${usdWords(total.otherModelsUsd)}, ${share}, went to other models than the one asked first`);
  }
  if (total.lowerBoundTasks > 0) {
    notes.push(`${countWords(total.lowerBoundTasks, "task")} cost at least as much: an answer was cut short`);
  }
  if (total.unknownCost.tasks > 0) {
    notes.push(`${countWords(total.unknownCost.tasks, "task")} left out, of which a part has no known cost`);
  }
  if (withoutOutcome.tasks > 0) {
    const atLeast = withoutOutcome.more ? "more than " : "";
    notes.push(
      `${atLeast}${countWords(withoutOutcome.tasks, "task")} without an outcome: ${usdWords(withoutOutcome.usd)}`,
    );
  }
  if (withoutRequests > 0) notes.push(`${countWords(withoutRequests, "outcome")} without a recorded request`);
  return notes;
}

/** Rounded to a picodollar; null where nothing succeeded. */
export function usdPerSuccess({ usd, succeeded }: Pick<OutcomeRow, "usd" | "succeeded">): Money | null {
  return succeeded === 0 ? null : money(divideHalfEven(usd, BigInt(succeeded)));
}

export function successWords(row: Pick<OutcomeRow, "usd" | "succeeded">): string {
  const usd = usdPerSuccess(row);
  if (usd === null) return "none";
  return displayUsd(usd, usd < ONE_DOLLAR ? 4 : 2);
}

export function nameWords({ by }: OutcomeRow): string {
  return [by["model"], by["workload"]].filter((part) => part !== null && part !== undefined).join(", ");
}
