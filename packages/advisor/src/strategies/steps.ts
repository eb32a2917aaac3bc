import { promptTokens, type Instant } from "@farthing/ledger";
import type { PrefixTable } from "../trace/prefix-table.ts";
import type { TracePrompt } from "../trace/read-prompts.ts";
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

/**
 * Requests that waited for each other as their prompts show, whether or not a session was recorded: a prompt that begins
 * with all of an earlier one, followed by an answer, is a step after it. Holds both the steps and what they continue.
 *
 * Where several requests had the same prompt, each of them may be the one that was continued, so all are held.
 */
export function continuedInPrompts(trace: Trace, members: readonly number[]): ReadonlySet<TraceRequest> {
  const known = members.flatMap((index) => knownAt(trace, index));
  const ends = new Map<PrefixTable, Map<number, PromptEnd>>();
  for (const { request, prompt, table } of known) {
    const byPrefix = ends.get(table) ?? new Map<number, PromptEnd>();
    ends.set(table, byPrefix);
    const last = prompt.blocks.prefixes.at(-1) ?? 0;
    const end = byPrefix.get(last) ?? { answeredAt: Infinity, requests: [], continued: false };
    end.answeredAt = Math.min(end.answeredAt, request.occurredAt);
    end.requests.push(request);
    byPrefix.set(last, end);
  }
  const waited = new Set<TraceRequest>();
  for (const { request, prompt, table } of known) {
    const { prefixes } = prompt.blocks;
    for (let block = 1; block < prefixes.length; block += 1) {
      if (table.kindOf(prefixes[block] ?? 0)?.kind.startsWith("assistant.") !== true) continue;
      const end = ends.get(table)?.get(prefixes[block - 1] ?? 0);
      if (end === undefined || request.startedAt < end.answeredAt) continue;
      end.continued = true;
      waited.add(request);
    }
  }
  for (const byPrefix of ends.values()) {
    for (const { continued, requests } of byPrefix.values()) {
      if (continued) for (const request of requests) waited.add(request);
    }
  }
  return waited;
}

/** Requests whose whole prompt is one prefix. */
interface PromptEnd {
  /** When the first of them had its answer. */
  answeredAt: Instant;
  continued: boolean;
  readonly requests: TraceRequest[];
}

interface KnownPrompt {
  readonly request: TraceRequest;
  readonly prompt: TracePrompt;
  readonly table: PrefixTable;
}

function knownAt(trace: Trace, index: number): readonly KnownPrompt[] {
  const request = trace.requests[index];
  const prompt = request?.prompt ?? null;
  const table = prompt === null ? undefined : trace.prefixes.get(prompt.key);
  return request === undefined || prompt === null || table === undefined ? [] : [{ request, prompt, table }];
}
