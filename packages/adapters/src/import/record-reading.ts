import type { CostReported, LedgerEvent } from "@farthing/ledger";
import type { Reasoned, Skip } from "./skip.ts";

/** Why it is not known what a call used, although a record tells of it. Codes are stable: they appear in JSON. */
export type UnclearReason =
  /** There are no counts. */
  | "no-usage"
  /** Whether the prompt's count has cached tokens in it, nothing in the record tells. */
  | "cached-input-unclear"
  /** Nothing is said of cached tokens, and the stated cost is not that of a prompt without any. */
  | "cache-not-told"
  /** A count under a name this release does not know. */
  | "unknown-count"
  /** The counts are an estimate of the program that wrote the record. */
  | "counted-elsewhere"
  /** It may be a call, or count once more what calls in it count. */
  | "call-or-sum"
  /** One record stands for the calls of a whole batch. */
  | "sum-of-batch"
  /** The counts cannot be: negative ones, fractions, or more cached tokens than there are. */
  | "impossible-counts";

export type Unclear = Reasoned<UnclearReason>;

/** What one record brought. */
export interface RecordReading {
  readonly events: readonly LedgerEvent[];
  /** What it states that its call cost; one of the events. */
  readonly stated: CostReported | null;
  readonly skip: Skip | null;
  /** Why its call is in the ledger without usage, at unknown cost. */
  readonly unclear: Unclear | null;
  /** It tells no cached tokens, not even that there were none: its whole prompt counts as uncached. */
  readonly cacheUntold: boolean;
}

export function skippedRecord(reason: Skip["reason"], why: string): RecordReading {
  return { events: [], stated: null, skip: { reason, field: null, why }, unclear: null, cacheUntold: false };
}

/** A call, with what its record states that it cost; null for nothing. */
export function broughtCall(event: LedgerEvent, stated: CostReported | null): RecordReading {
  const events = stated === null ? [event] : [event, stated];
  return { events, stated, skip: null, unclear: null, cacheUntold: false };
}

/** How a call is recorded of which it is not clear what it used: it was answered, and cost nobody knows what. */
export const UNCLEAR_USAGE = { cost: "unknown", status: null, errorType: "response_without_usage" } as const;
