import { money, TOKEN_BUCKETS, type Instant, type Money } from "@farthing/ledger";
import type { Cell } from "./cell-grid.ts";
import type { Cells } from "./cells.ts";
import type { Evidence } from "./evidence.ts";
import { Pools, type Pool } from "./pools.ts";
import type { BillItem, DimensionValues, ResidualCause, ResidualClass, Slice } from "./reconciliation.ts";

/** A share of a difference in usage, with its cause. */
export interface CausedShare {
  readonly class: ResidualClass;
  readonly cause: ResidualCause;
  /** Of the difference, how much; null for all that is left. */
  readonly quantity: bigint | null;
}

interface BatchPool extends Pool {
  readonly submittedAt: Instant;
  readonly occurredAt: Instant;
}

/** Reports hold usage within five minutes (Usage and Cost API documentation, checked 2026-11-22). */
const REPORT_DELAY_MS = 300_000;

/**
 * Finds causes of differences in usage. Evidence that tells how much it explains is used up; what is asked for first has
 * it first, so cells must be asked in order of time.
 */
export class Causes {
  readonly #cells: Cells;
  readonly #evidence: Evidence;
  readonly #refreshedAt: Instant | null;
  readonly #batches: Pools<BatchPool>;
  /** What of a batch another time was given, by the time the ledger counts it at. */
  readonly #moved: Pools<Pool>;
  readonly #dropped: readonly (Pool & { readonly at: Instant; readonly item: BillItem })[];
  readonly #repeated: Pools<Pool>;

  constructor(cells: Cells, evidence: Evidence, refreshedAt: Instant | null) {
    this.#cells = cells;
    this.#evidence = evidence;
    this.#refreshedAt = refreshedAt;
    this.#batches = new Pools(cells.comparedBy);
    this.#moved = new Pools(cells.comparedBy);
    this.#repeated = new Pools(cells.comparedBy);
    this.#dropped = evidence.dropped.flatMap(({ at, tokens }) =>
      TOKEN_BUCKETS.map((item) => ({ at, item, left: BigInt(tokens[item]) })),
    );
    for (const usage of evidence.batches) {
      const { submittedAt, occurredAt, quantities } = usage;
      for (const [item, left] of quantities) {
        const start = this.#startOf(occurredAt);
        const dimensions = cells.knownOf(usage, item);
        this.#batches.add([item], dimensions, { submittedAt, occurredAt, left });
        if (this.#startOf(submittedAt) < start) this.#moved.merge([item, start], dimensions, left);
      }
    }
    for (const usage of evidence.repeated) {
      for (const [item, left] of usage.quantities) {
        const start = this.#startOf(usage.occurredAt);
        this.#repeated.merge([item, start], cells.knownOf(usage, item), left);
      }
    }
  }

  /** Why a cell holds less of an item than the bill; a quantity of null where the bill tells amounts alone. */
  ofMissing(cell: Cell, item: BillItem, quantity: bigint | null): readonly CausedShare[] {
    const whole = this.#wholeCause(cell, item);
    if (whole !== null) return [{ class: "not-captured", cause: whole, quantity: null }];
    const shares: CausedShare[] = [];
    let left = quantity ?? 0n;
    const take = (pools: readonly Pool[], kind: ResidualClass, cause: ResidualCause): void => {
      const taken = drain(pools, left);
      left -= taken;
      if (taken > 0n) shares.push({ class: kind, cause, quantity: taken });
    };
    if (quantity !== null) {
      take(this.#endingAfter(cell, item), "late", "batch-ended-later");
      take(
        this.#dropped.filter((drop) => drop.item === item && isWithin(drop.at, cell.slice)),
        "not-captured",
        "events-dropped",
      );
      if (left === 0n) return shares;
    }
    return [...shares, { ...this.#openCause(cell, item), quantity: null }];
  }

  /** Why a cell holds more of an item than the bill. */
  ofExcess(cell: Cell, item: BillItem, quantity: bigint | null): readonly CausedShare[] {
    if (this.#refreshedAt !== null && cell.slice.until > this.#refreshedAt - REPORT_DELAY_MS) {
      return [{ class: "late", cause: "report-not-final", quantity: null }];
    }
    if (quantity === null) return [UNKNOWN];
    const shares: CausedShare[] = [];
    let left = quantity;
    const take = (pools: Pools<Pool>, kind: ResidualClass, cause: ResidualCause): void => {
      const taken = drain(pools.matching([item, cell.slice.from], cell.dimensions), left);
      left -= taken;
      if (taken > 0n) shares.push({ class: kind, cause, quantity: taken });
    };
    take(this.#moved, "late", "batch-billed-earlier");
    take(this.#repeated, "double-counted", "recorded-twice");
    return left === 0n ? shares : [...shares, UNKNOWN];
  }

  /** Items of batches that had not ended with a cell. Those that had, no later cell asks for. */
  #endingAfter({ dimensions, slice }: Cell, item: BillItem): readonly Pool[] {
    return this.#batches
      .matching([item], dimensions, ({ left, occurredAt }) => left > 0n && occurredAt >= slice.until)
      .filter(({ submittedAt }) => submittedAt < slice.until);
  }

  /** A cause that explains all of it. */
  #wholeCause({ dimensions, items }: Cell, item: BillItem): ResidualCause | null {
    if (item === "codeExecution") return "not-in-responses";
    if (isUnseen(this.#cells, "apiKey", dimensions)) return "key-never-seen";
    if (isUnseen(this.#cells, "workspace", dimensions)) return "workspace-never-seen";
    const isOfNoToken = item === "unnamed" && this.#cells.isByTokenType;
    return isOfNoToken && isNotRecorded(items.get(item)) ? "not-in-responses" : null;
  }

  /** A cause that does not tell how much it explains. */
  #openCause(cell: Cell, item: BillItem): Pick<CausedShare, "class" | "cause"> {
    const { slice, dimensions } = cell;
    if (this.#wasOff(cell)) return { class: "not-captured", cause: "capture-off" };
    const mayBeBatch = dimensions.serviceTier === undefined || dimensions.serviceTier === "batch";
    if (
      mayBeBatch &&
      this.#evidence.unreadBatches.some(({ from, until }) => from < slice.until && until > slice.from)
    ) {
      return { class: "late", cause: "batch-results-unread" };
    }
    if (!this.#cells.isRecorded(slice, dimensions.apiKey ?? null))
      return { class: "not-captured", cause: "hours-without-record" };
    const isOutput = item === "output" && cell.items.get(item)?.lowerBound === true;
    return isOutput ? { class: "not-captured", cause: "streams-left-early" } : UNKNOWN;
  }

  /** Whether a service that can have made these calls says that it was not recording at some time of the cell. */
  #wasOff({ slice, dimensions, services }: Cell): boolean {
    const key = dimensions.apiKey;
    const known = key === undefined ? null : (this.#cells.servicesByKey.get(key) ?? services);
    return this.#evidence.captures.some(({ service, firstAt, spans }) => {
      if (known !== null && !known.has(service)) return false;
      return firstAt < slice.until && recordedWithin(spans, slice) < slice.until - slice.from;
    });
  }

  #startOf(at: Instant): Instant {
    const width = this.#cells.by === "hour" ? 3_600_000 : 86_400_000;
    return Math.floor(at / width) * width;
  }
}

const UNKNOWN = { class: "unexplained", cause: "unknown", quantity: null } as const;

/** The part of an amount that falls to a share of a quantity; the rest falls to the last. */
export function sharedAmounts(usd: Money, quantity: bigint | null, shares: readonly CausedShare[]): readonly Money[] {
  let left: bigint = usd;
  return shares.map((share, index) => {
    const isLast = index === shares.length - 1;
    const part = isLast || quantity === null || share.quantity === null ? left : (usd * share.quantity) / quantity;
    left -= part;
    return money(part);
  });
}

function isUnseen({ comparedBy, seen }: Cells, name: "apiKey" | "workspace", dimensions: DimensionValues): boolean {
  const value = dimensions[name];
  return comparedBy.includes(name) && value !== undefined && seen.get(name)?.has(value) !== true;
}

function isNotRecorded(
  item: { readonly pricedQuantity: bigint; readonly unpricedQuantity: bigint } | undefined,
): boolean {
  return item === undefined || item.pricedQuantity + item.unpricedQuantity === 0n;
}

function recordedWithin(spans: readonly { readonly since: Instant; readonly until: Instant }[], slice: Slice): number {
  return spans.reduce(
    (total, { since, until }) => total + Math.max(0, Math.min(until, slice.until) - Math.max(since, slice.from)),
    0,
  );
}

function isWithin(at: Instant, { from, until }: Slice): boolean {
  return at >= from && at < until;
}

/** Takes up to an amount out of pools, and says how much. */
function drain(pools: readonly Pool[], wanted: bigint): bigint {
  let taken = 0n;
  for (const pool of pools) {
    const part = pool.left < wanted - taken ? pool.left : wanted - taken;
    pool.left -= part;
    taken += part;
  }
  return taken;
}
