import { promptTokens } from "@farthing/ledger";
import type { Trace, TraceRequest } from "../trace/trace.ts";

/**
 * The request whose answer a request had to wait for: the one it continues, where it started after that was complete and
 * its prompt has grown. Null for a request that could have been sent at any time.
 *
 * Requests of one session need not be steps of one conversation: only a prompt that grows holds the answer before it.
 */
export function precedingStep(trace: Trace, request: TraceRequest): TraceRequest | null {
  const previous = request.prefix.previous === null ? undefined : trace.requests[request.prefix.previous];
  if (previous === undefined || previous.own === null || request.own === null) return null;
  const waited = request.startedAt >= previous.occurredAt;
  return waited && promptTokens(request.own) > promptTokens(previous.own) ? previous : null;
}

/** Whether an answer is one that the caller has to act on before the model can go on. */
export function asksForMore({ stopReason, shape }: TraceRequest): boolean {
  // A forced tool is a form for the answer, not a step of a loop.
  const forced = shape?.toolChoice === "any" || shape?.toolChoice === "tool";
  return stopReason === "pause_turn" || (stopReason === "tool_use" && !forced);
}
