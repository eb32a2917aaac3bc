import { eventIdOf, formatInstant, type CaptureStarted, type CaptureStopped } from "@farthing/ledger";
import { recordHeldResults } from "../batches/index.ts";
import { abandonOpenAttempts } from "./attempt.ts";
import type { EventSink } from "./event-sink.ts";
import { CAPTURE_SOURCE } from "./events-of-call.ts";
import type { Recorder } from "./recorder.ts";

/** A service that records into a sink: by how many attachments, and what undoes being told of its end. */
interface Running {
  readonly recorder: Recorder;
  attachments: number;
  forget: (() => void) | null;
}

const running = new WeakMap<EventSink, Map<string, Running>>();
/** Weak, so that a sink that nobody uses any more can go. */
const sinks = new Set<WeakRef<EventSink>>();
let listensForExit = false;

/** Says that a service is being recorded from now on, once for a sink however often it is attached. */
export function captureStarts(recorder: Recorder): void {
  const { sink } = recorder;
  const services = running.get(sink) ?? new Map<string, Running>();
  if (!running.has(sink)) {
    running.set(sink, services);
    remember(sink);
  }
  const service = JSON.stringify(recorder.context.service);
  const known = services.get(service);
  if (known !== undefined) {
    known.attachments += 1;
    return;
  }
  recorder.record(markOf(recorder, "CaptureStarted"));
  const started: Running = { recorder, attachments: 1, forget: null };
  services.set(service, started);
  started.forget = recorder.guard(
    () =>
      sink.onClosing?.(() => {
        stop(service, started);
      }) ?? null,
    null,
  );
}

/** Says that a service is no longer recorded, when its last attachment goes. */
export function captureStops(recorder: Recorder): void {
  const service = JSON.stringify(recorder.context.service);
  const known = running.get(recorder.sink)?.get(service);
  if (known === undefined) return;
  known.attachments -= 1;
  if (known.attachments === 0) stop(service, known);
}

function stop(service: string, { recorder, forget }: Running): void {
  if (running.get(recorder.sink)?.delete(service) !== true) return;
  recorder.guard(() => forget?.(), undefined);
  recorder.record(markOf(recorder, "CaptureStopped"));
}

function remember(sink: EventSink): void {
  for (const each of sinks) if (each.deref() === undefined) sinks.delete(each);
  sinks.add(new WeakRef(sink));
  if (listensForExit) return;
  listensForExit = true;
  // Before the sinks' own listeners, which write what was recorded until then.
  process.prependListener("exit", () => {
    abandonOpenAttempts();
    recordHeldResults();
    for (const each of sinks) {
      const known = each.deref();
      if (known === undefined) continue;
      for (const [service, one] of running.get(known) ?? []) stop(service, one);
    }
  });
}

function markOf<T extends "CaptureStarted" | "CaptureStopped">(
  recorder: Recorder,
  type: T,
): (CaptureStarted | CaptureStopped) & { readonly type: T } {
  return {
    type,
    version: 1,
    id: eventIdOf({}),
    occurredAt: formatInstant(recorder.now()),
    sources: [CAPTURE_SOURCE],
    context: recorder.context,
  } as (CaptureStarted | CaptureStopped) & { readonly type: T };
}
