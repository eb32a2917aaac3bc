import { formatInstant, InvalidInstantError, parseInstant, type BatchEnded, type Timestamp } from "@farthing/ledger";
import { isJsonObject, ownObject, ownText, ownValue, type JsonObject } from "../ndjson/json-object.ts";

/** A batch as an answer of the API describes it. */
export interface BatchStatus {
  readonly batch: string;
  readonly createdAt: Timestamp | null;
  readonly expiresAt: Timestamp | null;
  readonly endedAt: Timestamp | null;
  readonly hasEnded: boolean;
  readonly counts: Pick<BatchEnded, "succeeded" | "errored" | "canceled" | "expired">;
}

/** Reads a `message_batch`; null for anything else. */
export function readBatch(answer: unknown): BatchStatus | null {
  if (!isJsonObject(answer) || ownValue(answer, "type") !== "message_batch") return null;
  const batch = ownText(answer, "id");
  if (batch === null) return null;
  const counts = ownObject(answer, "request_counts") ?? {};
  return {
    batch,
    createdAt: timeOf(answer, "created_at"),
    expiresAt: timeOf(answer, "expires_at"),
    endedAt: timeOf(answer, "ended_at"),
    hasEnded: ownValue(answer, "processing_status") === "ended",
    counts: {
      succeeded: countOf(counts, "succeeded"),
      errored: countOf(counts, "errored"),
      canceled: countOf(counts, "canceled"),
      expired: countOf(counts, "expired"),
    },
  };
}

/** The batches of an answer: of one batch, or of a page of the list of all. */
export function readBatches(answer: unknown): readonly BatchStatus[] {
  const data = isJsonObject(answer) ? ownValue(answer, "data") : undefined;
  const answers: readonly unknown[] = Array.isArray(data) ? data : [answer];
  return answers.map(readBatch).filter((status) => status !== null);
}

function timeOf(object: JsonObject, name: string): Timestamp | null {
  const text = ownText(object, name);
  if (text === null) return null;
  try {
    return formatInstant(parseInstant(text));
  } catch (error) {
    if (error instanceof InvalidInstantError) return null;
    throw error;
  }
}

function countOf(object: JsonObject, name: string): number {
  const value = ownValue(object, name);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
