import { NO_CONTEXT } from "@farthing/ledger";
import type { BatchCall } from "../../packages/adapters/src/batches/index.ts";
import { apiMessage, apiUsage } from "../support/api-messages.ts";

export const BATCH = "msgbatch_01";
export const CREATED_AT = "2026-11-01T10:00:00.123Z";
export const ENDED_AT = "2026-11-01T11:30:00.456Z";

/** A batch as the API describes it; its times have microseconds. */
export function apiBatch(overrides: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: BATCH,
    type: "message_batch",
    processing_status: "in_progress",
    request_counts: { processing: 4, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
    created_at: "2026-11-01T10:00:00.123456+00:00",
    expires_at: "2026-11-02T10:00:00.123456+00:00",
    ended_at: null,
    archived_at: null,
    cancel_initiated_at: null,
    results_url: null,
    ...overrides,
  };
}

/** The same once it has ended: two requests answered, one with an error, one too late. */
export function endedBatch(overrides: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return apiBatch({
    processing_status: "ended",
    request_counts: { processing: 0, succeeded: 2, errored: 1, canceled: 0, expired: 1 },
    ended_at: "2026-11-01T11:30:00.456789+00:00",
    ...overrides,
  });
}

/** A request of a batch, 1 KB of prompt in front. */
export function apiRequest(custom: string, model = "claude-sonnet-5"): Readonly<Record<string, unknown>> {
  return {
    custom_id: custom,
    params: {
      model,
      max_tokens: 512,
      system: "You sum up what others write. ".repeat(32),
      messages: [{ role: "user", content: `What does ${custom} say?` }],
    },
  };
}

/** The result of a request that was answered: 100 prompt tokens and 10 of output. */
export function succeeded(
  custom: string,
  message: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const usage = apiUsage({ service_tier: "batch" });
  return {
    custom_id: custom,
    result: { type: "succeeded", message: apiMessage({ id: `msg_${custom}`, usage, ...message }) },
  };
}

function errored(custom: string): Readonly<Record<string, unknown>> {
  const error = { type: "error", error: { type: "invalid_request_error", message: "You sum up too much." } };
  return { custom_id: custom, result: { type: "errored", error } };
}

function unprocessed(custom: string, type: "canceled" | "expired"): Readonly<Record<string, unknown>> {
  return { custom_id: custom, result: { type } };
}

export const RESULTS = [succeeded("a"), succeeded("b"), errored("c"), unprocessed("d", "expired")];

export function aCall(overrides: Partial<BatchCall> = {}): BatchCall {
  return {
    context: { ...NO_CONTEXT, service: "digest", host: "host-1" },
    labels: { team: "search" },
    nowMs: Date.parse("2026-11-01T10:00:01.000Z"),
    source: "middleware",
    ...overrides,
  };
}
