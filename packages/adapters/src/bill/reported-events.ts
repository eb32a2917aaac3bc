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
    const groupedBy = [
      ...new Set(ofKind.flatMap(({ buckets }) => buckets.flatMap((bucket) => bucket.groupedBy))),
    ].sort();
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
  const joined = new Map<string, DatedBucket[]>();
  const single: DatedBucket[] = [];
  for (const { kind, buckets, refreshedAt } of pages) {
    for (const bucket of buckets) {
      if (kind === "usage-report" || kind === "cost-report") {
        single.push({ bucket, refreshedAt });
        continue;
      }
      const key = `${bucket.from} ${bucket.until}`;
      const known = joined.get(key);
      if (known === undefined) joined.set(key, [{ bucket, refreshedAt }]);
      else known.push({ bucket, refreshedAt });
    }
  }
  return [...single, ...[...joined.values()].map(together)];
}

function together(parts: readonly DatedBucket[]): DatedBucket {
  const { from, until } = parts[0]?.bucket ?? { from: "", until: "" };
  const newest =
    parts
      .flatMap(({ refreshedAt }) => refreshedAt ?? [])
      .sort()
      .at(-1) ?? null;
  const buckets = parts.map(({ bucket }) => bucket);
  return {
    bucket: {
      from,
      until,
      lines: buckets.flatMap(({ lines }) => lines),
      groupedBy: buckets.flatMap(({ groupedBy }) => groupedBy),
      hasBadRow: buckets.some(({ hasBadRow }) => hasBadRow),
    },
    refreshedAt: newest,
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
