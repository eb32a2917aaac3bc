import type { CallIds, RequestFailed, RequestRecorded, ResponseRecorded } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { PromptFingerprint } from "../events/prompt-fingerprint.ts";
import type { RequestShape } from "../events/request-shape.ts";
import { NO_TOKENS, type UsagePart } from "../usage/usage.ts";
import { ContextBuilder } from "./context-builder.ts";
import { DictionaryBuilder } from "./dictionary-builder.ts";
import { PackedPrompts } from "./packed-prompts.ts";
import type { RowTerms } from "./request-rows.ts";
import { asRowHolds } from "./unanswered.ts";

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
  /** Tokens of the usage's first part. */
  readonly uncachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
  readonly output: number;
  /** The parts after the first. */
  readonly furtherParts: readonly UsagePart[];
  /** Null where not reported. */
  readonly thinking: number | null;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  readonly message: string | null;
  readonly request: string | null;
  readonly previousMessage: string | null;
  readonly otherIds: OtherIds;
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

type OtherIds = Pick<CallIds, "batch" | "custom">;
type RequestEvent = ResponseRecorded | RequestFailed;

export const NO_OTHER_IDS: OtherIds = { batch: null, custom: null };
export const NO_PARTS: readonly UsagePart[] = [];

/** What many drafts have in common, each once. */
export class DraftTables {
  readonly terms: DictionaryBuilder<RowTerms> = new DictionaryBuilder();
  readonly contexts: ContextBuilder = new ContextBuilder();
  readonly prompts: PackedPrompts = new PackedPrompts();

  draftOf(recorded: RequestRecorded): RowDraft {
    const event = asRowHolds(recorded);
    const { timing, ids } = event;
    const response = isEventOf(event, "RequestFailed") ? null : event;
    const failure = isEventOf(event, "RequestFailed") ? event : null;
    const usage = response?.usage;
    const [{ tokens } = NO_PART] = usage?.parts ?? [];
    // The fields in the order in which they are declared, as in all drafts: so they are found at the same place in each.
    return {
      id: event.id,
      occurredAt: Date.parse(event.occurredAt),
      startedAt: timing.startedAt === null ? NaN : Date.parse(timing.startedAt),
      firstTokenAt: timing.firstTokenAt === null ? null : Date.parse(timing.firstTokenAt),
      terms: this.termsOf(event),
      context: this.contexts.of({ ...event, workspace: ids.workspace }),
      uncachedInput: tokens.uncachedInput,
      cacheWrite5m: tokens.cacheWrite5m,
      cacheWrite1h: tokens.cacheWrite1h,
      cacheRead: tokens.cacheRead,
      output: tokens.output,
      furtherParts: usage === undefined || usage.parts.length < 2 ? NO_PARTS : usage.parts.slice(1),
      thinking: usage?.thinkingTokens ?? null,
      webSearchRequests: usage?.webSearchRequests ?? 0,
      webFetchRequests: usage?.webFetchRequests ?? 0,
      message: ids.message,
      request: ids.request,
      previousMessage: ids.previousMessage,
      otherIds: ids,
      attempt: event.attempt,
      shape: response?.request ?? null,
      cacheMissReason: response?.cacheMissReason ?? null,
      prompt: response?.prompt ?? null,
      observedCharacters: event.type === "RequestInterrupted" ? event.observedCharacters : null,
      status: failure?.status ?? null,
      errorType: failure?.errorType ?? null,
    };
  }

  /** The index of an event's terms. */
  termsOf(event: RequestEvent): number {
    return this.terms.indexOf(termsKey(event), () => termsOfEvent(event));
  }
}

/** Of a usage without parts, which no release writes: it costs nothing. */
const NO_PART: UsagePart = { kind: "response", iteration: null, model: null, tokens: NO_TOKENS };

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
