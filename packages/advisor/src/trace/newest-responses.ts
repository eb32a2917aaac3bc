import {
  requestOfRow,
  workloadOf,
  type BilledResponse,
  type Instant,
  type RequestRows,
  type RowBatch,
  type RowTest,
} from "@farthing/ledger";

/** Rows that can be read from their start as often as needed. */
export interface RowSource {
  /** @param details Whether what `RequestRows.details` gives is needed. */
  batches(options: { readonly details: boolean }): AsyncIterable<RowBatch>;
}

/** The responses that a trace is made from. */
export interface NewestResponses {
  readonly responses: readonly BilledResponse[];
  /** Where older wanted ones were left out, when the first of those kept started; else null. */
  readonly from: Instant | null;
}

/**
 * The billed responses to make a trace of: those that are wanted, and the others of their workloads up to the last of
 * them, which prove what was cached before. Of more than `max` the newest.
 *
 * Reads the rows twice without details to choose, and once with them. Memory grows with `max` alone.
 */
export async function newestResponses(
  source: RowSource,
  isWantedIn: (rows: RequestRows) => RowTest,
  max: number,
): Promise<NewestResponses> {
  const wanted = await surveyWanted(source, isWantedIn);
  if (wanted === null) return { responses: [], from: null };
  const cutoff = await startOfNewest(source, wanted, max);
  const responses: BilledResponse[] = [];
  for await (const batch of source.batches({ details: true })) {
    const startOf = candidatesIn(batch, wanted);
    for (let row = 0; row < batch.rows.count; row += 1) {
      if (!(startOf(row) >= cutoff)) continue;
      const request = requestOfRow(batch.rows, row);
      if (request.type !== "RequestFailed") responses.push(request);
    }
  }
  return { responses, from: cutoff > wanted.first ? cutoff : null };
}

/** Which responses are wanted, as far as choosing others by them needs. */
interface Wanted {
  readonly workloads: ReadonlySet<string | null>;
  /** When the first and the last of them started. */
  readonly first: Instant;
  readonly last: Instant;
}

async function surveyWanted(source: RowSource, isWantedIn: (rows: RequestRows) => RowTest): Promise<Wanted | null> {
  const workloads = new Set<string | null>();
  let first = Infinity;
  let last = -Infinity;
  for await (const { rows, dead } of source.batches({ details: false })) {
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
  return workloads.size === 0 ? null : { workloads, first, last };
}

/** When the `max`th newest candidate started; -Infinity where there are not as many. */
async function startOfNewest(source: RowSource, wanted: Wanted, max: number): Promise<Instant> {
  const starts = new Float64Array(2 * max);
  let count = 0;
  let cutoff = -Infinity;
  for await (const batch of source.batches({ details: false })) {
    const startOf = candidatesIn(batch, wanted);
    for (let row = 0; row < batch.rows.count; row += 1) {
      const start = startOf(row);
      if (!(start >= cutoff)) continue;
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
  if (count <= max) return cutoff;
  return starts.subarray(0, count).sort()[count - max] ?? -Infinity;
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
      known[context] = wanted.workloads.has(workloadOf(rows.contexts.at(context))) ? 1 : 0;
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
