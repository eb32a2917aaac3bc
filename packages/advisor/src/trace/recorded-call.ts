import {
  matchModel,
  usageOfRow,
  type BilledResponse,
  type BilledUsage,
  type CallContext,
  type Instant,
  type PromptFingerprint,
  type RequestRows,
  type RequestShape,
  type TokenBuckets,
} from "@farthing/ledger";

/** A billed response as far as a trace is made from it. */
export interface RecordedCall {
  /** The event's id. */
  readonly id: string;
  readonly message: string | null;
  /** The response whose conversation it continues, where the request named it. */
  readonly previousMessage: string | null;
  readonly workspace: string | null;
  /** That of the end where it is unknown, or after it. */
  readonly startedAt: Instant;
  readonly startedAtEstimated: boolean;
  /** Null where unknown. */
  readonly firstTokenAt: Instant | null;
  readonly occurredAt: Instant;
  readonly servedModel: string;
  /** What a cache belongs to: the model, and the speed it was served at. */
  readonly cacheKey: string;
  readonly sources: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly context: CallContext;
  readonly shape: RequestShape | null;
  readonly stopReason: string | null;
  readonly attempt: number | null;
  readonly completed: boolean;
  readonly cacheMissReason: string | null;
  readonly outputFinal: boolean;
  readonly usage: BilledUsage;
  /** The part of the usage that answered the request itself; null where a fallback or server loop replaced it. */
  readonly own: TokenBuckets | null;
  /** Reads its fingerprint; null where it has none. */
  readonly readPrompt: () => PromptFingerprint | null;
}

export function callOfEvent(event: BilledResponse): RecordedCall {
  const occurredAt = Date.parse(event.occurredAt);
  const { startedAt, firstTokenAt, startedAtProvenance } = event.timing;
  return {
    id: event.id,
    message: event.ids.message,
    previousMessage: event.ids.previousMessage,
    workspace: event.ids.workspace,
    startedAt: startedAt === null ? occurredAt : Math.min(Date.parse(startedAt), occurredAt),
    startedAtEstimated: startedAtProvenance !== "reported",
    firstTokenAt: firstTokenAt === null ? null : Date.parse(firstTokenAt),
    occurredAt,
    servedModel: event.servedModel,
    cacheKey: cacheKeyOf(event.servedModel, event.usage),
    sources: event.sources,
    labels: event.labels,
    context: event.context,
    shape: event.request,
    stopReason: event.stopReason,
    attempt: event.attempt,
    completed: event.type === "RequestCompleted",
    cacheMissReason: event.cacheMissReason,
    outputFinal: event.output === "final",
    usage: event.usage,
    own: ownTokens(event.usage),
    readPrompt: () => event.prompt ?? null,
  };
}

/**
 * The same of a row that holds a response. Reads the rows' details.
 *
 * @param promptOf What stays in memory for its prompt.
 */
export function callOfRow(
  rows: RequestRows,
  row: number,
  promptOf: (row: number) => PromptFingerprint | null,
): RecordedCall {
  const terms = rows.terms.at(rows.termsOf[row] ?? 0);
  const details = rows.details();
  const usage = usageOfRow(rows, row);
  const occurredAt = rows.occurredAt[row] ?? NaN;
  const startedAt = rows.startedAt[row] ?? NaN;
  const servedModel = terms.servedModel ?? "";
  return {
    id: details.id(row),
    message: details.message(row),
    previousMessage: details.previousMessage(row),
    startedAt: startedAt < occurredAt ? startedAt : occurredAt,
    startedAtEstimated: terms.startedAtProvenance !== "reported",
    firstTokenAt: details.firstTokenAt(row),
    occurredAt,
    servedModel,
    cacheKey: cacheKeyOf(servedModel, usage),
    ...rows.contexts.at(rows.contextOf[row] ?? 0),
    shape: details.shape(row),
    stopReason: terms.stopReason,
    attempt: details.attempt(row),
    completed: terms.kind === "completed",
    cacheMissReason: details.cacheMissReason(row),
    outputFinal: terms.output === "final",
    usage,
    own: ownTokens(usage),
    readPrompt: () => promptOf(row),
  };
}

/** A cache belongs to the model itself, however its id was decorated, and to the speed it was served at. */
function cacheKeyOf(servedModel: string, { speed }: BilledUsage): string {
  const model = matchModel(servedModel)?.model ?? servedModel;
  return speed === "fast" ? `${model} fast` : model;
}

function ownTokens({ parts }: BilledUsage): TokenBuckets | null {
  return parts.find((part) => part.kind === "response")?.tokens ?? null;
}
