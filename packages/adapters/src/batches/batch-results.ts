import { setImmediate as turn } from "node:timers/promises";
import {
  formatInstant,
  isEventOf,
  isResponse,
  type LedgerEvent,
  type RequestRecorded,
  type Timestamp,
} from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { parseJson } from "../ndjson/json-object.ts";
import { endedId, submissionId, type BatchCall } from "./batch-call.ts";
import { PROCESS_MEMORY, type BatchMemory } from "./batch-memory.ts";
import { isUnjoined, joined, readBy, readSomewhere, saysNothingNew } from "./join.ts";
import { completedAt, eventOfResult, readResult } from "./read-result.ts";

/** Results are looked up together, from so many on, and the rest when there are no more. */
const LOOKED_UP_TOGETHER = 2_000;
/** So many may wait for that, a few kilobytes each; others are recorded at once, and then once more. */
const HELD_MAX = 8_192;
/** As many are recorded before others have their turn. */
const RECORDED_PER_TURN = 64;

/** Readings of results that are not over. */
const open = new Set<BatchResults>();

/** Records all results that wait to be looked up as they are: the process is about to exit. */
export function recordHeldResults(): void {
  for (const results of open) results.recordHeld();
}

/** A result, and the request that it is of. */
interface HeldResult {
  readonly event: RequestRecorded;
  readonly custom: string;
}

/**
 * Records the results of one batch as somebody reads them, in any order, whole or in part, as often as they like.
 *
 * What their requests were is known from this process, or looked up in the ledger; where that takes too long, or the
 * process exits, they are recorded as they are, and mostly once more. Nobody waits for that, and nothing throws.
 */
export class BatchResults {
  readonly #sink: EventSink;
  readonly #batch: string;
  readonly #call: BatchCall;
  readonly #memory: BatchMemory;
  #endedAt: Timestamp | null;
  /** What is not recorded yet, by id. */
  readonly #held = new Map<string, HeldResult>();
  /** Of responses that were recorded without their requests, the names of these by the ids of the responses. */
  #unjoined = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();
  #isJoining = false;
  readonly #forgetClosing: () => void;

  /** @param memory Default: this process's. */
  constructor(sink: EventSink, batch: string, call: BatchCall, memory: BatchMemory = PROCESS_MEMORY) {
    this.#sink = sink;
    this.#batch = batch;
    this.#call = call;
    this.#memory = memory;
    this.#endedAt = memory.endOf(batch);
    this.#forgetClosing = sink.onClosing?.(() => this.end()) ?? ((): void => undefined);
    open.add(this);
  }

  /** Takes a line of the results, as the API sends it. */
  line(text: string): void {
    this.result(parseJson(text));
  }

  /** Takes a result. */
  result(json: unknown): void {
    try {
      const result = readResult(json);
      const event = result === null ? null : eventOfResult(result, this.#batch, this.#call.source, this.#time());
      if (result !== null && event !== null) this.#take({ event, custom: result.custom });
    } catch {
      // Something that no result is.
    }
  }

  /** To be called when there are no more, or nobody reads on. Resolves when all are handed over; never rejects. */
  async end(): Promise<void> {
    await this.#work;
    while (this.#held.size + this.#unjoined.size > 0) {
      this.#join();
      await this.#work;
    }
    open.delete(this);
    try {
      this.#forgetClosing();
    } catch {
      // A sink of somebody else's.
    }
  }

  #time(): { readonly occurredAt: Timestamp; readonly isEstimated: boolean } {
    const isEstimated = this.#endedAt === null;
    return { occurredAt: this.#endedAt ?? formatInstant(this.#call.nowMs), isEstimated };
  }

  #take({ event, custom }: HeldResult): void {
    const submission = this.#memory.submission(submissionId(this.#batch, custom));
    if (this.#sink.find === undefined) {
      const known = isResponse(event) && submission === null ? readSomewhere(event, this.#call) : event;
      this.#sink.record(isResponse(known) && submission !== null ? joined(known, submission) : known);
      return;
    }
    if (this.#endedAt !== null && submission !== null) {
      this.#sink.record(isResponse(event) ? joined(event, submission) : event);
      return;
    }
    if (this.#held.size < HELD_MAX) this.#held.set(event.id, { event, custom });
    else this.#recordUnjoined({ event, custom });
    if (this.#held.size + this.#unjoined.size >= LOOKED_UP_TOGETHER) this.#join();
  }

  /** Records what is held without its requests. */
  recordHeld(): void {
    for (const held of this.#held.values()) this.#recordUnjoined(held);
    this.#held.clear();
  }

  #recordUnjoined({ event, custom }: HeldResult): void {
    this.#sink.record(event);
    if (isResponse(event)) this.#unjoined.set(event.id, custom);
  }

  /** Looks up, one after the other, what waits: while that takes its time, more comes together. */
  #join(): void {
    if (this.#isJoining) return;
    this.#isJoining = true;
    this.#work = this.#work.then(() => this.#joinWaiting()).catch(() => undefined);
  }

  async #joinWaiting(): Promise<void> {
    const held = [...this.#held.values()];
    const unjoined = this.#unjoined;
    this.#unjoined = new Map();
    this.#isJoining = false;
    const waiting = [...held, ...Array.from(unjoined, ([id, custom]) => ({ event: { id }, custom }))];
    const ids = waiting.flatMap(({ event: { id }, custom }) => [id, submissionId(this.#batch, custom)]);
    const found = await this.#find([endedId(this.#batch), ...ids]);
    this.#learnEnd(found);
    for (const [index, { event, custom }] of held.entries()) {
      if (index % RECORDED_PER_TURN === RECORDED_PER_TURN - 1) await turn();
      // Not one that was recorded meanwhile: that is looked up again.
      if (!this.#held.delete(event.id)) continue;
      const timed = this.#endedAt === null ? event : completedAt(event, this.#endedAt);
      this.#recordJoined(timed, custom, found);
    }
    let recorded = 0;
    for (const [id, custom] of unjoined) {
      recorded += 1;
      if (recorded % RECORDED_PER_TURN === 0) await turn();
      const event = found?.get(id);
      if (event !== undefined && isResponse(event)) this.#recordJoined(event, custom, found);
    }
  }

  #learnEnd(found: ReadonlyMap<string, LedgerEvent> | null): void {
    const ended = found?.get(endedId(this.#batch));
    if (this.#endedAt !== null || ended === undefined || !isEventOf(ended, "BatchEnded")) return;
    this.#endedAt = ended.occurredAt;
    this.#memory.rememberEnd(this.#batch, ended.occurredAt);
  }

  /** @param found Null where nothing can be looked up. */
  #recordJoined(event: RequestRecorded, custom: string, found: ReadonlyMap<string, LedgerEvent> | null): void {
    const known = found?.get(event.id);
    const complete = found === null ? event : this.#withRequest(event, custom, known, found);
    if (known === undefined || !saysNothingNew(complete, known)) this.#sink.record(complete);
  }

  #withRequest(
    event: RequestRecorded,
    custom: string,
    known: LedgerEvent | undefined,
    found: ReadonlyMap<string, LedgerEvent>,
  ): RequestRecorded {
    if (!isResponse(event)) return event;
    const submission =
      found.get(submissionId(this.#batch, custom)) ?? this.#memory.submission(submissionId(this.#batch, custom));
    if (submission !== null && isEventOf(submission, "BatchRequestSubmitted")) return joined(event, submission);
    const isNew = known === undefined || (isResponse(known) && isUnjoined(known));
    return isNew ? readBy(event, this.#call) : event;
  }

  async #find(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerEvent> | null> {
    try {
      return (await this.#sink.find?.(ids)) ?? null;
    } catch {
      // The ledger is closed or cannot be read.
      return null;
    }
  }
}
