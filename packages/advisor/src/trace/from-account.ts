import { costOf, type BilledResponse, type PriceBook } from "@farthing/ledger";
import { billedCost } from "./billed-cost.ts";
import { linkConversations, type Continued } from "./conversations.ts";
import { isPrefixAlive, prefixEvidence, withoutPrevious, type PreviousRequest } from "./prefix-evidence.ts";
import { PromptReader, type TracePrompt } from "./read-prompts.ts";
import { callOfEvent, type RecordedCall } from "./recorded-call.ts";
import type { PrefixEvidence, Trace, TraceRequest } from "./trace.ts";
import { isTrialCall } from "./is-trial-call.ts";
import { workloadNames } from "./workload.ts";

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
  return traceFromCalls(traceableCalls(responses, isWanted), book);
}

/** The responses of an account that the user pays for, as calls. */
export function traceableCalls(
  responses: readonly BilledResponse[],
  isWanted: (event: BilledResponse) => boolean,
): readonly AskedCall[] {
  return responses
    .filter((event) => event.billedTo === "self")
    .map((event) => ({ call: callOfEvent(event), isWanted: isWanted(event) }));
}

/**
 * Calls as a trace.
 *
 * Evidence is read from all of them; then those are kept that a question is about, so that a period or a filter does
 * not make the first response after its edge look like the start of a conversation. Calls that were made for a trial are
 * no traffic, and are left out.
 */
export function traceFromCalls(asked: readonly AskedCall[], book: PriceBook): Trace {
  const traffic = asked.filter(({ call }) => !isTrialCall(call));
  const inOrder = traffic.toSorted(({ call: a }, { call: b }) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  const calls = inOrder.map(({ call }) => call);
  const continued = linkConversations(calls);
  const evidence = readEvidence(calls, continued);
  const names = workloadNames(calls, continued);
  const prompts = new PromptReader();
  const places = new Map<number, number>();
  const requests: TraceRequest[] = [];
  const workloads = new Map<string, number[]>();
  for (const [index, { call, isWanted }] of inOrder.entries()) {
    const prefix = evidence[index];
    if (prefix === undefined || !isWanted) continue;
    const place = requests.length;
    places.set(index, place);
    const workload = names[index] ?? "";
    const isKept = prefix.previous !== null && names[prefix.previous] === workload;
    const previous = isKept ? (places.get(prefix.previous) ?? null) : null;
    const request = toTraceRequest({ call, workload, prefix: continuing(prefix, call, previous) }, prompts, book);
    requests.push(request);
    const members = workloads.get(workload);
    if (members === undefined) workloads.set(workload, [place]);
    else members.push(place);
  }
  const trialCalls = asked.filter(({ call, isWanted }) => isWanted && isTrialCall(call)).length;
  return { requests, workloads, prefixes: prompts.tables, ...(trialCalls === 0 ? {} : { trialCalls }) };
}

function readEvidence(calls: readonly RecordedCall[], continued: Continued): readonly PrefixEvidence[] {
  const usedAt = calls.map(({ startedAt }) => startedAt);
  const evidence: PrefixEvidence[] = [];
  for (const [index, call] of calls.entries()) {
    const place = continued[index] ?? null;
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

/**
 * Evidence of a trace that may leave out the request continued, or hold it in another workload: what was read of it then
 * counts as kept by others.
 */
function continuing(prefix: PrefixEvidence, call: RecordedCall, previous: number | null): PrefixEvidence {
  return prefix.previous !== null && previous === null ? withoutPrevious(prefix, call.own) : { ...prefix, previous };
}

function toTraceRequest(
  {
    call,
    workload,
    prefix,
  }: { readonly call: RecordedCall; readonly workload: string; readonly prefix: PrefixEvidence },
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
    workload,
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
