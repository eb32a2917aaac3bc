import { money, type Money } from "../money/money.ts";
import type { Task } from "./tasks.ts";

/** What tasks came to. */
export interface OutcomeTotals {
  /** Tasks whose cost is known. */
  readonly tasks: number;
  /** Of these. */
  readonly succeeded: number;
  readonly failed: number;
  /** What these tasks cost, those that failed included: divided by `succeeded`, the cost of a success. */
  readonly usd: Money;
  /** The part of it that other models than the one asked first came to. */
  readonly otherModelsUsd: Money;
  /** Their billed responses. */
  readonly requests: number;
  /** Tasks of which more may have been billed than was seen: with any, the cost is "at least". */
  readonly lowerBoundTasks: number;
  /**
   * Tasks that are in none of the above, because some of their requests have no price, failed without a known cost, or
   * were pruned.
   */
  readonly unknownCost: {
    readonly tasks: number;
    readonly succeeded: number;
    readonly failed: number;
    /** The part that is known. */
    readonly usd: Money;
  };
}

/** Totals that more tasks are added to. */
export class OutcomeSum {
  readonly #known = newSum();
  readonly #unknown = newSum();
  #requests = 0;
  #lowerBoundTasks = 0;

  /** @param model The one that was asked first. */
  add({ outcome, usd, atUnknownCost, lowerBounds, requests }: Task, model: string): void {
    const sum = atUnknownCost > 0 ? this.#unknown : this.#known;
    sum.tasks += 1;
    if (outcome.ok) sum.succeeded += 1;
    for (const [each, amount] of usd) {
      sum.usd += amount;
      if (each !== model) sum.otherModelsUsd += amount;
    }
    if (sum === this.#unknown) return;
    this.#requests += requests;
    if (lowerBounds > 0) this.#lowerBoundTasks += 1;
  }

  get totals(): OutcomeTotals {
    const { tasks, succeeded, usd, otherModelsUsd } = this.#known;
    const unknown = this.#unknown;
    return {
      tasks,
      succeeded,
      failed: tasks - succeeded,
      usd: money(usd),
      otherModelsUsd: money(otherModelsUsd),
      requests: this.#requests,
      lowerBoundTasks: this.#lowerBoundTasks,
      unknownCost: {
        tasks: unknown.tasks,
        succeeded: unknown.succeeded,
        failed: unknown.tasks - unknown.succeeded,
        usd: money(unknown.usd),
      },
    };
  }
}

function newSum(): { tasks: number; succeeded: number; usd: bigint; otherModelsUsd: bigint } {
  return { tasks: 0, succeeded: 0, usd: 0n, otherModelsUsd: 0n };
}
