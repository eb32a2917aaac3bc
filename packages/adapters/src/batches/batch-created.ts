import { setImmediate as turn } from "node:timers/promises";
import {
  formatInstant,
  type BatchRequestSubmitted,
  type BatchSubmitted,
  type LedgerKey,
  type PromptFingerprint,
} from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { isJsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";
import { digestPrompt, fingerprintOf, shapeOf } from "../prompts/index.ts";
import { submissionId, submittedId, type BatchCall } from "./batch-call.ts";
import { PROCESS_MEMORY, type BatchMemory } from "./batch-memory.ts";
import { readBatch } from "./read-batch.ts";

/** How long requests are recorded before others have their turn. */
const TURN_MS = 4;
/** So few are recorded at once, slow as a first call may be: whoever closes the ledger next has all of a small batch in it. */
const AT_ONCE = 8;

export interface BatchCreatedOptions {
  /** The key that prompts are fingerprinted with; null to leave them out. */
  readonly key: LedgerKey | null;
  /** Default: this process's. */
  readonly memory?: BatchMemory;
  /** Milliseconds from any start. Default: this machine's clock. */
  readonly clock?: () => number;
}

/**
 * Records a batch that was accepted, and each of its requests: a few at a time, as there can be 100,000. Never throws;
 * resolves when all are handed over.
 *
 * @param body What was sent; the caller should not change it before that.
 * @param answer What the API answered.
 */
export async function recordBatchCreated(
  sink: EventSink,
  body: unknown,
  answer: unknown,
  call: BatchCall,
  { key, memory = PROCESS_MEMORY, clock = performance.now.bind(performance) }: BatchCreatedOptions,
): Promise<void> {
  try {
    const status = readBatch(answer);
    if (status === null) return;
    const { batch, expiresAt } = status;
    const listed = isJsonObject(body) ? ownValue(body, "requests") : null;
    const requests: readonly unknown[] = Array.isArray(listed) ? Array.from<unknown>(listed) : [];
    const { context, labels, source } = call;
    const occurredAt = status.createdAt ?? formatInstant(call.nowMs);
    const shared = { version: 1, occurredAt, sources: [source], batch, context, labels } as const;
    const submitted: BatchSubmitted = {
      ...shared,
      type: "BatchSubmitted",
      id: submittedId(batch),
      requestCount: requests.length,
      expiresAt,
    };
    sink.record(submitted);
    let until = clock() + TURN_MS;
    for (const [place, request] of requests.entries()) {
      const submission = submissionOf(request, shared, key);
      if (submission !== null) {
        memory.rememberSubmission(submission);
        sink.record(submission);
      }
      if (place < AT_ONCE || clock() < until) continue;
      await turn();
      until = clock() + TURN_MS;
    }
  } catch {
    // Something that no batch is: what was recorded before stays.
  }
}

function submissionOf(
  request: unknown,
  shared: Omit<BatchRequestSubmitted, "type" | "id" | "custom" | "requestedModel" | "request" | "prompt">,
  key: LedgerKey | null,
): BatchRequestSubmitted | null {
  const custom = isJsonObject(request) ? ownText(request, "custom_id") : null;
  if (custom === null || !isJsonObject(request)) return null;
  const params = ownObject(request, "params") ?? {};
  const prompt = promptOf(params, key);
  return {
    ...shared,
    type: "BatchRequestSubmitted",
    id: submissionId(shared.batch, custom),
    custom,
    requestedModel: ownText(params, "model"),
    request: shapeOf(params),
    ...(prompt === null ? {} : { prompt }),
  };
}

function promptOf(params: object, key: LedgerKey | null): PromptFingerprint | null {
  const digest = key === null ? null : digestPrompt(params);
  return digest === null || key === null ? null : fingerprintOf(digest, key, null);
}
