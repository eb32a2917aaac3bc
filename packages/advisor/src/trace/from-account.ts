import { costOf, workloadOf, type BilledResponse, type PriceBook } from "@farthing/ledger";
import { billedCost } from "./billed-cost.ts";
import { isPrefixAlive, prefixEvidence, type PreviousRequest } from "./prefix-evidence.ts";
import { PromptReader, type TracePrompt } from "./read-prompts.ts";
import { callOfEvent, type RecordedCall } from "./recorded-call.ts";
import { UNNAMED_WORKLOAD, type PrefixEvidence, type Trace, type TraceRequest } from "./trace.ts";

const CLAUDE_CODE = "claude-code";

/** A call, and whether a question is about it. */
export interface AskedCall {
  readonly call: RecordedCall;
  readonly isWanted: boolean;
}

/** The responses of an account that the user pays for, as a trace; see `traceFromCalls`. */
export function traceFromResponses(
  responses: readonly BilledResponse[],
  book: PriceBook,
  isWanted: (event: BilledResponse) => boolean = () => true,
): Trace {
  const calls = responses
    .filter((event) => event.billedTo === "self")
    .map((event) => ({ call: callOfEvent(event), isWanted: isWanted(event) }));
  return traceFromCalls(calls, book);
}

/**
 * Calls as a trace.
 *
 * Evidence is read from all of them; then those are kept that a question is about, so that a period or a filter does
 * not make the first response after its edge look like the start of a conversation.
 */
export function traceFromCalls(asked: readonly AskedCall[], book: PriceBook): Trace {
  const inOrder = asked.toSorted(({ call: a }, { call: b }) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  const evidence = readEvidence(inOrder.map(({ call }) => call));
  const prompts = new PromptReader();
  const places = new Map<number, number>();
  const requests: TraceRequest[] = [];
  const workloads = new Map<string, number[]>();
  for (const [index, { call, isWanted }] of inOrder.entries()) {
    const prefix = evidence[index];
    if (prefix === undefined || !isWanted) continue;
    const place = requests.length;
    places.set(index, place);
    const request = toTraceRequest(call, withoutUnwanted(prefix, call, places), prompts, book);
    requests.push(request);
    const members = workloads.get(request.workload);
    if (members === undefined) workloads.set(request.workload, [place]);
    else members.push(place);
  }
  return { requests, workloads, prefixes: prompts.tables };
}

function readEvidence(calls: readonly RecordedCall[]): readonly PrefixEvidence[] {
  const previousOf = linkConversations(calls);
  const usedAt = calls.map(({ startedAt }) => startedAt);
  const evidence: PrefixEvidence[] = [];
  for (const [index, call] of calls.entries()) {
    const place = previousOf(index);
    const record = place === null ? undefined : calls[place];
    const before = place === null ? undefined : evidence[place];
    const previous: PreviousRequest | null =
      place === null || record === undefined || before === undefined
        ? null
        : { index: place, record, evidence: before, usedAt: usedAt[place] ?? record.startedAt };
    evidence.push(prefixEvidence(call, previous));
    if (previous !== null && isPrefixAlive(call, previous)) usedAt[previous.index] = call.startedAt;
  }
  return evidence;
}

/** Evidence of a trace that may leave out the request continued: what was read of it then counts as kept by others. */
function withoutUnwanted(
  prefix: PrefixEvidence,
  call: RecordedCall,
  places: ReadonlyMap<number, number>,
): PrefixEvidence {
  if (prefix.previous === null) return prefix;
  const previous = places.get(prefix.previous);
  return previous === undefined
    ? { ...prefix, previous: null, sharedRead: call.own?.cacheRead ?? 0 }
    : { ...prefix, previous };
}

function toTraceRequest(
  call: RecordedCall,
  prefix: PrefixEvidence,
  prompts: PromptReader,
  book: PriceBook,
): TraceRequest {
  const { id, startedAt, startedAtEstimated, occurredAt, cacheKey, workspace, sources, labels, shape } = call;
  const { stopReason, attempt, completed, cacheMissReason, usage, own, outputFinal, servedModel: model } = call;
  const { session, agent, callSite } = call.context;
  return {
    id,
    startedAt,
    startedAtEstimated,
    firstTokenAt: call.firstTokenAt ?? occurredAt,
    occurredAt,
    model,
    cacheKey,
    workspace,
    sources,
    workload: workloadOf(call) ?? UNNAMED_WORKLOAD,
    fromClaudeCode: sources.includes(CLAUDE_CODE),
    session,
    agent,
    callSite,
    shape,
    stopReason,
    attempt,
    completed,
    labels,
    cacheMissReason,
    usage,
    billed: billedCost(costOf(usage, model, occurredAt, book)),
    own,
    outputFinal,
    prefix,
    prompt: promptOf(call, prompts),
  };
}

function promptOf(call: RecordedCall, prompts: PromptReader): TracePrompt | null {
  const { own, servedModel: model, cacheKey: scope, shape } = call;
  const fingerprint = own === null ? null : call.readPrompt();
  if (own === null || fingerprint === null || fingerprint.blocks.length === 0) return null;
  return prompts.read({ fingerprint, model, scope, shape, own });
}

/**
 * Which request each one continues: the one it names; else, in a conversation where none names any, the request
 * before it of the same session and agent.
 */
function linkConversations(calls: readonly RecordedCall[]): (index: number) => number | null {
  const byMessage = new Map<string, number>();
  const linked = new Set<string>();
  const before: (number | null)[] = [];
  const newest = new Map<string, number>();
  for (const [index, call] of calls.entries()) {
    if (call.message !== null) byMessage.set(call.message, index);
    const conversation = conversationOf(call);
    if (conversation !== null && call.previousMessage !== null) linked.add(conversation);
    before.push(conversation === null ? null : (newest.get(conversation) ?? null));
    if (conversation !== null) newest.set(conversation, index);
  }
  return (index) => {
    const call = calls[index];
    if (call === undefined) return null;
    if (call.previousMessage !== null) {
      const named = byMessage.get(call.previousMessage);
      const earlier = named !== undefined && named < index ? calls[named] : undefined;
      // Workloads are replayed one by one, so a conversation does not reach from one into another.
      return named !== undefined && earlier !== undefined && workloadOf(earlier) === workloadOf(call) ? named : null;
    }
    const conversation = conversationOf(call);
    return conversation === null || linked.has(conversation) ? null : (before[index] ?? null);
  };
}

function conversationOf(call: RecordedCall): string | null {
  const { session, agent } = call.context;
  return session === null ? null : JSON.stringify([workloadOf(call), session, agent]);
}
