import type { CallContext } from "@farthing/ledger";

/** What is known of a call to the batch endpoints. */
export interface BatchCall {
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
  /** When the answer came, in milliseconds since 1970. */
  readonly nowMs: number;
  /** What the call was seen by. */
  readonly source: string;
}

/** The id of a request of a batch as it was submitted; that of its result is another. */
export function submissionId(batch: string, custom: string): string {
  return `batch-request:${batch}/${custom}`;
}

export function endedId(batch: string): string {
  return `batch-ended:${batch}`;
}

export function submittedId(batch: string): string {
  return `batch-submitted:${batch}`;
}
