import { contextColumn } from "../rows/context-codes.ts";
import type { ContextColumn, RowContexts } from "../rows/request-rows.ts";
import { DearestSessions, type SessionAmount } from "./dearest-sessions.ts";
import { SessionNames } from "./session-names.ts";
import { NAME_WORDS, RECORD_WORDS, SessionRecords, visitSessions, type SessionSum } from "./session-records.ts";
import type { TextTableParts } from "./text-table.ts";

/** How many records are kept as they come before they are added up: 4 MB. */
const RECENT_MAX = 2 ** 17;
const RECENT_MIN = 2 ** 10;

/** What sessions came to. */
export interface SessionSummary {
  /** How many have a response. */
  readonly count: number;
  readonly dearest: readonly SessionAmount[];
}

/** What session sums consist of, to be stored and read back. */
export interface SessionSumsParts {
  /** One record per session, in order; see `SessionRecords`. */
  readonly records: Uint32Array;
  /** Names that are no UUIDs. */
  readonly texts: TextTableParts;
  readonly aside: readonly (readonly [session: string, picodollars: string])[];
}

/**
 * Money and responses by session: there can be millions, so each is 32 bytes and not a group of its own.
 *
 * What is added is only written down, and added up once there is much of it: that goes through memory in order, where a
 * table by name would go all over it.
 */
export class SessionSums {
  readonly #names = new SessionNames();
  /** In order, one of each session. */
  #base = SessionRecords.withRoomFor(0);
  /** As they came. */
  #recent = SessionRecords.withRoomFor(RECENT_MIN);
  /** By session, what is in no record because it might not be exact there. */
  readonly #aside = new Map<string, bigint>();

  /** Makes empty sums hold what others held. */
  restore({ records, texts, aside }: SessionSumsParts): void {
    this.#names.restore(texts);
    this.#base = new SessionRecords(records, records.length / RECORD_WORDS);
    for (const [session, picodollars] of aside) this.#aside.set(session, BigInt(picodollars));
  }

  /** Adds what the sessions of a batch came to. */
  add({ column, usd, priced, recorded, length, aside }: BatchSessions): void {
    for (let session = 0; session < length; session += 1) {
      if (priced[session] === 0 && recorded[session] === 0 && usd[session] === 0) continue;
      const name = this.#names.wordsOf(column, session);
      if (name !== null) this.#write(name, usd[session] ?? 0, priced[session] ?? 0, recorded[session] ?? 0);
    }
    for (const [session, picodollars] of aside) {
      const name = this.#names.wordsOf(column, session);
      if (name !== null) this.#setAside(asideKey(name, 0), picodollars);
    }
  }

  /** How many sessions have a response; and those that cost most, largest first, then by name. */
  summary(limit: number): SessionSummary {
    const front = new DearestSessions(limit, (session) => this.#nameOf(session));
    const base = this.#base;
    const isAside = this.#aside.size > 0;
    let count = 0;
    visitSessions(base, this.#recent, {
      unchanged: (start, end) => {
        for (let record = start; record < end; record += 1) {
          if (base.recorded(record) > 0) count += 1;
          if (!isAside && base.usd(record) < front.least) continue;
          if (base.priced(record) > 0)
            front.offer(base, record, this.#usdOf(base, record, base.usd(record)), base.priced(record));
        }
      },
      changed: ({ records, record, usd, priced, recorded }) => {
        if (recorded > 0) count += 1;
        if (priced > 0) front.offer(records, record, this.#usdOf(records, record, usd), priced);
      },
    });
    return { count, dearest: front.list() };
  }

  parts(): SessionSumsParts {
    this.#settle();
    return {
      records: this.#base.words.subarray(0, this.#base.count * RECORD_WORDS),
      texts: this.#names.parts(),
      aside: [...this.#aside].map(([session, picodollars]) => [session, String(picodollars)]),
    };
  }

  #write(name: Uint32Array, usd: number, priced: number, recorded: number): void {
    if (this.#recent.count === this.#recent.room) {
      if (this.#recent.room === RECENT_MAX) this.#settle();
      else this.#recent = this.#recent.withRoom(RECENT_MAX);
    }
    this.#recent.push(name, 0, usd, priced, recorded);
  }

  /** Adds up what was written down. */
  #settle(): void {
    const count = this.#base.count + this.#recent.count;
    // Room that nothing was written to yet takes no memory.
    if (count > this.#base.room) this.#base = this.#base.withRoom(count < RECENT_MAX ? count : 16 * count);
    this.#base.merge(this.#recent, (session, usd) => this.#setAside(asideKey(session, 0), usd));
    this.#recent.count = 0;
  }

  /** A bigint where part of it was set aside; both kinds compare exactly. */
  #usdOf(records: SessionRecords, record: number, usd: number | bigint): number | bigint {
    if (this.#aside.size === 0) return usd;
    const aside = this.#aside.get(asideKey(records.words, record * RECORD_WORDS));
    return aside === undefined ? usd : BigInt(usd) + aside;
  }

  #nameOf({ records, record }: Pick<SessionSum, "records" | "record">): string {
    return this.#names.text(records.words, record * RECORD_WORDS);
  }

  #setAside(session: string, picodollars: bigint): void {
    this.#aside.set(session, (this.#aside.get(session) ?? 0n) + picodollars);
  }
}

function asideKey(words: Uint32Array, start: number): string {
  return words.subarray(start, start + NAME_WORDS).join(" ");
}

/** What the sessions of a batch of rows come to. */
export class BatchSessions {
  /** By context of the rows, the number of its session in this batch. */
  readonly of: Uint32Array;
  /** The sessions by number. */
  readonly column: ContextColumn;
  readonly length: number;
  /** By session: picodollars of priced responses, but for `aside`; how many these are; how many responses there are. */
  readonly usd: Float64Array;
  readonly priced: Int32Array;
  readonly recorded: Int32Array;
  readonly aside: Map<number, bigint> = new Map();

  constructor(contexts: RowContexts) {
    this.column = contextColumn(contexts, "session");
    this.of = this.column.numbers;
    let last = -1;
    for (let context = 0; context < this.of.length; context += 1) last = Math.max(last, this.of[context] ?? 0);
    this.length = last + 1;
    this.usd = new Float64Array(this.length);
    this.priced = new Int32Array(this.length);
    this.recorded = new Int32Array(this.length);
  }

  /** Adds an amount to what no number holds, or takes it away. */
  addExactly(session: number, picodollars: bigint): void {
    this.aside.set(session, (this.aside.get(session) ?? 0n) + picodollars);
  }

  /** Counts a request, or takes it away. */
  count(session: number, isPriced: boolean, isResponse: boolean, sign: 1 | -1): void {
    if (isPriced) this.priced[session] = (this.priced[session] ?? 0) + sign;
    if (isResponse) this.recorded[session] = (this.recorded[session] ?? 0) + sign;
  }
}
