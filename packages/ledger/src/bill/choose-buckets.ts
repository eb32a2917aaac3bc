import { compareTexts } from "../text-order.ts";
import type { BillSpan } from "./bill.ts";
import type { Bucket } from "./buckets.ts";

const DAY_MS = 86_400_000;

export interface ChosenBuckets {
  readonly counting: readonly Bucket[];
  /** Those that tell of the same times in another way. */
  readonly leftOut: readonly Bucket[];
}

/**
 * Of each UTC day one series of buckets, since two of them tell the same amounts twice: the one that covers most of the
 * day, then the finest grouping, the narrowest buckets, the analytics API, and the newest. Days that one bucket spans are
 * decided together.
 */
export function chooseBuckets(buckets: readonly Bucket[]): ChosenBuckets {
  const counting: Bucket[] = [];
  const leftOut: Bucket[] = [];
  for (const together of groupsOfDays(buckets)) {
    const [best, ...others] = bySeries(together).sort(compareSeries);
    counting.push(...(best ?? []));
    leftOut.push(...others.flat());
  }
  return { counting, leftOut };
}

/** Buckets whose days overlap, each group apart from the others by whole UTC days. */
function groupsOfDays(buckets: readonly Bucket[]): readonly (readonly Bucket[])[] {
  const ordered = [...buckets].sort((a, b) => a.from - b.from || a.until - b.until || compareTexts(a.series, b.series));
  const groups: Bucket[][] = [];
  let dayAfter = -Infinity;
  for (const bucket of ordered) {
    if (bucket.from >= dayAfter) groups.push([]);
    groups.at(-1)?.push(bucket);
    dayAfter = Math.max(dayAfter, Math.ceil(bucket.until / DAY_MS) * DAY_MS);
  }
  return groups;
}

function bySeries(buckets: readonly Bucket[]): (readonly Bucket[])[] {
  const found = new Map<string, Bucket[]>();
  for (const bucket of buckets) {
    const alike = found.get(bucket.series);
    if (alike === undefined) found.set(bucket.series, [bucket]);
    else alike.push(bucket);
  }
  return [...found.values()];
}

/** The one that counts first. */
function compareSeries(a: readonly Bucket[], b: readonly Bucket[]): number {
  const [[x], [y]] = [a, b];
  if (x === undefined || y === undefined) return 0;
  return (
    coveredMs(b) - coveredMs(a) ||
    y.groupedBy.length - x.groupedBy.length ||
    x.until - x.from - (y.until - y.from) ||
    Number(isAnalytics(y)) - Number(isAnalytics(x)) ||
    newest(b) - newest(a) ||
    compareTexts(x.series, y.series)
  );
}

function isAnalytics({ kind }: Bucket): boolean {
  return kind === "analytics-cost" || kind === "analytics-usage";
}

function newest(buckets: readonly Bucket[]): number {
  return buckets.reduce((latest, { saidAt }) => Math.max(latest, saidAt), -Infinity);
}

function coveredMs(buckets: readonly BillSpan[]): number {
  return joinSpans(buckets).reduce((sum, { from, until }) => sum + until - from, 0);
}

/** The same times in order, joined where they touch or overlap. */
export function joinSpans(spans: readonly BillSpan[]): readonly BillSpan[] {
  const joined: BillSpan[] = [];
  for (const { from, until } of [...spans].sort((a, b) => a.from - b.from || a.until - b.until)) {
    const last = joined.at(-1);
    if (last === undefined || from > last.until) joined.push({ from, until });
    else joined[joined.length - 1] = { from: last.from, until: Math.max(last.until, until) };
  }
  return joined;
}
