import {
  costOf,
  matchModel,
  workloadOf,
  type PriceBook,
  type ResponseRecorded,
  type TokenBuckets,
} from "@farthing/ledger";
import { prefixEvidence, type PrefixRecord } from "./prefix-evidence.ts";
import type { PrefixEvidence, Trace, TraceRequest } from "./trace.ts";

const CLAUDE_CODE = "claude-code";

interface Call extends PrefixRecord {
  readonly event: ResponseRecorded;
  readonly occurredAt: number;
}

/** The responses of an account that the user pays for, as a trace. */
export function traceFromResponses(responses: readonly ResponseRecorded[], book: PriceBook): Trace {
  const calls = responses
    .filter((event) => event.billedTo === "self")
    .map(toCall)
    .sort((a, b) => a.startedAt - b.startedAt || (a.event.id < b.event.id ? -1 : 1));
  const previousOf = linkConversations(calls);
  const evidence: PrefixEvidence[] = [];
  const requests: TraceRequest[] = [];
  const workloads = new Map<string, number[]>();
  for (const [index, call] of calls.entries()) {
    const previousIndex = previousOf(index);
    const previousCall = previousIndex === null ? undefined : calls[previousIndex];
    const previousEvidence = previousIndex === null ? undefined : evidence[previousIndex];
    const prefix = prefixEvidence(
      call,
      previousIndex,
      previousCall !== undefined && previousEvidence !== undefined
        ? { record: previousCall, evidence: previousEvidence }
        : null,
    );
    evidence.push(prefix);
    const request = toTraceRequest(call, prefix, book);
    requests.push(request);
    const members = workloads.get(request.workload);
    if (members === undefined) workloads.set(request.workload, [index]);
    else members.push(index);
  }
  return { requests, workloads };
}

function toCall(event: ResponseRecorded): Call {
  const occurredAt = Date.parse(event.occurredAt);
  const { startedAt } = event.timing;
  return {
    event,
    occurredAt,
    startedAt: startedAt === null ? occurredAt : Math.min(Date.parse(startedAt), occurredAt),
    // A cache belongs to the model itself, however the id was decorated.
    model: matchModel(event.servedModel)?.model ?? event.servedModel,
    own: ownTokens(event),
    cacheMissReason: event.cacheMissReason,
  };
}

function ownTokens(event: ResponseRecorded): TokenBuckets | null {
  return event.usage.parts.find((part) => part.kind === "response")?.tokens ?? null;
}

function toTraceRequest(call: Call, prefix: PrefixEvidence, book: PriceBook): TraceRequest {
  const { event } = call;
  return {
    id: event.id,
    startedAt: call.startedAt,
    startedAtEstimated: event.timing.startedAtProvenance !== "reported",
    occurredAt: call.occurredAt,
    model: event.servedModel,
    workload: workloadOf(event) ?? "(unnamed)",
    fromClaudeCode: event.sources.includes(CLAUDE_CODE),
    session: event.context.session,
    agent: event.context.agent,
    callSite: event.context.callSite,
    shape: event.request,
    usage: event.usage,
    billed: costOf(event.usage, event.servedModel, call.occurredAt, book),
    own: call.own,
    outputFinal: event.output === "final",
    prefix,
  };
}

/**
 * Which request each one continues: the one it names; else, in a conversation where none names any, the request
 * before it of the same session and agent.
 */
function linkConversations(calls: readonly Call[]): (index: number) => number | null {
  const byMessage = new Map<string, number>();
  const linked = new Set<string>();
  const before: (number | null)[] = [];
  const newest = new Map<string, number>();
  for (const [index, { event }] of calls.entries()) {
    if (event.ids.message !== null) byMessage.set(event.ids.message, index);
    const conversation = conversationOf(event);
    if (conversation !== null && event.ids.previousMessage !== null) linked.add(conversation);
    before.push(conversation === null ? null : (newest.get(conversation) ?? null));
    if (conversation !== null) newest.set(conversation, index);
  }
  return (index) => {
    const event = calls[index]?.event;
    if (event === undefined) return null;
    if (event.ids.previousMessage !== null) {
      const named = byMessage.get(event.ids.previousMessage);
      return named !== undefined && named < index ? named : null;
    }
    const conversation = conversationOf(event);
    return conversation === null || linked.has(conversation) ? null : (before[index] ?? null);
  };
}

function conversationOf(event: ResponseRecorded): string | null {
  const { session, agent } = event.context;
  return session === null ? null : JSON.stringify([workloadOf(event), session, agent]);
}
