import type { EventSink } from "./event-sink.ts";
import type { Recorder } from "./recorder.ts";

/** How often calls that record to one sink ended with an error, and how often each of its recorders heard of that. */
interface Heard {
  recorded: number;
  readonly by: WeakMap<Recorder, number>;
}

const heard = new WeakMap<EventSink, WeakMap<object, Heard>>();

/**
 * Whether an error is of an attempt that its sink has not been told of: what is attached to twice is recorded once.
 *
 * Calls with the same signal all end with the same error, each heard once by every recorder it passes.
 */
export function isNews(recorder: Recorder, error: unknown): boolean {
  if (typeof error !== "object" || error === null) return true;
  let errors = heard.get(recorder.sink);
  if (errors === undefined) heard.set(recorder.sink, (errors = new WeakMap()));
  let known = errors.get(error);
  if (known === undefined) errors.set(error, (known = { recorded: 0, by: new WeakMap() }));
  const own = (known.by.get(recorder) ?? 0) + 1;
  known.by.set(recorder, own);
  if (own <= known.recorded) return false;
  known.recorded = own;
  return true;
}
