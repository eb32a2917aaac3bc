import { canonicalJson } from "../events/canonical.ts";
import type { BillLine, BillReported, KnownEvent } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";
import { parseUsd } from "../money/money.ts";
import { compareTexts } from "../text-order.ts";
import type { Bill, BillCostLine, BillSide, BillSpan, BillUsageLine, StatedAmount } from "./bill.ts";
import { bucketsOf, compareSaid, type Bucket, type ReportedInLines } from "./buckets.ts";
import { chooseBuckets, joinSpans } from "./choose-buckets.ts";

/** A period of the bill. */
export interface BillPeriod {
  /** Inclusive. */
  readonly since: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

/**
 * The bill account of a period: which lines of all that was reported count, once each.
 *
 * A line belongs to the period in which its time begins, so that neighbouring periods add up. Neither the order of events
 * nor their repetition matters, and no other event is looked at.
 */
export function billOf(events: readonly KnownEvent[], period: BillPeriod): Bill {
  const reported = events.filter((event) => isEventOf(event, "BillReported"));
  const inLines = reported.filter((event): event is ReportedInLines => event.report !== undefined);
  const isCost = ({ report: { kind } }: ReportedInLines): boolean =>
    kind === "cost-report" || kind === "analytics-cost";
  return {
    cost: sideOf(
      inLines.filter((event) => isCost(event)),
      period,
      costLine,
    ),
    usage: sideOf(
      inLines.filter((event) => !isCost(event)),
      period,
      usageLine,
    ),
    stated: statedOf(
      reported.filter(({ report }) => report === undefined),
      period,
    ),
  };
}

function sideOf<Line>(
  events: readonly ReportedInLines[],
  { since, until }: BillPeriod,
  toLine: (line: BillLine, bucket: Bucket) => Line | null,
): BillSide<Line> {
  const chosen = chooseBuckets(bucketsOf(events));
  const begins = ({ from }: BillSpan): boolean => from >= since && from < until;
  const counting = chosen.counting.filter(begins).sort((a, b) => a.from - b.from || a.until - b.until);
  const leftOut = chosen.leftOut.filter(begins);
  return {
    lines: counting
      .flatMap((bucket) => bucket.lines.map((line) => toLine(line, bucket)))
      .filter((line) => line !== null),
    covered: joinSpans(counting),
    groupedBy: sharedBy(counting.filter(({ lines }) => lines.length > 0).map(({ groupedBy }) => groupedBy)),
    incomplete: joinSpans(counting.filter(({ complete }) => !complete)),
    leftOut: leftOut.reduce((sum, { lines }) => sum + lines.length, 0),
    refreshedAt: counting.reduce<Instant | null>(
      // What was said when its time ended does not say when it was said; see `BillReported`.
      (latest, { saidAt, until: end }) => (saidAt === end ? latest : Math.max(latest ?? saidAt, saidAt)),
      null,
    ),
  };
}

/** What is in every list. */
function sharedBy([first = [], ...others]: readonly (readonly string[])[]): readonly string[] {
  return first.filter((name) => others.every((list) => list.includes(name)));
}

function costLine(line: BillLine, { kind, from, until }: Bucket): BillCostLine | null {
  if (line.usd === null) return null;
  const { dimensions, requests, listUsd } = line;
  const list = listUsd === null ? null : parseUsd(listUsd);
  return { kind, from, until, dimensions, requests, billed: parseUsd(line.usd), list };
}

function usageLine(line: BillLine, { kind, from, until }: Bucket): BillUsageLine | null {
  const { dimensions, requests, tokens, webSearchRequests } = line;
  return tokens === null ? null : { kind, from, until, dimensions, requests, tokens, webSearchRequests };
}

/** Of several amounts stated of the same period and the same dimensions the newest counts. */
function statedOf(events: readonly BillReported[], { since, until }: BillPeriod): readonly StatedAmount[] {
  const newest = new Map<string, BillReported>();
  for (const event of [...events].sort(compareSaid)) {
    newest.set(canonicalJson([event.from, event.until, event.dimensions]), event);
  }
  return [...newest]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([, event]) => statedAmount(event))
    .filter((amount) => amount !== null)
    .filter((amount) => amount.from < until && amount.until > since);
}

function statedAmount({ from, until, usd, dimensions, occurredAt }: BillReported): StatedAmount | null {
  if (usd === null) return null;
  return {
    from: Date.parse(from),
    until: Date.parse(until),
    billed: parseUsd(usd),
    dimensions,
    statedAt: Date.parse(occurredAt),
  };
}
