import type { LedgerMiddleware } from "../capture/client-middleware.ts";
import { labelsHere, type Labels } from "../capture/labels.ts";
import { modelsOf } from "../budget/concerned-calls.ts";
import type { Budget } from "../budget/index.ts";
import { kindOfCall, labelsOfCall } from "../budget/middleware.ts";
import { BudgetExceededError } from "./budget-exceeded-error.ts";

/**
 * Lets no call go out that would cost something once what is spent and what is under way reach the budget.
 *
 * Too much is spent by what was under way then and by what others spent in the last second, at most. Until the
 * ledger has been read, and for usage that has no price, calls are let through; so are calls that do not count toward
 * the budget, by their model or their labels. Put it before other middleware.
 */
export function blockOver(budget: Budget): LedgerMiddleware {
  return async (request, next, context) => {
    const { options } = context;
    if (options !== undefined && kindOfCall(options.method ?? "", options.path ?? "") !== "free") {
      refuseOver(budget, options.body, labelsOfCall(options));
    }
    return budget.middleware(request, next, context);
  };
}

/**
 * The same for whatever takes a `fetch`.
 *
 * Anthropic's SDK tries again after an error of its `fetch`, and gives the error as the cause of its own; where there is
 * middleware, that is the better place.
 */
export function blockingFetch(budget: Budget, fetch: typeof globalThis.fetch = globalThis.fetch): typeof fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : null;
    const url = input instanceof Request ? input.url : input;
    const kind = kindOfCall(init?.method ?? request?.method ?? "GET", new URL(url, "http://localhost").pathname);
    if (kind === "free") return fetch(input, init);
    const body = bodyOf(init?.body);
    const labels = labelsHere();
    refuseOver(budget, body, labels);
    const call = budget.begin(kind === "message" ? body : null, labels);
    try {
      const response = await fetch(input, init);
      if (response.ok) call.answered(response.headers.get("request-id"));
      else call.ended();
      return response;
    } catch (error) {
      call.ended();
      throw error;
    }
  };
}

function refuseOver(budget: Budget, body: unknown, labels: Labels): void {
  const status = budget.status();
  const isOver = status.isLoaded && status.spent + status.inFlight >= status.limit;
  if (isOver && budget.concerns({ models: modelsOf(body), labels })) throw new BudgetExceededError(status);
}

/** What is in a body that is at hand; null where it is not. */
function bodyOf(body: unknown): unknown {
  if (typeof body !== "string") return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
