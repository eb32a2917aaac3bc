import type { Instant, SpendResult } from "@farthing/ledger";

/** One of the two sides of a comparison, besides its groups. */
export interface Side {
  readonly spend: SpendResult;
  /** Null where nothing limits it. */
  readonly period: { readonly since: Instant; readonly until: Instant } | null;
  /** How long the period is, or has been by now, in days; null where nothing limits it and nothing was recorded. */
  readonly days: number | null;
  /** Whether the period ends after the current time. */
  readonly isOpen: boolean;
  readonly gaps: RecordingGaps;
  readonly timeZone: string;
  /** Paths of the ledgers that were asked. */
  readonly ledgers: readonly string[];
}

/** What of a period nothing is known of, because the ledger holds nothing that early or that late. */
export interface RecordingGaps {
  /** The ledger's first response, where the period begins well before it; else null. */
  readonly before: Instant | null;
  /** Its last response, where the period, as far as it is over, goes on well after it; else null. */
  readonly after: Instant | null;
}

export const NO_GAPS: RecordingGaps = { before: null, after: null };

const DAY_MS = 86_400_000;

/**
 * Gaps of more than a day: less is what a night or a quiet morning leaves.
 *
 * @param span From the first to the last response; null where there is none.
 * @param now Where the period goes on to where it is not over.
 */
export function recordingGaps(period: Side["period"], span: SpendResult["span"], now: Instant): RecordingGaps {
  if (period === null || span === null) return NO_GAPS;
  return {
    before: span.first - period.since > DAY_MS ? span.first : null,
    after: Math.min(period.until, now) - span.last > DAY_MS ? span.last : null,
  };
}

/** Whether the amount of a side can be too low: some responses have no price, no recorded end, or were not seen. */
export function isAtLeast({ total, lowerBoundRequests }: SpendResult): boolean {
  return total.unpricedRequests + total.failedAtUnknownCost + lowerBoundRequests > 0;
}
