import { money, type Money } from "../money/money.ts";
import { codeContexts, contextColumn } from "../rows/context-codes.ts";
import type { ContextColumn, RowContexts } from "../rows/request-rows.ts";
import { TextTable, type TextTableParts } from "./text-table.ts";

/** A sum of picodollars is set aside as a bigint above this, where adding a request could make it inexact. */
const SET_ASIDE_ABOVE = 2 ** 52;
/** Doubles per session: picodollars of its priced responses, how many these are, how many responses there are. */
const WIDTH = 3;
const SESSIONS_MIN = 64;
/** By how much an array grows that is full. */
const GROWTH = 1.5;

/** What the responses of one session came to. */
export interface SessionAmount {
  readonly name: string;
  readonly usd: Money;
  /** Priced responses. */
  readonly responses: number;
}

/** What session sums consist of, to be stored and read back. */
export interface SessionSumsParts {
  readonly names: TextTableParts;
  readonly sums: Float64Array;
  readonly aside: readonly (readonly [place: number, picodollars: string])[];
}

/** Money and responses by session: there are many, so each is a few numbers and not a group of its own. */
export class SessionSums {
  #names = new TextTable(null);
  #sums: Float64Array = new Float64Array(SESSIONS_MIN * WIDTH);
  readonly #aside = new Map<number, bigint>();

  /** Makes empty sums hold what others held. */
  restore({ names, sums, aside }: SessionSumsParts): void {
    this.#names = new TextTable(names);
    this.#sums = sums;
    for (const [place, picodollars] of aside) this.#aside.set(place, BigInt(picodollars));
  }

  /** Adds what the sessions of a batch came to. */
  add(sessions: BatchSessions): void {
    const { usd, priced, recorded, length } = sessions;
    for (let session = 0; session < length; session += 1) {
      if (priced[session] === 0 && recorded[session] === 0 && usd[session] === 0) continue;
      const name = sessions.name(session);
      if (name === null) continue;
      const place = this.#placeOf(name);
      const sums = this.#sums;
      const sum = (sums[place] ?? 0) + (usd[session] ?? 0);
      sums[place] = sum;
      if (Math.abs(sum) > SET_ASIDE_ABOVE) {
        this.#setAside(place, BigInt(sum));
        sums[place] = 0;
      }
      sums[place + 1] = (sums[place + 1] ?? 0) + (priced[session] ?? 0);
      sums[place + 2] = (sums[place + 2] ?? 0) + (recorded[session] ?? 0);
    }
    for (const [session, picodollars] of sessions.aside) {
      const name = sessions.name(session);
      if (name !== null) this.#setAside(this.#placeOf(name), picodollars);
    }
  }

  /** How many sessions have a response. */
  get count(): number {
    let count = 0;
    for (let session = 0; session < this.#names.count; session += 1) {
      if ((this.#sums[session * WIDTH + 2] ?? 0) > 0) count += 1;
    }
    return count;
  }

  /** The sessions that cost most, largest first, then by name. */
  dearest(limit: number): readonly SessionAmount[] {
    const front: number[] = [];
    for (let session = 0; session < this.#names.count; session += 1) {
      if ((this.#sums[session * WIDTH + 1] ?? 0) <= 0) continue;
      const last = front.at(-1);
      if (front.length >= limit && (last === undefined || this.#compare(session, last) > 0)) continue;
      front.splice(this.#placeAmong(front, session), 0, session);
      if (front.length > limit) front.pop();
    }
    return front.map((session) => ({
      name: this.#names.text(session),
      usd: money(BigInt(this.#usdOf(session))),
      responses: this.#sums[session * WIDTH + 1] ?? 0,
    }));
  }

  parts(): SessionSumsParts {
    return {
      names: this.#names.parts(),
      sums: this.#sums.subarray(0, this.#names.count * WIDTH),
      aside: [...this.#aside].map(([place, picodollars]) => [place, String(picodollars)]),
    };
  }

  /** Where a session belongs among sessions in order. */
  #placeAmong(front: readonly number[], session: number): number {
    let low = 0;
    let high = front.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(session, front[middle] ?? session) < 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #compare(a: number, b: number): number {
    const [usdA, usdB] = [this.#usdOf(a), this.#usdOf(b)];
    if (usdA !== usdB) return usdA > usdB ? -1 : 1;
    return this.#names.text(a) < this.#names.text(b) ? -1 : 1;
  }

  /** A bigint where part of it was set aside; both kinds compare exactly. */
  #usdOf(session: number): number | bigint {
    const usd = this.#sums[session * WIDTH] ?? 0;
    const aside = this.#aside.get(session * WIDTH);
    return aside === undefined ? usd : BigInt(usd) + aside;
  }

  #setAside(place: number, picodollars: bigint): void {
    this.#aside.set(place, (this.#aside.get(place) ?? 0n) + picodollars);
  }

  #placeOf(session: string): number {
    const place = this.#names.numberOf(session) * WIDTH;
    if (place >= this.#sums.length) {
      const sums = new Float64Array((Math.ceil((place / WIDTH) * GROWTH) + SESSIONS_MIN) * WIDTH);
      sums.set(this.#sums);
      this.#sums = sums;
    }
    return place;
  }
}

/** What the sessions of a batch of rows come to. */
export class BatchSessions {
  /** By context of the rows, the number of its session in this batch. */
  readonly of: Uint32Array;
  readonly length: number;
  /** By session: picodollars of priced responses, but for `aside`; how many these are; how many responses there are. */
  readonly usd: Float64Array;
  readonly priced: Int32Array;
  readonly recorded: Int32Array;
  readonly aside: Map<number, bigint> = new Map();
  readonly #column: ContextColumn;
  readonly #examples: readonly number[];

  constructor(contexts: RowContexts) {
    const { of, examples } = codeContexts(contexts, ["session"]);
    this.of = of;
    this.length = examples.length;
    this.usd = new Float64Array(examples.length);
    this.priced = new Int32Array(examples.length);
    this.recorded = new Int32Array(examples.length);
    this.#column = contextColumn(contexts, "session");
    this.#examples = examples;
  }

  /** Null for requests of no session. */
  name(session: number): string | null {
    return this.#column.value(this.#column.numbers[this.#examples[session] ?? 0] ?? 0);
  }

  /** Adds an amount that a number holds exactly, or takes it away. */
  add(session: number, picodollars: number): void {
    const sum = (this.usd[session] ?? 0) + picodollars;
    if (Math.abs(sum) <= SET_ASIDE_ABOVE) {
      this.usd[session] = sum;
      return;
    }
    this.addExactly(session, BigInt(this.usd[session] ?? 0) + BigInt(picodollars));
    this.usd[session] = 0;
  }

  addExactly(session: number, picodollars: bigint): void {
    this.aside.set(session, (this.aside.get(session) ?? 0n) + picodollars);
  }

  /** Counts a request, or takes it away. */
  count(session: number, isPriced: boolean, isResponse: boolean, sign: 1 | -1): void {
    if (isPriced) this.priced[session] = (this.priced[session] ?? 0) + sign;
    if (isResponse) this.recorded[session] = (this.recorded[session] ?? 0) + sign;
  }
}
