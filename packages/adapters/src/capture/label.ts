import type { LedgerMiddleware } from "./client-middleware.ts";
import { joinLabels, NO_LABELS, readLabels, type Labels } from "./labels.ts";

const labelsOf = new WeakMap<object, Labels>();

/** Labels of one request: `client.messages.create(params, { middleware: [label({ feature: "chat" })] })`. */
export function label(labels: Labels): LedgerMiddleware {
  const middleware: LedgerMiddleware = (request, next) => next(request);
  labelsOf.set(middleware, readLabels(labels));
  return middleware;
}

/** The labels that a request is given by its own middleware. */
export function labelsAmong(middleware: readonly unknown[] | undefined): Labels {
  let all = NO_LABELS;
  for (const each of middleware ?? []) {
    const own = typeof each === "function" ? labelsOf.get(each) : undefined;
    if (own !== undefined) all = joinLabels(all, own);
  }
  return all;
}
