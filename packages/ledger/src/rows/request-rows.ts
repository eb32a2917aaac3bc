import type { BilledTo, CallContext, Finality, Provenance, UsageRolledUp } from "../events/event.ts";
import type { RequestShape } from "../events/request-shape.ts";
import type { PromptFingerprint } from "../events/prompt-fingerprint.ts";
import type { UsageNote, UsagePart } from "../usage/usage.ts";

/**
 * Everything about a request that repeats from one to the next and decides its price or how it is counted.
 *
 * Requests with equal terms share one entry of `RequestRows.terms`.
 */
export interface RowTerms {
  readonly kind: "completed" | "interrupted" | "failed";
  /** Null for a failure. */
  readonly servedModel: string | null;
  readonly requestedModel: string | null;
  readonly billedTo: BilledTo;
  readonly output: "final" | "lower-bound";
  readonly finality: Finality;
  readonly stopReason: string | null;
  readonly serviceTier: string | null;
  readonly inferenceGeo: string | null;
  readonly speed: string | null;
  readonly notes: readonly UsageNote[];
  /** What the token columns count: the usage's first part. Further parts are in `RequestRows.furtherParts`. */
  readonly part: Omit<UsagePart, "tokens">;
  readonly startedAtProvenance: Provenance;
  readonly occurredAtProvenance: Provenance;
  /** Of a failure; null for a response. */
  readonly cost: "free" | "unknown" | null;
  /** Whether final snapshots disagree. */
  readonly hasConflicts: boolean;
}

/** Who made a request, from where. Requests with equal contexts share one entry of `RequestRows.contexts`. */
export interface RowContext {
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
  /** The id of the workspace billed; null where unknown. */
  readonly workspace: string | null;
}

/** Read access to a dictionary whose entries are decoded when asked for, once. */
export interface RowDictionary<T> {
  readonly length: number;
  /** The entry at an index below `length`. */
  at(index: number): T;
}

/** A field of a context: one of the caller's, the workspace, `label:` and the name of a label, or `sources` as JSON. */
export type ContextField = keyof CallContext | "sources" | "workspace" | `label:${string}`;

/** One field of all contexts of some rows. */
export interface ContextColumn {
  /** By context, the number of its value; within these rows equal numbers are equal values. */
  readonly numbers: Uint32Array;
  /** The value with a number; null where there is none. */
  value(number: number): string | null;
  /** Whether that value is a UUID, whose words it then writes; see `readUuid`. Absent where texts are in memory. */
  readUuid?(number: number, words: Uint32Array): boolean;
}

export interface RowContexts extends RowDictionary<RowContext> {
  /** For questions that need few fields: reads no other. Absent where contexts are in memory anyway. */
  column?(field: ContextField): ContextColumn;
}

/**
 * Requests (responses, attempts that failed, and items of batches that were not billed) as one array per field; element i of each belongs to request i.
 *
 * Rows are in order of `startedAt` (of `occurredAt` where that is unknown), then id. One row per id.
 */
export interface RequestRows {
  readonly count: number;
  /** Milliseconds since 1970, UTC. */
  readonly occurredAt: Float64Array;
  /** Milliseconds since 1970, UTC; NaN where unknown. */
  readonly startedAt: Float64Array;
  readonly terms: RowDictionary<RowTerms>;
  /** Index in `terms`. */
  readonly termsOf: Uint32Array;
  readonly contexts: RowContexts;
  /** Index in `contexts`. */
  readonly contextOf: Uint32Array;
  /** Tokens of the usage's first part, by bucket. A column of doubles where a count passes 32 bits. */
  readonly uncachedInput: Uint32Array | Float64Array;
  readonly cacheWrite5m: Uint32Array | Float64Array;
  readonly cacheWrite1h: Uint32Array | Float64Array;
  readonly cacheRead: Uint32Array | Float64Array;
  readonly output: Uint32Array | Float64Array;
  /** Thinking tokens; -1 where not reported. */
  readonly thinking: Int32Array | Float64Array;
  readonly webSearchRequests: Uint32Array | Float64Array;
  /** Parts of a usage after its first, by row; few requests have any. */
  readonly furtherParts: ReadonlyMap<number, readonly UsagePart[]>;
  /** The fields that only some questions need; read from disk when first asked for. */
  details(): RequestDetails;
}

/** The rest of what projections and the advisor read of a request. */
export interface RequestDetails {
  id(row: number): string;
  message(row: number): string | null;
  request(row: number): string | null;
  previousMessage(row: number): string | null;
  /** Ids of the request's batch and batch item. */
  otherIds(row: number): {
    readonly batch: string | null;
    readonly custom: string | null;
  };
  /** Milliseconds since 1970, UTC; null where unknown. */
  firstTokenAt(row: number): number | null;
  attempt(row: number): number | null;
  webFetchRequests(row: number): number;
  shape(row: number): RequestShape | null;
  cacheMissReason(row: number): string | null;
  prompt(row: number): PromptFingerprint | null;
  /** Reads the prompts of these rows, for whoever keeps it for long: of other rows hardly anything stays in memory. */
  promptsOf(rows: readonly number[]): (row: number) => PromptFingerprint | null;
  /** Of a response that was cut short; null where unknown, and of everything else. */
  observedCharacters(row: number): number | null;
  /** Status and error type of a failure; nulls for a response. */
  failure(row: number): { readonly status: number | null; readonly errorType: string | null };
}

/** Some rows, and which of them count. */
export interface RowBatch {
  /** Names the rows by what they were made from: equal keys, equal rows. Rows with no file of their own have null. */
  readonly key: string | null;
  readonly rows: RequestRows;
  /**
   * One byte per row: not 0 where the row does not count, because the response was seen again and is counted there,
   * or was corrected. Null where all count.
   */
  readonly dead: Uint8Array | null;
  /** What pruned requests came to, to be counted beside the rows. Absent where there are none. */
  readonly rollups?: readonly UsageRolledUp[];
}
