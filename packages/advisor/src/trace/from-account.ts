import {
  costOf,
  matchModel,
  workloadOf,
  type PriceBook,
  type BilledResponse,
  type TokenBuckets,
} from "@farthing/ledger";
import { isPrefixAlive, prefixEvidence, type PrefixRecord, type PreviousRequest } from "./prefix-evidence.ts";
import { PromptReader, type TracePrompt } from "./read-prompts.ts";
import { UNNAMED_WORKLOAD, type PrefixEvidence, type Trace, type TraceRequest } from "./trace.ts";

const CLAUDE_CODE = "claude-code";

interface Call extends PrefixRecord {
  readonly event: BilledResponse;
  readonly occurredAt: number;
}

/**
 * The responses of an account that the user pays for, as a trace.
 *
 * Evidence is read from all of them; `isWanted` then keeps those that a question is about, so that a period or a
 * filter does not make the first response after its edge look like the start of a conversation.
 */
export function traceFromResponses(
  responses: readonly BilledResponse[],
  book: PriceBook,
  isWanted: (event: BilledResponse) => boolean = () => true,
): Trace {
  const calls = responses
    .filter((event) => event.billedTo === "self")
    .map(toCall)
    .sort((a, b) => a.startedAt - b.startedAt || (a.event.id < b.event.id ? -1 : 1));
  const evidence = readEvidence(calls);
  const prompts = new PromptReader();
  const places = new Map<number, number>();
  const requests: TraceRequest[] = [];
  const workloads = new Map<string, number[]>();
  for (const [index, call] of calls.entries()) {
    const prefix = evidence[index];
    if (prefix === undefined || !isWanted(call.event)) continue;
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

function readEvidence(calls: readonly Call[]): readonly PrefixEvidence[] {
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
function withoutUnwanted(prefix: PrefixEvidence, call: Call, places: ReadonlyMap<number, number>): PrefixEvidence {
  if (prefix.previous === null) return prefix;
  const previous = places.get(prefix.previous);
  return previous === undefined
    ? { ...prefix, previous: null, sharedRead: call.own?.cacheRead ?? 0 }
    : { ...prefix, previous };
}

/** A cache belongs to the model itself, however its id was decorated, and to the speed it was served at. */
function cacheKeyOf({ servedModel, usage }: BilledResponse): string {
  const model = matchModel(servedModel)?.model ?? servedModel;
  return usage.speed === "fast" ? `${model} fast` : model;
}

function toCall(event: BilledResponse): Call {
  const occurredAt = Date.parse(event.occurredAt);
  const { startedAt } = event.timing;
  return {
    event,
    occurredAt,
    startedAt: startedAt === null ? occurredAt : Math.min(Date.parse(startedAt), occurredAt),
    cacheKey: cacheKeyOf(event),
    own: ownTokens(event),
    cacheMissReason: event.cacheMissReason,
  };
}

function ownTokens(event: BilledResponse): TokenBuckets | null {
  return event.usage.parts.find((part) => part.kind === "response")?.tokens ?? null;
}

function toTraceRequest(call: Call, prefix: PrefixEvidence, prompts: PromptReader, book: PriceBook): TraceRequest {
  const { event } = call;
  const { firstTokenAt } = event.timing;
  return {
    id: event.id,
    startedAt: call.startedAt,
    startedAtEstimated: event.timing.startedAtProvenance !== "reported",
    firstTokenAt: firstTokenAt === null ? call.occurredAt : Date.parse(firstTokenAt),
    occurredAt: call.occurredAt,
    model: event.servedModel,
    cacheKey: call.cacheKey,
    workspace: event.ids.workspace,
    sources: event.sources,
    workload: workloadOf(event) ?? UNNAMED_WORKLOAD,
    fromClaudeCode: event.sources.includes(CLAUDE_CODE),
    session: event.context.session,
    agent: event.context.agent,
    callSite: event.context.callSite,
    shape: event.request,
    stopReason: event.stopReason,
    attempt: event.attempt,
    completed: event.type === "RequestCompleted",
    labels: event.labels,
    cacheMissReason: event.cacheMissReason,
    usage: event.usage,
    billed: costOf(event.usage, event.servedModel, call.occurredAt, book),
    own: call.own,
    outputFinal: event.output === "final",
    prefix,
    prompt: promptOf(call, prompts),
  };
}

function promptOf({ event, own, cacheKey }: Call, prompts: PromptReader): TracePrompt | null {
  const { prompt } = event;
  if (prompt === undefined || prompt.blocks.length === 0 || own === null) return null;
  return prompts.read({ fingerprint: prompt, model: event.servedModel, scope: cacheKey, shape: event.request, own });
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
      const earlier = named !== undefined && named < index ? calls[named] : undefined;
      // Workloads are replayed one by one, so a conversation does not reach from one into another.
      return named !== undefined && earlier !== undefined && workloadOf(earlier.event) === workloadOf(event)
        ? named
        : null;
    }
    const conversation = conversationOf(event);
    return conversation === null || linked.has(conversation) ? null : (before[index] ?? null);
  };
}

function conversationOf(event: BilledResponse): string | null {
  const { session, agent } = event.context;
  return session === null ? null : JSON.stringify([workloadOf(event), session, agent]);
}
