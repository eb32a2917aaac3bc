import type { Instant } from "@farthing/ledger";
import { displayCount, displaySpan } from "./format-values.ts";

/** What is said of one thing that was looked at. */
export interface Finding {
  /** `note`: nothing to worry about, and worth knowing. */
  readonly status: "ok" | "attention" | "note";
  readonly finding: string;
  /** What to do next; null where there is nothing to do. */
  readonly next: string | null;
}

/** Findings of one check beyond this many are counted. */
export const SHOWN_MAX = 5;

export function ok(finding: string): Finding {
  return { status: "ok", finding, next: null };
}

export function note(finding: string, next: string | null = null): Finding {
  return { status: "note", finding, next };
}

export function attention(finding: string, next: string): Finding {
  return { status: "attention", finding, next };
}

/** How many findings of a check are not shown, where there are any. */
export function more(count: number): Finding[] {
  return count > 0 ? [note(`and ${displayCount(count)} more: --format json`)] : [];
}

export function ago(now: Instant, at: Instant): string {
  return at > now ? `${displaySpan(at - now)} from now` : `${displaySpan(now - at)} ago`;
}
