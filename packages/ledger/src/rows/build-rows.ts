import type { CallContext, RequestFailed, ResponseRecorded } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import { NO_TOKENS, type UsagePart } from "../usage/usage.ts";
import { DictionaryBuilder } from "./dictionary-builder.ts";
import type { RequestDetails, RequestRows, RowContext, RowTerms } from "./request-rows.ts";

/** Past this a count needs a column of doubles. */
const UINT32_MAX = 2 ** 32 - 1;
const INT32_MAX = 2 ** 31 - 1;

/** An event that a request left behind, with the two times its row is placed by. */
interface Draft {
  readonly event: ResponseRecorded | RequestFailed;
  readonly occurredAt: number;
  readonly startedAt: number;
}

/**
 * Requests as rows, in memory. The events are kept, and referred to by the rows' details.
 *
 * @param events One event per id, merged already, in any order.
 */
export function buildRows(events: Iterable<ResponseRecorded | RequestFailed>): RequestRows {
  const drafts = Array.from(events, toDraft).sort(inRowOrder);
  const count = drafts.length;
  const terms = new DictionaryBuilder<RowTerms>();
  const contexts = new DictionaryBuilder<RowContext>();
  const occurredAt = new Float64Array(count);
  const startedAt = new Float64Array(count);
  const termsOf = new Uint32Array(count);
  const contextOf = new Uint32Array(count);
  const furtherParts = new Map<number, readonly UsagePart[]>();
  const [uncachedInput, cacheWrite5m, cacheWrite1h] = [zeros(count), zeros(count), zeros(count)];
  const [cacheRead, output, webSearchRequests] = [zeros(count), zeros(count), zeros(count)];
  const thinking = zeros(count).fill(-1);
  // Each event is gone through once: there are so many that none is in the processor's cache when it is met again.
  for (const [row, { event, ...times }] of drafts.entries()) {
    occurredAt[row] = times.occurredAt;
    startedAt[row] = times.startedAt;
    termsOf[row] = terms.indexOf(termsKey(event), () => termsOfEvent(event));
    contextOf[row] = contexts.indexOf(contextKey(event), () => contextOfEvent(event));
    if (isEventOf(event, "RequestFailed")) continue;
    const { usage } = event;
    const { tokens } = usage.parts[0] ?? NO_PART;
    uncachedInput[row] = tokens.uncachedInput;
    cacheWrite5m[row] = tokens.cacheWrite5m;
    cacheWrite1h[row] = tokens.cacheWrite1h;
    cacheRead[row] = tokens.cacheRead;
    output[row] = tokens.output;
    webSearchRequests[row] = usage.webSearchRequests;
    thinking[row] = usage.thinkingTokens ?? -1;
    if (usage.parts.length > 1) furtherParts.set(row, usage.parts.slice(1));
  }
  return {
    count,
    occurredAt,
    startedAt,
    terms: terms.dictionary(),
    termsOf,
    contexts: contexts.dictionary(),
    contextOf,
    uncachedInput: narrowed(uncachedInput),
    cacheWrite5m: narrowed(cacheWrite5m),
    cacheWrite1h: narrowed(cacheWrite1h),
    cacheRead: narrowed(cacheRead),
    output: narrowed(output),
    thinking: thinking.every((count) => count <= INT32_MAX) ? new Int32Array(thinking) : thinking,
    webSearchRequests: narrowed(webSearchRequests),
    furtherParts,
    details: () => detailsOf(drafts),
  };
}

function toDraft(event: ResponseRecorded | RequestFailed): Draft {
  const { startedAt } = event.timing;
  return {
    event,
    occurredAt: Date.parse(event.occurredAt),
    startedAt: startedAt === null ? NaN : Date.parse(startedAt),
  };
}

function inRowOrder(a: Draft, b: Draft): number {
  return placeOf(a) - placeOf(b) || (a.event.id < b.event.id ? -1 : 1);
}

function placeOf({ startedAt, occurredAt }: Draft): number {
  return Number.isNaN(startedAt) ? occurredAt : startedAt;
}

function zeros(count: number): Float64Array {
  return new Float64Array(count);
}

function narrowed(values: Float64Array): Uint32Array | Float64Array {
  return values.every((value) => value <= UINT32_MAX) ? new Uint32Array(values) : values;
}

/** Equal for events with equal terms. Not canonical JSON, which would cost more than all else about a row. */
function termsKey(event: ResponseRecorded | RequestFailed): string {
  const { startedAtProvenance, occurredAtProvenance } = event.timing;
  if (isEventOf(event, "RequestFailed")) {
    return JSON.stringify([event.requestedModel, event.cost, startedAtProvenance, occurredAtProvenance]);
  }
  const { usage } = event;
  const [part = NO_PART] = usage.parts;
  return JSON.stringify([
    [event.type, event.servedModel, event.requestedModel, event.billedTo, event.output, event.finality],
    [event.stopReason, usage.serviceTier, usage.inferenceGeo, usage.speed, part.kind, part.iteration, part.model],
    [startedAtProvenance, occurredAtProvenance, event.conflicts.length > 0, usage.notes],
  ]);
}

/** Of a usage without parts, which no release writes: it costs nothing. */
const NO_PART: UsagePart = { kind: "response", iteration: null, model: null, tokens: NO_TOKENS };

function termsOfEvent(event: ResponseRecorded | RequestFailed): RowTerms {
  const { startedAtProvenance, occurredAtProvenance } = event.timing;
  const shared = { requestedModel: event.requestedModel, startedAtProvenance, occurredAtProvenance };
  if (isEventOf(event, "RequestFailed")) return { ...FAILURE_TERMS, ...shared, cost: event.cost };
  const { usage } = event;
  const [{ kind, iteration, model } = NO_PART] = usage.parts;
  return {
    ...shared,
    kind: event.type === "RequestInterrupted" ? "interrupted" : "completed",
    servedModel: event.servedModel,
    billedTo: event.billedTo,
    output: event.output,
    finality: event.finality,
    stopReason: event.stopReason,
    serviceTier: usage.serviceTier,
    inferenceGeo: usage.inferenceGeo,
    speed: usage.speed,
    notes: usage.notes,
    part: { kind, iteration, model },
    cost: null,
    hasConflicts: event.conflicts.length > 0,
  };
}

const FAILURE_TERMS = {
  kind: "failed",
  servedModel: null,
  billedTo: "self",
  output: "final",
  finality: "complete",
  stopReason: null,
  serviceTier: null,
  inferenceGeo: null,
  speed: null,
  notes: [],
  part: { kind: "response", iteration: null, model: null },
  hasConflicts: false,
} as const satisfies Partial<RowTerms>;

function contextKey({ context, labels, sources }: ResponseRecorded | RequestFailed): string {
  return JSON.stringify([knownContext(context), labels, sources]);
}

function contextOfEvent({ context, labels, sources }: ResponseRecorded | RequestFailed): RowContext {
  return { context: knownContext(context), labels, sources };
}

/** The fields that this release knows, always in the same order. */
function knownContext(context: CallContext): CallContext {
  const { session, project, agent, gitBranch, clientVersion, service, release, host, environment, callSite } = context;
  return { session, project, agent, gitBranch, clientVersion, service, release, host, environment, callSite };
}

function detailsOf(drafts: readonly Draft[]): RequestDetails {
  const eventAt = (row: number): ResponseRecorded | RequestFailed => {
    const draft = drafts[row];
    if (draft === undefined) throw new RangeError(`there is no row ${String(row)}`);
    return draft.event;
  };
  const responseAt = (row: number): ResponseRecorded | null => {
    const event = eventAt(row);
    return isEventOf(event, "RequestFailed") ? null : event;
  };
  return {
    id: (row) => eventAt(row).id,
    message: (row) => eventAt(row).ids.message,
    request: (row) => eventAt(row).ids.request,
    previousMessage: (row) => eventAt(row).ids.previousMessage,
    otherIds: (row) => {
      const { workspace, batch, custom } = eventAt(row).ids;
      return { workspace, batch, custom };
    },
    firstTokenAt: (row) => {
      const { firstTokenAt } = eventAt(row).timing;
      return firstTokenAt === null ? null : Date.parse(firstTokenAt);
    },
    attempt: (row) => eventAt(row).attempt,
    webFetchRequests: (row) => responseAt(row)?.usage.webFetchRequests ?? 0,
    shape: (row) => responseAt(row)?.request ?? null,
    cacheMissReason: (row) => responseAt(row)?.cacheMissReason ?? null,
    prompt: (row) => responseAt(row)?.prompt ?? null,
    observedCharacters: (row) => {
      const event = eventAt(row);
      return event.type === "RequestInterrupted" ? event.observedCharacters : null;
    },
    failure: (row) => {
      const event = eventAt(row);
      return isEventOf(event, "RequestFailed")
        ? { status: event.status, errorType: event.errorType }
        : { status: null, errorType: null };
    },
  };
}
