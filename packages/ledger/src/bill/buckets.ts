import { canonicalJson } from "../events/canonical.ts";
import type { BillLine, BillReport, BillReported, BillReportKind } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { parseUsd } from "../money/money.ts";
import { NO_TOKENS, promptTokens } from "../usage/usage.ts";
import { compareTexts } from "../text-order.ts";
import type { BillSpan } from "./bill.ts";

/** An event that tells what its amount is made of. */
export type ReportedInLines = BillReported & { readonly report: BillReport };

/** What counts of one time as one kind of report tells it, grouped in one way. */
export interface Bucket extends BillSpan {
  /** The same for all buckets of one kind, grouping and width. */
  readonly series: string;
  readonly kind: BillReportKind;
  readonly groupedBy: readonly string[];
  readonly complete: boolean;
  readonly lines: readonly BillLine[];
  readonly saidAt: Instant;
}

/**
 * The buckets that events tell of, each once.
 *
 * Of several events of one bucket the newest complete one counts; newer ones that are cut off replace the lines they
 * hold, by dimensions, and leave the others as they are.
 */
export function bucketsOf(events: readonly ReportedInLines[]): readonly Bucket[] {
  const byBucket = new Map<string, ReportedInLines[]>();
  for (const event of events) {
    const key = canonicalJson([event.report.kind, event.report.groupedBy, event.from, event.until]);
    const known = byBucket.get(key);
    if (known === undefined) byBucket.set(key, [event]);
    else known.push(event);
  }
  return [...byBucket.values()].map((told) => bucketOf(told)).filter((bucket) => bucket !== null);
}

function bucketOf(told: readonly ReportedInLines[]): Bucket | null {
  const ordered = [...told].sort(compareSaid);
  const base = ordered.findLastIndex(({ report }) => report.complete);
  const counting = ordered.slice(Math.max(base, 0));
  const newest = counting.at(-1);
  if (newest === undefined) return null;
  const lines = new Map<string, readonly BillLine[]>();
  for (const { report } of counting) for (const [key, alike] of byDimensions(report.lines)) lines.set(key, alike);
  const [from, until] = [Date.parse(newest.from), Date.parse(newest.until)];
  const { kind, groupedBy } = newest.report;
  return {
    from,
    until,
    series: canonicalJson([kind, groupedBy, until - from]),
    kind,
    groupedBy,
    complete: base >= 0 && counting.length === 1,
    lines: [...lines].sort(([a], [b]) => compareTexts(a, b)).flatMap(([, alike]) => alike),
    saidAt: Date.parse(newest.occurredAt),
  };
}

function byDimensions(lines: readonly BillLine[]): ReadonlyMap<string, readonly BillLine[]> {
  const found = new Map<string, BillLine[]>();
  for (const line of lines) {
    const key = canonicalJson(line.dimensions);
    const alike = found.get(key);
    if (alike === undefined) found.set(key, [line]);
    else alike.push(line);
  }
  return found;
}

/** Oldest first; of equally old ones the smaller first, since a bill of a time only grows. */
export function compareSaid(a: BillReported, b: BillReported): number {
  const [older, newer] = [Date.parse(a.occurredAt), Date.parse(b.occurredAt)];
  if (older !== newer) return older - newer;
  const [smaller, larger] = [sizeOf(a), sizeOf(b)];
  if (smaller !== larger) return smaller < larger ? -1 : 1;
  return compareTexts(canonicalJson(a), canonicalJson(b));
}

/** Picodollars, or tokens where no amount is told. */
function sizeOf({ usd, report }: BillReported): bigint {
  if (usd !== null) return parseUsd(usd);
  const tokens = (report?.lines ?? []).map(
    (line) => promptTokens(line.tokens ?? NO_TOKENS) + (line.tokens?.output ?? 0),
  );
  return tokens.reduce((sum, count) => sum + BigInt(count), 0n);
}
