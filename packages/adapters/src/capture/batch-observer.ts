import type { CallContext, LedgerEvent, LedgerKey } from "@farthing/ledger";
import type { EventSink } from "./event-sink.ts";
import type { Labels } from "./labels.ts";

/** Who made a call about a batch, and when it was answered. */
export interface BatchCall {
  readonly context: CallContext;
  readonly labels: Labels;
  readonly nowMs: number;
}

/** Takes the results of a batch, line by line, as the client reads them. */
export interface BatchResultLines {
  line(text: string): void;
  /** There are no more, or the client read no further. */
  end(): void;
}

/** Of a batch that was handed in. */
export function eventsOfBatchCreated(
  _body: unknown,
  _response: unknown,
  _call: BatchCall,
  _digests: { readonly key: LedgerKey | null },
): readonly LedgerEvent[] {
  return [];
}

/** Of an answer that tells how one batch, or each of a list, is doing. */
export function eventsOfBatchStatus(_response: unknown, _call: BatchCall): readonly LedgerEvent[] {
  return [];
}

export function readBatchResults(_sink: Pick<EventSink, "record">, _batch: string, _call: BatchCall): BatchResultLines {
  return { line: () => undefined, end: () => undefined };
}
