import type { CaptureOptions } from "../capture/capture-options.ts";
import { captureStarts, captureStops } from "../capture/capture-marks.ts";
import type { EventSink } from "../capture/event-sink.ts";
import { Recorder } from "../capture/recorder.ts";
import { recordingFetch, type Fetch } from "./ledger-fetch.ts";
import type { LedgerMiddleware } from "../capture/client-middleware.ts";
import { recordingMiddleware, sinkOfMiddleware } from "./middleware.ts";

/** A client of the API: the SDK's own, of any version, or one of its siblings for Bedrock, Vertex and Foundry. */
export interface Attachable {
  readonly messages: object;
}

/** Where a client keeps what can be attached to: middleware, or in older versions only the function that sends. */
interface ClientFields {
  middleware?: unknown;
  fetch?: unknown;
}

interface Attachment {
  readonly recorder: Recorder;
  readonly undo: () => void;
}

const attachments = new WeakMap<object, Map<EventSink, Attachment>>();

/**
 * Records every attempt of every call of a client from now on. Returns the same client.
 *
 * Attaching the same sink again changes nothing; several sinks on one client each record all. Clients made from this one
 * by `withOptions` are recorded too, except of versions of the SDK that have no middleware. What cannot be attached to is reported to `onError`, and stays as it is.
 */
export function attach<C extends Attachable>(client: C, sink: EventSink, options: CaptureOptions = {}): C {
  if (isAttached(client, sink)) return client;
  const recorder = new Recorder(sink, options);
  recorder.guard(() => {
    const undo = attachTo(client as C & ClientFields, recorder);
    if (undo === null) throw new Error("this client has neither middleware nor a fetch of its own to attach to");
    const own = attachments.get(client) ?? new Map<EventSink, Attachment>();
    attachments.set(client, own.set(sink, { recorder, undo }));
    captureStarts(recorder);
  }, undefined);
  return client;
}

/**
 * Records no further calls of a client. Clients made from it by `withOptions` before are still recorded, until they are
 * detached themselves; so are calls under way.
 */
export function detach<C extends Attachable>(client: C, sink: EventSink): C {
  const attachment = attachments.get(client)?.get(sink);
  if (attachment === undefined) {
    withoutMiddlewareOf(client as C & ClientFields, sink);
    return client;
  }
  const { recorder, undo } = attachment;
  attachments.get(client)?.delete(sink);
  recorder.guard(undo, undefined);
  captureStops(recorder);
  return client;
}

/** A middleware for `new Anthropic({ middleware: [ledgerMiddleware(ledger)] })` and whatever forwards client options. */
export function ledgerMiddleware(sink: EventSink, options: CaptureOptions = {}): LedgerMiddleware {
  const recorder = new Recorder(sink, options);
  captureStarts(recorder);
  return recordingMiddleware(recorder, () => false);
}

function isAttached(client: object & ClientFields, sink: EventSink): boolean {
  if (attachments.get(client)?.has(sink) === true) return true;
  return listOf(client.middleware).some((each) => sinkOfMiddleware(each) === sink);
}

function attachTo(client: ClientFields, recorder: Recorder): (() => void) | null {
  if (Array.isArray(client.middleware)) {
    // Innermost: what others answer from a cache never gets here, and what they send again does.
    const isAlone = (): boolean => listOf(client.middleware).every((each) => sinkOfMiddleware(each) !== undefined);
    client.middleware = [...listOf(client.middleware), recordingMiddleware(recorder, isAlone)];
    return () => {
      withoutMiddlewareOf(client, recorder.sink);
    };
  }
  if (typeof client.fetch !== "function") return null;
  const before = client.fetch as Fetch;
  const recording = recordingFetch(recorder, (input, init) => before(input, init));
  let isOn = true;
  const fetch: Fetch = (input, init) => (isOn ? recording(input, init) : before(input, init));
  client.fetch = fetch;
  return () => {
    isOn = false;
    if (client.fetch === fetch) client.fetch = before;
  };
}

function withoutMiddlewareOf(client: ClientFields, sink: EventSink): void {
  if (!listOf(client.middleware).some((each) => sinkOfMiddleware(each) === sink)) return;
  client.middleware = listOf(client.middleware).filter((each) => sinkOfMiddleware(each) !== sink);
}

function listOf(middleware: unknown): readonly unknown[] {
  return Array.isArray(middleware) ? middleware : [];
}
