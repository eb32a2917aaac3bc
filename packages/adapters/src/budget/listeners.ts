import { displayUsd, nodeHost } from "@farthing/ledger";
import type { BudgetOptions, BudgetWarning, ThresholdReached } from "./budget-api.ts";

/** Who is told what. None of it throws. */
export interface Listeners {
  readonly onThreshold: (reached: ThresholdReached) => void;
  readonly onWarning: (warning: BudgetWarning) => void;
}

/** The listeners given; where there are none, lines on standard error. */
export function listenersOf({ onThreshold, onWarning }: BudgetOptions): Listeners {
  return {
    onThreshold: quiet(onThreshold ?? ((reached) => say(thresholdWords(reached)))),
    onWarning: quiet(onWarning ?? ((warning) => say(warningWords(warning)))),
  };
}

function quiet<T>(listener: (what: T) => void): (what: T) => void {
  return (what) => {
    try {
      listener(what);
    } catch {
      // There is nobody left to tell.
    }
  };
}

function say(words: string): void {
  nodeHost.warn(`farthing: budget: ${words}`);
}

function thresholdWords({ spent, limit }: ThresholdReached): string {
  return `${displayUsd(spent)} of ${displayUsd(limit)} spent`;
}

function warningWords(warning: BudgetWarning): string {
  switch (warning.kind) {
    case "not-loaded":
      return "a call was let through before the ledger had been read";
    case "unpriced":
      return `${warning.model} was used, at a cost that is not known and not counted`;
    case "not-refreshed":
      return `what others spend is not known: ${warning.error instanceof Error ? warning.error.message : String(warning.error)}`;
  }
}
