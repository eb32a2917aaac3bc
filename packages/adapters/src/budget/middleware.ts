import type { LedgerMiddleware, MiddlewareContext } from "../capture/client-middleware.ts";
import { labelsAmong } from "../capture/label.ts";
import { joinLabels, labelsHere, type Labels } from "../capture/labels.ts";
import type { CallInFlight } from "./in-flight.ts";

/** The path of calls that are answered with a message. */
const MESSAGES = "/v1/messages";
const BATCHES = "/v1/messages/batches";

/** What a request may lead to. */
export function kindOfCall(method: string, path: string): "message" | "batch" | "free" {
  if (method.toUpperCase() !== "POST") return "free";
  const [bare = ""] = path.split("?");
  if (bare.endsWith(MESSAGES)) return "message";
  return bare.endsWith(BATCHES) ? "batch" : "free";
}

/** The labels of a call, those of its client aside, which no middleware sees. */
export function labelsOfCall(options: MiddlewareContext["options"]): Labels {
  return joinLabels(labelsHere(), labelsAmong(options?.middleware));
}

/** The requests that were already counted, for a client that has the middleware twice. */
const counted = new WeakMap<object, WeakSet<object>>();

/** Counts a call from the moment it is sent until its cost is recorded, or it has come to nothing. */
export function budgetMiddleware(owner: { begin(body: unknown, labels: Labels): CallInFlight }): LedgerMiddleware {
  return async (request, next, { options }) => {
    const isCall = options !== undefined && kindOfCall(options.method ?? "", options.path ?? "") === "message";
    if (!isCall || isCounted(owner, request)) return next(request);
    const call = owner.begin(options.body, labelsOfCall(options));
    try {
      const response = await next(request);
      if (response.ok) call.answered(response.headers.get("request-id"));
      else call.ended();
      return response;
    } catch (error) {
      call.ended();
      throw error;
    }
  };
}

function isCounted(owner: object, request: object): boolean {
  const requests = counted.get(owner) ?? new WeakSet();
  counted.set(owner, requests);
  if (requests.has(request)) return true;
  requests.add(request);
  return false;
}
