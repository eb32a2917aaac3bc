import type { BatchRequestSubmitted, Timestamp } from "@farthing/ledger";

/** So many requests are remembered, a few kilobytes each; the ledger knows them all. */
const SUBMISSIONS_MAX = 4_096;
const ENDED_MAX = 1_024;

/** What this process has seen of batches, the newest of it: spares looking it up in a ledger. */
export class BatchMemory {
  readonly #submissions = new Map<string, BatchRequestSubmitted>();
  readonly #ended = new Map<string, Timestamp>();

  rememberSubmission(submission: BatchRequestSubmitted): void {
    put(this.#submissions, submission.id, submission, SUBMISSIONS_MAX);
  }

  submission(id: string): BatchRequestSubmitted | null {
    return this.#submissions.get(id) ?? null;
  }

  rememberEnd(batch: string, endedAt: Timestamp): void {
    put(this.#ended, batch, endedAt, ENDED_MAX);
  }

  endOf(batch: string): Timestamp | null {
    return this.#ended.get(batch) ?? null;
  }
}

/** Of everything that this process sees: names of batches are the API's, so that ledgers do not get mixed up. */
export const PROCESS_MEMORY: BatchMemory = new BatchMemory();

/** Sets a value, and forgets what was set first where there are more than so many. */
export function put<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return;
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
