export { blockingFetch, blockOver } from "./block-over.ts";
export { BudgetExceededError } from "./budget-exceeded-error.ts";
