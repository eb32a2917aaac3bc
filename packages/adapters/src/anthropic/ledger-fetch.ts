import { beginAttempt } from "../capture/begin-attempt.ts";
import type { CaptureOptions } from "../capture/capture-options.ts";
import { captureStarts } from "../capture/capture-marks.ts";
import type { EventSink } from "../capture/event-sink.ts";
import type { Thrown } from "../capture/failures.ts";
import { NO_LABELS } from "../capture/labels.ts";
import { Recorder } from "../capture/recorder.ts";
import { parseJson } from "../ndjson/json-object.ts";
import { namesPrevious, withPrevious } from "./diagnostics.ts";

/** A function that is called as `fetch` is. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface LedgerFetchOptions extends CaptureOptions {
  /** What sends the requests; otherwise the global `fetch`. */
  readonly fetch?: Fetch;
}

/** A longer body is sent as it is, and nothing of it is looked at. */
const BODY_CHARACTERS_MAX = 64 * 1024 * 1024;

/**
 * A `fetch` that records every attempt, for clients that take one: `createAnthropic({ fetch: ledgerFetch(ledger) })`.
 *
 * It sees what goes over the wire, so it knows the API's own form of request and answer only.
 */
export function ledgerFetch(sink: EventSink, options: LedgerFetchOptions = {}): Fetch {
  const recorder = new Recorder(sink, options);
  captureStarts(recorder);
  return recordingFetch(recorder, options.fetch ?? ((input, init) => globalThis.fetch(input, init)));
}

export function recordingFetch(recorder: Recorder, send: Fetch): Fetch {
  return async (input, init) => {
    let retryCount: string | null = null;
    const begun = recorder.guard(
      () =>
        beginAttempt(recorder, {
          method: init?.method ?? (input instanceof Request ? input.method : "GET"),
          url: urlOf(input),
          retryCount: (retryCount = headerOf(init?.headers, "x-stainless-retry-count")),
          labels: NO_LABELS,
          body: () => bodyOf(init?.body),
        }),
      null,
    );
    // Called as `fetch` wants to be: without a `this`.
    if (begun === null) {
      recorder.guard(() => {
        reportOtherForm(recorder, urlOf(input));
      }, undefined);
      return send(input, init);
    }
    const { attempt, previousMessage } = begun;
    const isNamed =
      previousMessage !== undefined && init !== undefined && namesPrevious({ url: urlOf(input), body: init.body });
    let response: Response;
    try {
      response = await send(input, isNamed ? withPrevious(init, previousMessage) : init);
    } catch (error) {
      attempt.threw(error, whoGaveUp(init?.signal, retryCount !== null));
      throw error;
    }
    attempt.answered(response);
    return response;
  };
}

/** How Bedrock and Vertex are asked. */
const OTHER_FORM = /\/model\/[^/]+\/invoke(?:-with-response-stream)?$|:(?:raw|streamRaw)Predict$/;
const toldOfOtherForm = new WeakSet<Recorder>();

/** Says once that what is sent in this way cannot be recorded: silence would look as if nothing had been spent. */
function reportOtherForm(recorder: Recorder, url: string): void {
  if (!OTHER_FORM.test(url) || toldOfOtherForm.has(recorder)) return;
  toldOfOtherForm.add(recorder);
  recorder.report(new Error("requests in the form of Bedrock or Vertex can be recorded by middleware only"));
}

function urlOf(input: string | URL | Request): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}

/** Reads a header where reading takes nothing away: what can be gone through only once is the request's own. */
function headerOf(headers: unknown, name: string): string | null {
  if (typeof headers !== "object" || headers === null) return null;
  if (headers instanceof Headers) return headers.get(name);
  if (!Array.isArray(headers) && Symbol.iterator in headers) return null;
  const entries: readonly unknown[] = Array.isArray(headers) ? headers : Object.entries(headers);
  for (const entry of entries) {
    const [key, value] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    if (typeof key === "string" && key.toLowerCase() === name) return typeof value === "string" ? value : null;
  }
  return null;
}

function bodyOf(body: unknown): unknown {
  return typeof body === "string" && body.length <= BODY_CHARACTERS_MAX ? parseJson(body) : null;
}

/** The SDK has a signal of its own, and aborts it for a timeout just as it does when its user aborts. */
function whoGaveUp(signal: AbortSignal | null | undefined, isOfSdk: boolean): Thrown {
  if (signal?.aborted !== true) return "by-itself";
  const reason: unknown = signal.reason;
  if (reason instanceof Error && reason.name === "TimeoutError") return "by-itself";
  return isOfSdk ? "aborted-or-timed-out" : "aborted";
}
