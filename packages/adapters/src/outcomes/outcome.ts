import { eventIdOf, formatInstant, type Instant } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { readLabels } from "../capture/labels.ts";

export interface OutcomeOptions {
  /** When the task ended, in milliseconds since 1970. Default: now. */
  readonly at?: number;
}

/** Where outcomes come from, in the events' list of sources. */
const SOURCE = "outcome";

/**
 * Records whether a task succeeded. Never throws.
 *
 * The labels name the task: all requests that carry them were made for it, whichever model answered. As for calls, numbers
 * and truths among them are texts. Where a task has
 * several outcomes the latest counts.
 */
export function outcome(
  sink: Pick<EventSink, "record">,
  labels: Readonly<Record<string, string>>,
  ok: boolean,
  { at = Date.now() }: OutcomeOptions = {},
): void {
  sink.record({
    type: "OutcomeRecorded",
    version: 1,
    id: eventIdOf({}),
    occurredAt: occurredAt(at),
    sources: [SOURCE],
    labels: { ...readLabels(labels) },
    ok,
  });
}

/** What is no time is now. */
function occurredAt(at: Instant): string {
  return formatInstant(Number.isNaN(new Date(at).getTime()) ? Date.now() : at);
}
