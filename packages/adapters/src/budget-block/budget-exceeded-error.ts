import { displayUsd, formatInstant, LedgerError, type Instant, type Money } from "@farthing/ledger";
import type { BudgetStatus } from "../budget/index.ts";

/**
 * A call was not sent, because the budget is used up. Calls go on in the next period.
 *
 * The SDK tries again after errors that look like those of a network; this one must not, by its text or a cause.
 */
export class BudgetExceededError extends LedgerError {
  override readonly name = "BudgetExceededError";
  readonly code = "BUDGET_EXCEEDED";
  readonly limit: Money;
  readonly spent: Money;
  /** What calls that were under way may cost. */
  readonly inFlight: Money;
  /** When the next period begins. */
  readonly until: Instant;

  constructor({ limit, spent, inFlight, until }: BudgetStatus) {
    super(
      `the budget of ${displayUsd(limit)} is used up: ${displayUsd(spent)} spent, ${displayUsd(inFlight)} under way; ` +
        `calls go on at ${formatInstant(until)}`,
    );
    this.limit = limit;
    this.spent = spent;
    this.inFlight = inFlight;
    this.until = until;
  }
}
