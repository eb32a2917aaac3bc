import type { CallContext } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { eventOfSpan, type SpanSkipReason } from "./event-of-span.ts";
import type { EndedSpan, SpanProcessor } from "./span.ts";

export interface LedgerSpanProcessorOptions {
  /** Labels of every event. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What is known of the caller; beats what the spans' resource says. */
  readonly context?: Partial<CallContext>;
  /**
   * Whether spans are the only source of these calls (default: false). Calls that failed without a request id, such as
   * for a timeout, are then recorded too; beside `attach` they would count twice.
   */
  readonly spansAlone?: boolean;
  /** Hears what went wrong. Without it, failures are counted in `skipped` only. */
  readonly onError?: (error: unknown) => void;
}

/** A span processor that records the SDK's calls. */
export interface LedgerSpanProcessor extends SpanProcessor {
  /** How many spans of the SDK's calls brought no event, by reason. */
  skipped(): Readonly<Record<SpanSkipReason, number>>;
}

/**
 * A span processor that records, from the spans which SDKs from 0.134 make by themselves, the events that `attach` does.
 *
 * Events have the ids that `attach` and imports give them, so that a message which several of them saw counts once. An
 * unsampled span never gets here: where traces are sampled, record with `attach`.
 */
export function ledgerSpanProcessor(sink: EventSink, options: LedgerSpanProcessorOptions = {}): LedgerSpanProcessor {
  const { labels = {}, context = {}, spansAlone = false, onError } = options;
  const skipped: Record<SpanSkipReason, number> = { "failed-without-id": 0, "answer-not-seen": 0, invalid: 0 };
  const hear = (error: unknown): void => {
    try {
      onError?.(error);
    } catch {
      // Whoever listens must not disturb the call that the span is of.
    }
  };
  const flush = async (): Promise<void> => {
    try {
      await sink.flush();
    } catch (error) {
      hear(error);
    }
  };
  return {
    onStart() {
      // A span tells all it knows when it ends.
    },
    onEnd(span: EndedSpan) {
      try {
        const event = eventOfSpan(span, { labels, context, spansAlone });
        if (typeof event === "string") skipped[event] += 1;
        else if (event !== null) sink.record(event);
      } catch (error) {
        skipped.invalid += 1;
        hear(error);
      }
    },
    forceFlush: flush,
    shutdown: flush,
    skipped: () => ({ ...skipped }),
  };
}
