import { workloadOf, type Instant, type RequestRows, type RowBatch, type RowTest } from "@farthing/ledger";
import type { AskedCall } from "./from-account.ts";
import { callOfRow } from "./recorded-call.ts";

/** Rows that can be read as often as needed. A `LedgerView` is this. */
export interface RowSource {
  readonly files: readonly { open(options: { readonly details: boolean }): Promise<RowBatch> }[];
  /** Rows that are in no file, with their details. */
  readonly tail: readonly RowBatch[];
}

/** The responses that a trace is made from. */
export interface NewestResponses {
  readonly calls: readonly AskedCall[];
  /** Where older wanted ones were left out, when the first of those kept started; else null. */
  readonly from: Instant | null;
}

/**
 * The billed responses to make a trace of: those that are wanted, and the others of their workloads up to the last of
 * them, which prove what was cached before. Of more than `max` the newest.
 *
 * Reads rows without their details to choose, and then only those files again in which some were chosen. Memory grows
 * with `max` alone.
 *
 * @param isWantedIn Null where all are wanted.
 */
export async function newestResponses(
  source: RowSource,
  isWantedIn: ((rows: RequestRows) => RowTest) | null,
  max: number,
): Promise<NewestResponses> {
  const parts = partsOf(source);
  const wanted = isWantedIn === null ? EVERYTHING : await surveyWanted(parts, isWantedIn);
  const { cutoff, first, newestOf } = await findNewest(parts, wanted, max);
  const calls: AskedCall[] = [];
  for (const [index, part] of parts.entries()) {
    if (!((newestOf[index] ?? NaN) >= cutoff)) continue;
    const batch = await part.open({ details: true });
    const startOf = candidatesIn(batch, wanted);
    const isWanted = isWantedIn?.(batch.rows) ?? (() => true);
    const chosen: number[] = [];
    for (let row = 0; row < batch.rows.count; row += 1) if (startOf(row) >= cutoff) chosen.push(row);
    const promptOf = batch.rows.details().promptsOf(chosen);
    for (const row of chosen) calls.push({ call: callOfRow(batch.rows, row, promptOf), isWanted: isWanted(row) });
  }
  const firstWanted = isWantedIn === null ? first : wanted.first;
  return { calls, from: cutoff > firstWanted ? cutoff : null };
}

type Part = RowSource["files"][number];

/** The newest rows are mostly in what comes last, and the sooner they are met, the less else has to be looked at. */
function partsOf({ files, tail }: RowSource): readonly Part[] {
  return [...files, ...tail.map((batch) => ({ open: () => Promise.resolve(batch) }))].reverse();
}

/** Which responses are wanted, as far as choosing others by them needs. */
interface Wanted {
  /** Null for all. */
  readonly workloads: ReadonlySet<string | null> | null;
  /** When the first and the last of them started. */
  readonly first: Instant;
  readonly last: Instant;
}

const EVERYTHING: Wanted = { workloads: null, first: -Infinity, last: Infinity };

async function surveyWanted(parts: readonly Part[], isWantedIn: (rows: RequestRows) => RowTest): Promise<Wanted> {
  const workloads = new Set<string | null>();
  let first = Infinity;
  let last = -Infinity;
  for (const part of parts) {
    const { rows, dead } = await part.open({ details: false });
    const isWanted = isWantedIn(rows);
    const isBilled = billedTerms(rows);
    const seen = new Uint8Array(rows.contexts.length);
    for (let row = 0; row < rows.count; row += 1) {
      if ((dead !== null && dead[row] !== 0) || isBilled[rows.termsOf[row] ?? 0] === 0 || !isWanted(row)) continue;
      const start = startOfRow(rows, row);
      if (start < first) first = start;
      if (start > last) last = start;
      const context = rows.contextOf[row] ?? 0;
      if (seen[context] === 0) {
        seen[context] = 1;
        workloads.add(workloadOf(rows.contexts.at(context)));
      }
    }
  }
  return { workloads, first, last };
}

interface Newest {
  /** When the `max`th newest candidate started; -Infinity where there are not as many. */
  readonly cutoff: Instant;
  /** When the first candidate looked at started; before the cutoff where any did. */
  readonly first: Instant;
  /** By part, when its newest candidate started; NaN where it has none that is new enough. */
  readonly newestOf: Float64Array;
}

async function findNewest(parts: readonly Part[], wanted: Wanted, max: number): Promise<Newest> {
  const newestOf = new Float64Array(parts.length).fill(NaN);
  const starts = new Float64Array(2 * max);
  let count = 0;
  let cutoff = -Infinity;
  let first = Infinity;
  for (const [index, part] of parts.entries()) {
    const batch = await part.open({ details: false });
    const startOf = candidatesIn(batch, wanted);
    // Rows are in order of their start, so that those before one that is too old are too old as well.
    for (let row = batch.rows.count - 1; row >= 0; row -= 1) {
      const start = startOf(row);
      if (start < first) first = start;
      if (placeInTime(batch.rows, row) < cutoff) {
        // Whether any older one counts is all that is left to know.
        if (first < cutoff || !Number.isNaN(start)) break;
        continue;
      }
      if (!(start >= cutoff)) continue;
      if (!(start <= (newestOf[index] ?? NaN))) newestOf[index] = start;
      if (count === starts.length) {
        starts.sort();
        starts.copyWithin(0, max);
        count = max;
        cutoff = starts[0] ?? -Infinity;
      }
      starts[count] = start;
      count += 1;
    }
  }
  if (count > max) cutoff = starts.subarray(0, count).sort()[count - max] ?? -Infinity;
  return { cutoff, first, newestOf };
}

/** For each row that may be kept when its request started; NaN for every other. */
function candidatesIn({ rows, dead }: RowBatch, wanted: Wanted): (row: number) => number {
  const isBilled = billedTerms(rows);
  const UNKNOWN = 2;
  const known = new Uint8Array(rows.contexts.length).fill(UNKNOWN);
  return (row) => {
    if ((dead !== null && dead[row] !== 0) || isBilled[rows.termsOf[row] ?? 0] === 0) return NaN;
    const start = startOfRow(rows, row);
    if (start > wanted.last) return NaN;
    const context = rows.contextOf[row] ?? 0;
    if (known[context] === UNKNOWN) {
      const { workloads } = wanted;
      known[context] = workloads === null || workloads.has(workloadOf(rows.contexts.at(context))) ? 1 : 0;
    }
    return known[context] === 1 ? start : NaN;
  };
}

/** By index of terms, 1 for those of responses that the user pays for. */
function billedTerms(rows: RequestRows): Uint8Array {
  return Uint8Array.from({ length: rows.terms.length }, (_, index) => {
    const { kind, billedTo } = rows.terms.at(index);
    return kind !== "failed" && billedTo === "self" ? 1 : 0;
  });
}

/** As in a trace: a start that is unknown, or after the end, counts as the end. */
function startOfRow({ startedAt, occurredAt }: RequestRows, row: number): Instant {
  const start = startedAt[row] ?? NaN;
  const end = occurredAt[row] ?? NaN;
  return start < end ? start : end;
}

/** What rows are in order of, which is no earlier than `startOfRow`. */
function placeInTime({ startedAt, occurredAt }: RequestRows, row: number): Instant {
  const start = startedAt[row] ?? NaN;
  return Number.isNaN(start) ? (occurredAt[row] ?? NaN) : start;
}
