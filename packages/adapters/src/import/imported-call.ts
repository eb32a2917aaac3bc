import { createHash } from "node:crypto";
import {
  type CallContext,
  type CallIds,
  type ConvertedUsage,
  type CostReported,
  eventIdOf,
  formatInstant,
  type Instant,
  type RequestCompleted,
  type RequestFailed,
  type RequestInterrupted,
  type Timing,
  type Usage,
} from "@farthing/ledger";
import { plainWord } from "./plain-word.ts";

/** What a record of another program says of a call beside its usage. */
export interface ImportedCall {
  /** Where the event was seen. */
  readonly source: string;
  /** The record's own id; the call's identity where the API's is not told. */
  readonly recordId: string;
  /** Whose id that is, where another program passed it on. */
  readonly idOf: string;
  readonly messageId: string | null;
  readonly requestId: string | null;
  readonly model: string;
  readonly startedAt: Instant;
  /** Null where it is not told when the call ended: its price is then that of its start. */
  readonly endedAt: Instant | null;
  readonly firstTokenAt: Instant | null;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}

/** The call as it was answered. */
export function answeredCall(call: ImportedCall, { usage, billedTo }: ConvertedUsage): RequestCompleted {
  return { ...response(call, usage, billedTo), type: "RequestCompleted", finality: "complete", output: "final" };
}

/** The call as it ended in an error after it had used something: its output is at least what is told. */
export function brokenCall(call: ImportedCall, { usage, billedTo }: ConvertedUsage): RequestInterrupted {
  return {
    ...response(call, usage, billedTo),
    type: "RequestInterrupted",
    finality: "interrupted",
    output: "lower-bound",
    observedCharacters: null,
  };
}

function response(call: ImportedCall, usage: Usage, billedTo: ConvertedUsage["billedTo"]) {
  return {
    ...common(call),
    requestedModel: null,
    servedModel: call.model,
    usage,
    stopReason: null,
    billedTo,
    request: null,
    cacheMissReason: null,
    conflicts: [],
  };
}

/** What of a call without an answer that can be billed is recorded. A fuller record of the same call takes its place. */
export function unansweredCall(
  call: ImportedCall,
  failure: Pick<RequestFailed, "cost" | "status" | "errorType">,
): RequestFailed {
  return { ...common(call), type: "RequestFailed", requestedModel: call.model, ...failure };
}

/** What the record states that the call cost, with the tokens the amount is of where they are known. */
export function statedCost(call: ImportedCall, usd: string, usage: Usage | null): CostReported {
  const { id, occurredAt, sources, context } = common(call);
  return {
    type: "CostReported",
    version: 1,
    id: `cost:${call.source}:${keptId(call.recordId)}`,
    occurredAt,
    sources,
    usd,
    models: usage === null ? [] : [{ model: call.model, usd, usage }],
    responses: [id],
    session: context.session,
  };
}

function common(call: ImportedCall) {
  const ids: CallIds = {
    message: call.messageId,
    request: call.requestId,
    workspace: null,
    batch: null,
    custom: null,
    previousMessage: null,
  };
  return {
    version: 1,
    // Not by the request's id: not every record of the same call tells it.
    id: eventIdOf({ message: call.messageId }, () => `${call.idOf}:${keptId(call.recordId)}`),
    occurredAt: formatInstant(call.endedAt ?? call.startedAt),
    sources: [call.source],
    ids,
    timing: timingOf(call),
    attempt: null,
    context: call.context,
    labels: call.labels,
  } as const;
}

function timingOf({ startedAt, endedAt, firstTokenAt }: ImportedCall): Timing {
  const isWithin = firstTokenAt !== null && firstTokenAt >= startedAt && firstTokenAt < (endedAt ?? Infinity);
  return {
    startedAt: formatInstant(Math.min(startedAt, endedAt ?? startedAt)),
    startedAtProvenance: "reported",
    occurredAtProvenance: endedAt === null ? "estimated" : "reported",
    firstTokenAt: isWithin ? formatInstant(firstTokenAt) : null,
  };
}

/** An id as it is, or a hash of what looks like more than an id. */
function keptId(id: string): string {
  return (/\s/.test(id) ? null : plainWord(id)) ?? createHash("sha256").update(id).digest("hex").slice(0, 32);
}
