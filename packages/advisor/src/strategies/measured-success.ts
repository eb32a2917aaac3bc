import { displayUsd, divideHalfEven, money, type Money, type OutcomeRow } from "@farthing/ledger";
import { OUTCOME_TASKS_MIN } from "../thresholds.ts";
import { shortName, type ModelChange } from "./model-change-words.ts";
import type { Abstention, Situation } from "./strategy.ts";

/** What a success cost in one workload, on each of two models. */
export interface MeasuredSuccess {
  readonly from: SuccessCost;
  readonly to: SuccessCost;
}

interface SuccessCost {
  readonly tasks: number;
  /** Null where nothing succeeded. */
  readonly usd: Money | null;
}

/**
 * What outcomes measure of a change of model: failures, retries and escalations of the tasks that were asked of each model
 * first are all in it. Null where either model has too few tasks in the workload.
 */
export function measuredSuccess(
  { outcomes = [], workload }: Situation,
  { from, to }: Pick<ModelChange, "from" | "to">,
): MeasuredSuccess | null {
  const costOf = (model: string): SuccessCost | null => {
    const row = outcomes.find(({ by }) => by["model"] === model && by["workload"] === workload);
    // A task that cost more than was seen makes a success look cheaper than it is.
    if (row === undefined || row.tasks - row.lowerBoundTasks < OUTCOME_TASKS_MIN) return null;
    return { tasks: row.tasks, usd: usdPerSuccess(row) };
  };
  const [before, after] = [costOf(from.id), costOf(to.id)];
  return before === null || after === null ? null : { from: before, to: after };
}

/** Why a change of model is not proposed that outcomes speak against; null where they do not. */
export function costsMorePerSuccess(
  situation: Situation,
  change: Pick<ModelChange, "strategy" | "from" | "to">,
): Abstention | null {
  const measured = measuredSuccess(situation, change);
  if (measured === null) return null;
  const { from, to } = measured;
  if (to.usd !== null && (from.usd === null || to.usd < from.usd)) return null;
  return {
    strategy: change.strategy,
    workload: situation.workload,
    reason: "cost-per-success",
    observed: `${shortName(change.from)} -> ${shortName(change.to)}: ${measuredWords(measured, change)}`,
    needed: "a success that costs less",
    growth: null,
  };
}

/** What was measured, in words. */
export function measuredWords({ from, to }: MeasuredSuccess, change: Pick<ModelChange, "from" | "to">): string {
  const words = ({ usd, tasks }: SuccessCost): string =>
    usd === null ? `nothing in ${count(tasks)} tasks` : `${displayUsd(usd, 4)} in ${count(tasks)} tasks`;
  return `a success cost ${words(to)} on ${shortName(change.to)}, ${words(from)} on ${shortName(change.from)}`;
}

/** The share of successes that the new model may lose, at what its tasks cost, before a success costs as much as before. */
export function measuredBreakEven({ from, to }: MeasuredSuccess): string | null {
  if (from.usd === null || to.usd === null || to.usd >= from.usd) return null;
  const share = Math.floor(100 * (1 - Number(to.usd) / Number(from.usd)));
  return `measured by outcomes; saves until it fails at ${String(share)} % of what it now succeeds at`;
}

function usdPerSuccess({ usd, succeeded }: OutcomeRow): Money | null {
  return succeeded === 0 ? null : money(divideHalfEven(usd, BigInt(succeeded)));
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
