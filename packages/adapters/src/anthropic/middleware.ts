import { isJsonObject, parseJson } from "../ndjson/json-object.ts";
import { beginAttempt, type BegunAttempt } from "../capture/begin-attempt.ts";
import { labelsAmong } from "../capture/label.ts";
import type { LedgerMiddleware, MiddlewareContext, MiddlewareRequest } from "../capture/client-middleware.ts";
import type { EventSink } from "../capture/event-sink.ts";
import type { Recorder } from "../capture/recorder.ts";
import { namesPrevious, withPrevious } from "./diagnostics.ts";

const sinkOf = new WeakMap<object, EventSink>();

/** The sink that one of our middlewares records to; undefined for others'. */
export function sinkOfMiddleware(middleware: unknown): EventSink | undefined {
  return typeof middleware === "function" ? sinkOf.get(middleware) : undefined;
}

/** Records every attempt that passes through to a recorder. */
export function recordingMiddleware(recorder: Recorder, isAlone: () => boolean): LedgerMiddleware {
  const middleware: LedgerMiddleware = async (request, next, context) => {
    const begun = recorder.guard(() => begin(recorder, request, context, isAlone), null);
    if (begun === null) return next(request);
    const { attempt, previousMessage } = begun;
    let response: Response;
    try {
      response = await next(previousMessage === undefined ? request : withPrevious(request, previousMessage));
    } catch (error) {
      attempt.threw(error, context.options?.signal?.aborted === true ? "aborted" : "by-itself");
      throw error;
    }
    attempt.answered(response);
    return response;
  };
  sinkOf.set(middleware, recorder.sink);
  return middleware;
}

function begin(
  recorder: Recorder,
  request: MiddlewareRequest,
  { options }: MiddlewareContext,
  isAlone: () => boolean,
): BegunAttempt | null {
  const begun = beginAttempt(recorder, {
    method: request.method ?? "GET",
    url: request.url,
    retryCount: request.headers.get("x-stainless-retry-count"),
    labels: labelsAmong(options?.middleware),
    body: () => bodyOf(request.body, options?.body, isAlone),
  });
  if (begun?.previousMessage === undefined || namesPrevious(request)) return begun;
  return { ...begun, previousMessage: undefined };
}

/**
 * What is asked for. The SDK's own object is what it has just written as JSON, unless a middleware outside of ours has
 * written something else since, such as another model. One of a clone with middleware of its own may be there unseen, and
 * is known by the model alone.
 */
function bodyOf(written: unknown, own: unknown, isAlone: () => boolean): unknown {
  if (typeof written !== "string") return own;
  if (!isJsonObject(own)) return parseJson(written);
  const isOwn = isAlone() ? namesModel(written, own["model"]) : written === JSON.stringify(own);
  return isOwn ? own : parseJson(written);
}

function namesModel(written: string, model: unknown): boolean {
  return model === undefined || written.includes(typeof model === "string" ? memberOf(model) : asMember(model));
}

/** The model that was looked for last, as a member of JSON: a client mostly asks for the same. */
let newest = { model: "", member: asMember("") };

function memberOf(model: string): string {
  if (model !== newest.model) newest = { model, member: asMember(model) };
  return newest.member;
}

function asMember(model: unknown): string {
  return `"model":${JSON.stringify(model)}`;
}
