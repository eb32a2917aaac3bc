import { formatInstant, type BatchEnded } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { endedId, type BatchCall } from "./batch-call.ts";
import { PROCESS_MEMORY, put, type BatchMemory } from "./batch-memory.ts";
import { readBatches } from "./read-batch.ts";

/** So many batches are remembered to have been recorded; who polls more of them records some again. */
const RECORDED_MAX = 4_096;

/** The ends that were recorded to a sink: a batch is asked about many times after it has ended. */
const recorded = new WeakMap<EventSink, Map<string, true>>();

/**
 * Records which batches have ended, from an answer about one, or a page of a list. Never throws.
 *
 * @param memory Default: this process's.
 */
export function recordBatchStatus(
  sink: EventSink,
  answer: unknown,
  { nowMs, source }: Pick<BatchCall, "nowMs" | "source">,
  memory: BatchMemory = PROCESS_MEMORY,
): void {
  try {
    const known = recorded.get(sink) ?? new Map<string, true>();
    recorded.set(sink, known);
    for (const { batch, hasEnded, endedAt, counts } of readBatches(answer)) {
      if (!hasEnded) continue;
      const occurredAt = endedAt ?? formatInstant(nowMs);
      memory.rememberEnd(batch, occurredAt);
      if (known.has(batch)) continue;
      put(known, batch, true, RECORDED_MAX);
      const ended: BatchEnded = {
        type: "BatchEnded",
        version: 1,
        id: endedId(batch),
        occurredAt,
        sources: [source],
        batch,
        ...counts,
      };
      sink.record(ended);
    }
  } catch {
    // Something that no answer is.
  }
}
