import { sum, type Bill, type BillSpan, type Instant, type Money, type PriceBook } from "@farthing/ledger";
import type { Slice } from "../reconcile/reconciliation.ts";
import { statedWithin } from "../reconcile/stated-amount.ts";
import { linesOfCost, linesOfUsage, type BilledSide } from "./billed-lines.ts";
import { ceilingPrices } from "./ceilings.ts";
import { billedServices, type RankedSide } from "./billed-services.ts";
import type { DayZero } from "./day-zero.ts";
import { rankRows } from "./rank-rows.ts";

export interface DayZeroInput {
  /** Of all time. */
  readonly bill: Bill;
  readonly book: PriceBook;
  /** In percent; null where none is set. Used only where the bill tells no list amounts. */
  readonly discountPercent: string | null;
  /** In which stated amounts begin and end. */
  readonly timeZone: string;
  readonly now: Instant;
}

/** Reads a bill that no recorded call stands beside. Null where nothing is told of any time. */
export function dayZeroOf(input: DayZeroInput): DayZero | null {
  const { bill, book, discountPercent, now } = input;
  const prices = ceilingPrices(book, now);
  const { cost, usage } = bill;
  const ranked = ({ basis, told, lines }: BilledSide): RankedSide => ({ basis, told, rows: rankRows(lines, prices) });
  const [ofCost, ofUsage] = [ranked(linesOfCost(bill, discountPercent, book)), ranked(linesOfUsage(bill, book))];
  const isOfUsage = cost.lines.length === 0 && usage.lines.length > 0;
  const [side, chosen, other] = isOfUsage ? [usage, ofUsage, ofCost] : [cost, ofCost, ofUsage];
  const period = endsOf(side.covered);
  if (period === null) return ofStated(input);
  const amounts = chosen.rows.map(({ usd }) => usd).filter((usd) => usd !== null);
  return {
    ...period,
    coveredMs: lengthOf(side.covered),
    complete: side.incomplete.length === 0,
    basis: chosen.basis,
    usd: amounts.length === 0 && chosen.rows.length > 0 ? null : sum(amounts),
    billedUsd: isOfUsage || chosen.basis === "billed-amount" ? null : sum(cost.lines.map(({ billed }) => billed)),
    statedUsd: statedOf(bill, period),
    linesLeftOut: side.leftOut,
    usageLeftOut: isOfUsage ? 0 : usage.lines.filter(({ from }) => !isWithin(cost.covered, from)).length,
    told: chosen.told,
    rows: chosen.rows,
    services: billedServices([chosen, other]),
    timeZone: "UTC",
    now,
  };
}

/** Of one amount for everything there is nothing to rank. */
function ofStated({ bill, timeZone, now }: DayZeroInput): DayZero | null {
  const stated = statedWithin(bill, EVER);
  const period = endsOf(stated?.spans ?? []);
  if (stated === null || period === null) return null;
  return {
    ...period,
    coveredMs: lengthOf(stated.spans),
    complete: true,
    basis: "stated",
    usd: stated.usd,
    billedUsd: null,
    statedUsd: stated.usd,
    linesLeftOut: 0,
    usageLeftOut: 0,
    told: [],
    rows: [],
    services: null,
    timeZone,
    now,
  };
}

const EVER: Slice = { from: -8.64e15, until: 8.64e15 };
/** No zone is further from UTC. */
const ZONE_MS_MAX = 14 * 3_600_000;

/** What was stated of just this time; months of an invoice end where they do somewhere in the world. */
function statedOf(bill: Bill, { from, until }: Slice): Money | null {
  const stated = statedWithin(bill, { from: from - ZONE_MS_MAX, until: until + ZONE_MS_MAX });
  const ends = endsOf(stated?.spans ?? []);
  const isNear = (a: Instant, b: Instant): boolean => Math.abs(a - b) <= ZONE_MS_MAX;
  const isOfIt = ends !== null && isNear(ends.from, from) && isNear(ends.until, until);
  return isOfIt ? (stated?.usd ?? null) : null;
}

function endsOf(spans: readonly BillSpan[]): Slice | null {
  if (spans.length === 0) return null;
  return { from: Math.min(...spans.map(({ from }) => from)), until: Math.max(...spans.map(({ until }) => until)) };
}

function lengthOf(spans: readonly BillSpan[]): number {
  return spans.reduce((total, { from, until }) => total + until - from, 0);
}

function isWithin(spans: readonly BillSpan[], at: Instant): boolean {
  return spans.some(({ from, until }) => at >= from && at < until);
}
