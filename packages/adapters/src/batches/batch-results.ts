import { canonicalJson, formatInstant, isEventOf, isResponse, merge, type LedgerEvent } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { parseJson } from "../ndjson/json-object.ts";
import { endedId, submissionId, type BatchCall } from "./batch-call.ts";
import { PROCESS_MEMORY, type BatchMemory } from "./batch-memory.ts";
import { isUnjoined, joined, readBy, readSomewhere } from "./join.ts";
import { eventOfResult, readResult, type BatchResult, type ResultsRead } from "./read-result.ts";

/** Responses that wait to be joined are looked up together, from so many on, and the rest when there are no more. */
const LOOKED_UP_TOGETHER = 1_000;
/** Results that may wait for the end of their batch to be looked up; with more, its time is estimated. */
const HELD_MAX = 4_096;

/**
 * Records the results of one batch as somebody reads them, in any order, whole or in part, as often as they like.
 *
 * Each is recorded at once. What its request was is known from this process, or looked up in the ledger, and then
 * recorded as another sighting of the same response. Nothing is waited for, and nothing throws.
 */
export class BatchResults {
  readonly #sink: EventSink;
  readonly #batch: string;
  readonly #call: BatchCall;
  readonly #memory: BatchMemory;
  /** When the batch ended; null while that is being looked up. */
  #read: ResultsRead | null = null;
  #held: BatchResult[] = [];
  /** Of responses that were recorded without their requests, the names of these by the ids of the responses. */
  #unjoined = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();
  #isJoining = false;

  /** @param memory Default: this process's. */
  constructor(sink: EventSink, batch: string, call: BatchCall, memory: BatchMemory = PROCESS_MEMORY) {
    this.#sink = sink;
    this.#batch = batch;
    this.#call = call;
    this.#memory = memory;
    const endedAt = memory.endOf(batch);
    if (endedAt !== null || sink.find === undefined) this.#startAt(endedAt);
    else this.#work = this.#lookUpEnd();
  }

  /** Takes a line of the results, as the API sends it. */
  line(text: string): void {
    this.result(parseJson(text));
  }

  /** Takes a result. */
  result(json: unknown): void {
    try {
      const result = readResult(json);
      if (result === null) return;
      if (this.#read !== null) {
        this.#record(result, this.#read);
        return;
      }
      this.#held.push(result);
      if (this.#held.length >= HELD_MAX) this.#startAt(null);
    } catch {
      // Something that no result is.
    }
  }

  /** To be called when there are no more, or nobody reads on. Resolves when everything is handed over; never rejects. */
  async end(): Promise<void> {
    await this.#work;
    while (this.#unjoined.size > 0 && this.#sink.find !== undefined) {
      this.#join();
      await this.#work;
    }
  }

  #startAt(endedAt: string | null): void {
    if (this.#read !== null) return;
    this.#read = {
      batch: this.#batch,
      occurredAt: endedAt ?? formatInstant(this.#call.nowMs),
      occurredAtProvenance: endedAt === null ? "estimated" : "derived",
      source: this.#call.source,
    };
    const held = this.#held;
    this.#held = [];
    for (const result of held) this.#record(result, this.#read);
  }

  async #lookUpEnd(): Promise<void> {
    const found = await this.#find([endedId(this.#batch)]);
    const ended = found.get(endedId(this.#batch));
    const isKnown = ended !== undefined && isEventOf(ended, "BatchEnded");
    if (isKnown) this.#memory.rememberEnd(this.#batch, ended.occurredAt);
    this.#startAt(isKnown ? ended.occurredAt : null);
  }

  #record(result: BatchResult, read: ResultsRead): void {
    const event = eventOfResult(result, read);
    if (event === null) return;
    if (!isResponse(event)) {
      this.#sink.record(event);
      return;
    }
    const submission = this.#memory.submission(submissionId(this.#batch, result.custom));
    if (submission !== null) {
      this.#sink.record(joined(event, submission));
      return;
    }
    if (this.#sink.find === undefined) {
      this.#sink.record(readSomewhere(event, this.#call));
      return;
    }
    this.#sink.record(event);
    this.#unjoined.set(event.id, result.custom);
    if (this.#unjoined.size >= LOOKED_UP_TOGETHER) this.#join();
  }

  /** Looks up, one after the other, what waits: while that takes its time, more comes together. */
  #join(): void {
    if (this.#isJoining) return;
    this.#isJoining = true;
    this.#work = this.#work.then(() => this.#joinWaiting());
  }

  async #joinWaiting(): Promise<void> {
    const waiting = this.#unjoined;
    this.#unjoined = new Map();
    this.#isJoining = false;
    const requests = Array.from(waiting.values(), (custom) => submissionId(this.#batch, custom));
    const found = await this.#find([...waiting.keys(), ...requests]);
    for (const [id, custom] of waiting) {
      const response = found.get(id);
      const submission = found.get(submissionId(this.#batch, custom));
      if (response === undefined || !isResponse(response)) continue;
      const isSubmitted = submission !== undefined && isEventOf(submission, "BatchRequestSubmitted");
      if (isSubmitted) this.#recordNew(response, joined(response, submission));
      else if (isUnjoined(response)) this.#recordNew(response, readBy(response, this.#call));
    }
  }

  /** Results that are read again say nothing new. */
  #recordNew(known: LedgerEvent, event: LedgerEvent): void {
    if (canonicalJson(merge(known, event)) !== canonicalJson(known)) this.#sink.record(event);
  }

  async #find(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerEvent>> {
    try {
      return (await this.#sink.find?.(ids)) ?? new Map<string, LedgerEvent>();
    } catch {
      // The ledger is closed or cannot be read: what is recorded is right, without its requests.
      return new Map<string, LedgerEvent>();
    }
  }
}
