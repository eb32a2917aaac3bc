import { setImmediate as turn } from "node:timers/promises";
import type { BatchEnded, BatchSubmitted, KnownEvent, UsageRolledUp } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import { asRowHolds } from "../rows/unanswered.ts";
import type { Account } from "./account.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The API deletes results so long after a batch was created (read in its documentation on 2026-11-22). */
const RESULTS_KEPT_MS = 29 * DAY_MS;
/** A batch ends within a day of its creation, or expires. */
const PROCESSED_MS = DAY_MS;

/** A batch and how much of its results is recorded. */
export interface BatchRecord {
  readonly batch: string;
  readonly service: string | null;
  /** Null where only its end was recorded. */
  readonly submittedAt: Instant | null;
  /** Null where it is not known to have ended. */
  readonly endedAt: Instant | null;
  readonly requests: number;
  /** How many of these were answered, and so are billed; null where it is not known to have ended. */
  readonly succeeded: number | null;
  /** Requests of which the result is recorded, whatever it was. */
  readonly recorded: number;
  /** When its results are deleted; where its creation is not known, the earliest time at which they can be. */
  readonly deletedAt: Instant;
}

/** Events and rows that batches are looked for in; a view is one. */
export interface BatchSource {
  readonly others: readonly KnownEvent[];
  readonly rollups: readonly UsageRolledUp[];
  readonly files: readonly {
    readonly batches: readonly (readonly [batch: string, rows: number])[];
    /** The rows that do not count. */
    readonly current: Uint32Array;
    open(options: { readonly details: true }): Promise<RowBatch>;
  }[];
  readonly tail: readonly RowBatch[];
}

type Announced = Omit<BatchRecord, "recorded">;

/**
 * Batches of which results are still to be read, or were not read before they were deleted, in order of that day. One of
 * which all results are recorded is left out, as is one without an answer, and one whose results may have been pruned.
 */
export async function unreadBatches(source: BatchSource): Promise<readonly BatchRecord[]> {
  const announced = announcedIn(source.others, source.rollups);
  if (announced.length === 0) return [];
  const named = new Set(announced.map(({ batch }) => batch));
  const counts = new Counts();
  for (const batch of source.tail) counts.addRows(batch, named);
  for (const { batches, current } of source.files) {
    for (const [batch, rows] of batches) if (named.has(batch)) counts.add(batch, rows, Math.min(rows, current.length));
  }
  // Of how many rows that do not count a batch is, only their details tell, and only where it matters they are read.
  const doubtful = new Set(
    announced
      .filter(
        ({ batch, requests }) => counts.doubtful(batch) > 0 && counts.of(batch) - counts.doubtful(batch) < requests,
      )
      .map(({ batch }) => batch),
  );
  if (doubtful.size > 0) await countAgain(source, doubtful, counts);
  return unreadAmong(announced, counts);
}

/** As `unreadBatches`, of an account. */
export function unreadBatchesOf({ others, rollups, responses, failures }: Account): readonly BatchRecord[] {
  const counts = new Counts();
  for (const event of [...responses, ...failures]) {
    const { batch } = asRowHolds(event).ids;
    if (batch !== null) counts.add(batch, 1);
  }
  return unreadAmong(announcedIn(others, rollups), counts);
}

async function countAgain(source: BatchSource, batches: ReadonlySet<string>, counts: Counts): Promise<void> {
  for (const batch of batches) counts.reset(batch);
  for (const batch of source.tail) counts.addRows(batch, batches);
  for (const file of source.files) {
    const held = file.batches.filter(([batch]) => batches.has(batch));
    if (held.length === 0) continue;
    if (file.current.length === 0) for (const [batch, rows] of held) counts.add(batch, rows);
    else counts.addRows(await file.open({ details: true }), batches);
    await turn();
  }
}

/** How many results of batches are recorded. */
class Counts {
  readonly #rows = new Map<string, number>();
  readonly #doubtful = new Map<string, number>();

  /** @param doubtful How many of the rows may not count. */
  add(batch: string, rows: number, doubtful = 0): void {
    this.#rows.set(batch, this.of(batch) + rows);
    if (doubtful > 0) this.#doubtful.set(batch, this.doubtful(batch) + doubtful);
  }

  addRows({ rows, dead }: RowBatch, batches: ReadonlySet<string>): void {
    const details = rows.details();
    for (let row = 0; row < rows.count; row += 1) {
      if (dead !== null && dead[row] !== 0) continue;
      const { batch } = details.otherIds(row);
      if (batch !== null && batches.has(batch)) this.add(batch, 1);
    }
  }

  reset(batch: string): void {
    this.#rows.delete(batch);
    this.#doubtful.delete(batch);
  }

  of(batch: string): number {
    return this.#rows.get(batch) ?? 0;
  }

  doubtful(batch: string): number {
    return this.#doubtful.get(batch) ?? 0;
  }
}

function unreadAmong(announced: readonly Announced[], counts: Counts): readonly BatchRecord[] {
  return announced
    .map((each) => ({ ...each, recorded: counts.of(each.batch) }))
    .filter(({ recorded, requests }) => recorded < requests)
    .sort((a, b) => a.deletedAt - b.deletedAt || (a.batch < b.batch ? -1 : 1));
}

/** Batches that results are expected of. */
function announcedIn(others: readonly KnownEvent[], rollups: readonly UsageRolledUp[]): readonly Announced[] {
  const submitted = new Map<string, BatchSubmitted>();
  const ended = new Map<string, BatchEnded>();
  for (const event of others) {
    if (isEventOf(event, "BatchSubmitted")) submitted.set(event.batch, event);
    if (isEventOf(event, "BatchEnded")) ended.set(event.batch, event);
  }
  const prunedUntil = rollups.reduce((until, { occurredAt }) => Math.max(until, Date.parse(occurredAt)), -Infinity);
  return [...new Set([...submitted.keys(), ...ended.keys()])]
    .map((batch) => announcedBy(batch, submitted.get(batch), ended.get(batch)))
    .filter(({ succeeded }) => succeeded !== 0)
    .filter(({ submittedAt, endedAt }) => (endedAt ?? submittedAt ?? 0) > prunedUntil);
}

function announcedBy(batch: string, submitted: BatchSubmitted | undefined, ended: BatchEnded | undefined): Announced {
  const submittedAt = submitted === undefined ? null : Date.parse(submitted.occurredAt);
  const endedAt = ended === undefined ? null : Date.parse(ended.occurredAt);
  const counted = ended === undefined ? 0 : ended.succeeded + ended.errored + ended.canceled + ended.expired;
  return {
    batch,
    service: submitted?.context.service ?? null,
    submittedAt,
    endedAt,
    requests: ended === undefined ? (submitted?.requestCount ?? 0) : counted,
    succeeded: ended?.succeeded ?? null,
    deletedAt: (submittedAt ?? (endedAt ?? 0) - PROCESSED_MS) + RESULTS_KEPT_MS,
  };
}
