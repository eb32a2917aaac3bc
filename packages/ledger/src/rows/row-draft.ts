import { canonicalJson } from "../events/canonical.ts";
import type { CallContext, CallIds, RequestFailed, ResponseRecorded } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { PromptFingerprint } from "../events/prompt-fingerprint.ts";
import type { RequestShape } from "../events/request-shape.ts";
import { NO_TOKENS, type TokenBuckets, type UsagePart } from "../usage/usage.ts";
import { DictionaryBuilder } from "./dictionary-builder.ts";
import { PackedPrompts } from "./packed-prompts.ts";
import type { RowContext, RowTerms } from "./request-rows.ts";

/** What a row is made from: all that rows hold of a request. */
export interface RowDraft {
  readonly id: string;
  /** Milliseconds since 1970, as all times here. */
  readonly occurredAt: number;
  /** NaN where unknown. */
  readonly startedAt: number;
  readonly firstTokenAt: number | null;
  /** Index in `DraftTables.terms`. */
  readonly terms: number;
  /** Index in `DraftTables.contexts`. */
  readonly context: number;
  /** Of the usage's first part. */
  readonly tokens: TokenBuckets;
  /** The parts after the first. */
  readonly furtherParts: readonly UsagePart[];
  /** Null where not reported. */
  readonly thinking: number | null;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  readonly ids: CallIds;
  readonly attempt: number | null;
  readonly shape: RequestShape | null;
  readonly cacheMissReason: string | null;
  /** Its number in `DraftTables.prompts`, or as an event has it. */
  readonly prompt: PromptFingerprint | number | null;
  readonly observedCharacters: number | null;
  /** Of a failure; null for a response. */
  readonly status: number | null;
  readonly errorType: string | null;
}

type RequestEvent = ResponseRecorded | RequestFailed;

/** What many drafts have in common, each once. */
export class DraftTables {
  readonly terms: DictionaryBuilder<RowTerms> = new DictionaryBuilder();
  readonly contexts: DictionaryBuilder<RowContext> = new DictionaryBuilder();
  readonly prompts: PackedPrompts = new PackedPrompts();

  draftOf(event: RequestEvent): RowDraft {
    const { timing, ids, attempt } = event;
    const shared = {
      id: event.id,
      occurredAt: Date.parse(event.occurredAt),
      startedAt: timing.startedAt === null ? NaN : Date.parse(timing.startedAt),
      firstTokenAt: timing.firstTokenAt === null ? null : Date.parse(timing.firstTokenAt),
      terms: this.termsOf(event),
      context: this.contextOf(event),
      ids,
      attempt,
    };
    if (isEventOf(event, "RequestFailed")) {
      return { ...shared, ...NO_RESPONSE, status: event.status, errorType: event.errorType };
    }
    const { usage } = event;
    const [part = NO_PART] = usage.parts;
    return {
      ...shared,
      tokens: part.tokens,
      furtherParts: usage.parts.length > 1 ? usage.parts.slice(1) : NO_PARTS,
      thinking: usage.thinkingTokens,
      webSearchRequests: usage.webSearchRequests,
      webFetchRequests: usage.webFetchRequests,
      shape: event.request,
      cacheMissReason: event.cacheMissReason,
      prompt: event.prompt ?? null,
      observedCharacters: event.type === "RequestInterrupted" ? event.observedCharacters : null,
      status: null,
      errorType: null,
    };
  }

  /** The index of an event's terms. */
  termsOf(event: RequestEvent): number {
    return this.terms.indexOf(termsKey(event), () => termsOfEvent(event));
  }

  /** The index of an event's context. */
  contextOf(caller: Caller): number {
    return this.contexts.indexOf(contextKey(caller), () => contextOfEvent(caller));
  }

  /**
   * The index of a context out of JSON texts.
   *
   * @throws SyntaxError for what is no JSON.
   */
  contextOfTexts(context: string, labels: string, sources: string): number {
    return this.contexts.indexOf(`${context}${labels}${sources}`, () =>
      contextOfEvent({
        context: JSON.parse(context) as CallContext,
        labels: JSON.parse(labels) as Caller["labels"],
        sources: JSON.parse(sources) as readonly string[],
      }),
    );
  }
}

const NO_PARTS: readonly UsagePart[] = [];
/** Of a usage without parts, which no release writes: it costs nothing. */
const NO_PART: UsagePart = { kind: "response", iteration: null, model: null, tokens: NO_TOKENS };

const NO_RESPONSE = {
  tokens: NO_TOKENS,
  furtherParts: NO_PARTS,
  thinking: null,
  webSearchRequests: 0,
  webFetchRequests: 0,
  shape: null,
  cacheMissReason: null,
  prompt: null,
  observedCharacters: null,
} as const satisfies Partial<RowDraft>;

/** Equal for events with equal terms. Not canonical JSON, which would cost more than all else about a row. */
function termsKey(event: RequestEvent): string {
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

function termsOfEvent(event: RequestEvent): RowTerms {
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

type Caller = Pick<RequestEvent, "context" | "labels" | "sources">;

/** The same for an event as for the texts that this release writes of it. */
function contextKey({ context, labels, sources }: Caller): string {
  return [knownContext(context), labels, sources].map(canonicalJson).join("");
}

function contextOfEvent({ context, labels, sources }: Caller): RowContext {
  return { context: knownContext(context), labels, sources };
}

/** The fields that this release knows, always in the same order. */
function knownContext(context: CallContext): CallContext {
  const { session, project, agent, gitBranch, clientVersion, service, release, host, environment, callSite } = context;
  return { session, project, agent, gitBranch, clientVersion, service, release, host, environment, callSite };
}
