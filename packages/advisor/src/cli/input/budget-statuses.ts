import {
  askRows,
  calendarOf,
  parseGroupKey,
  spendProjection,
  type BudgetSetting,
  type Condition,
  type Instant,
} from "@farthing/ledger";
import { budgetSpan } from "../../budget/budget-span.ts";
import { budgetStatus, type BudgetStatus } from "../../budget/budget-status.ts";
import { InputError } from "../command-errors.ts";
import type { Selection } from "../flags/selection.ts";

/** Where the budgets of a ledger stand, or those of some names. */
export async function budgetStatuses(
  selection: Selection,
  budgets: readonly BudgetSetting[],
): Promise<readonly BudgetStatus[]> {
  if (budgets.length === 0) return [];
  const { contents, book, now } = selection;
  // A budget's periods are cut in its ledger's zone, whatever zone was asked for besides.
  const { timeZone } = contents.settings;
  const calendar = calendarOf(timeZone);
  const askUntil = (until: Instant | null) => (where: readonly Condition[], since: Instant | null) =>
    askRows(
      spendProjection({ by: ["day"], where, since, until, timeZone, book }),
      contents.view,
      until === null ? contents.checkpoints : null,
    );
  const { span } = await askUntil(null)([], null);
  const isLater = span !== null && span.last >= now;
  // Only where `--now` is in the past is there anything later, and what is kept holds for every time.
  const ask = askUntil(isLater ? now : null);
  const recorded = isLater ? (await ask([], null)).span : span;
  const statuses: BudgetStatus[] = [];
  for (const budget of budgets) {
    const where = budget.where.map(conditionOf);
    const spend = {
      inPeriod: await ask(where, budgetSpan(budget.per, now, calendar).since),
      everything: await ask(where, null),
      recordedUntil: recorded?.last ?? null,
    };
    statuses.push(budgetStatus(budget, spend, now, calendar));
  }
  return statuses;
}

function conditionOf({ key, value }: BudgetSetting["where"][number]): Condition {
  const known = parseGroupKey(key);
  if (known === null) throw new InputError(`a budget's condition is on "${key}", which this release does not know`);
  return { key: known, value };
}
