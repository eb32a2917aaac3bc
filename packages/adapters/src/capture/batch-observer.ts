import { BatchResults, recordBatchCreated, recordBatchStatus, type BatchCall } from "../batches/index.ts";
import type { CallFacts } from "./call-facts.ts";
import { CAPTURE_SOURCE } from "./events-of-call.ts";
import type { Recorder } from "./recorder.ts";

/** Takes the results of a batch, line by line, as the client reads them. */
export interface BatchResultLines {
  line(text: string): void;
  /** There are no more, or the client read no further. */
  end(): void;
}

/** Records what an answer says of a batch that was handed in, or of how batches are doing. */
export function recordBatchAnswer(recorder: Recorder, call: CallFacts, answer: unknown): void {
  const { sink, key } = recorder;
  const at = batchCallOf(recorder, call);
  if (call.endpoint.kind === "batch-create")
    recorder.waitFor(recordBatchCreated(sink, call.batchBody, answer, at, { key }));
  else recordBatchStatus(sink, answer, at);
}

export function readBatchResults(recorder: Recorder, call: CallFacts, batch: string): BatchResultLines {
  const results = new BatchResults(recorder.sink, batch, batchCallOf(recorder, call));
  return {
    line: (text) => {
      results.line(text);
    },
    end: () => {
      recorder.waitFor(results.end());
    },
  };
}

function batchCallOf(recorder: Recorder, { context, labels }: CallFacts): BatchCall {
  return { context, labels, nowMs: recorder.now(), source: CAPTURE_SOURCE };
}
