import { createHash } from "node:crypto";
import {
  add,
  canonicalJson,
  formatUsd,
  parseUsd,
  ZERO,
  type BillLine,
  type BillReport,
  type BillReported,
} from "@farthing/ledger";
import type { Page, PageBucket } from "./page.ts";

/** What events name as their source. */
const BILL_SOURCE = "bill-report";

const ID_DIGITS = 32;

/**
 * What the pages of one report tell, one event for each of its times. The order of pages does not matter, and a page given
 * twice counts once.
 *
 * @param cutTimes Whether rows of a time may follow on a page that is not there.
 */
export function reportedEvents(pages: readonly Page[], cutTimes: (from: string) => boolean): readonly BillReported[] {
  const once = [...new Map(pages.map((page) => [canonicalJson({ ...page, name: "" }), page])).values()];
  const events = new Map<string, BillReported>();
  for (const kind of new Set(once.map((page) => page.kind))) {
    const ofKind = once.filter((page) => page.kind === kind);
    const lines = ofKind.flatMap(({ buckets }) => buckets.flatMap((bucket) => bucket.lines));
    const groupedBy = [...new Set(lines.flatMap(({ dimensions }) => Object.keys(dimensions)))].sort();
    for (const { bucket, refreshedAt } of wholeBuckets(ofKind)) {
      const complete = !bucket.hasBadRow && !cutTimes(bucket.from);
      const report: BillReport = { kind, groupedBy, complete, lines: inOrder(bucket.lines) };
      const event = eventOf(report, bucket, refreshedAt);
      events.set(event.id, event);
    }
  }
  return [...events.values()];
}

interface DatedBucket {
  readonly bucket: PageBucket;
  readonly refreshedAt: string | null;
}

/**
 * The Admin API never divides a time between pages, so each sighting of one is whole; rows of the analytics API that tell
 * of the same time belong together, whichever page they are on.
 */
function wholeBuckets(pages: readonly Page[]): readonly DatedBucket[] {
  const joined = new Map<string, DatedBucket>();
  const single: DatedBucket[] = [];
  for (const { kind, buckets, refreshedAt } of pages) {
    for (const bucket of buckets) {
      if (kind === "usage-report" || kind === "cost-report") {
        single.push({ bucket, refreshedAt });
        continue;
      }
      const key = `${bucket.from} ${bucket.until}`;
      const known = joined.get(key);
      joined.set(key, known === undefined ? { bucket, refreshedAt } : together(known, { bucket, refreshedAt }));
    }
  }
  return [...single, ...joined.values()];
}

function together(a: DatedBucket, b: DatedBucket): DatedBucket {
  const { from, until } = a.bucket;
  const lines = [...a.bucket.lines, ...b.bucket.lines];
  const [older = null, newer = older] = [a.refreshedAt, b.refreshedAt].filter((at) => at !== null).sort();
  return {
    bucket: { from, until, lines, hasBadRow: a.bucket.hasBadRow || b.bucket.hasBadRow },
    refreshedAt: newer,
  };
}

function inOrder(lines: readonly BillLine[]): readonly BillLine[] {
  const keyed = lines.map((line) => ({ line, key: canonicalJson(line) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ line }) => line);
}

function eventOf(report: BillReport, { from, until }: PageBucket, refreshedAt: string | null): BillReported {
  const occurredAt = refreshedAt ?? until;
  const digest = createHash("sha256").update(canonicalJson({ from, until, occurredAt, report })).digest("hex");
  return {
    type: "BillReported",
    version: 1,
    id: `bill:${digest.slice(0, ID_DIGITS)}`,
    occurredAt,
    sources: [BILL_SOURCE],
    from,
    until,
    usd: usdOf(report),
    dimensions: {},
    report,
    raw: null,
  };
}

/** The sum of the lines; null for a report that tells only usage. */
function usdOf({ kind, lines }: BillReport): string | null {
  if (kind === "usage-report" || kind === "analytics-usage") return null;
  return formatUsd(lines.reduce((total, { usd }) => (usd === null ? total : add(total, parseUsd(usd))), ZERO));
}
