import { money, type Money } from "../money/money.ts";
import type { RowContexts } from "../rows/request-rows.ts";
import { TextTable, type TextTableParts } from "./text-table.ts";

/** A sum of picodollars is set aside as a bigint above this, where adding a request could make it inexact. */
const SET_ASIDE_ABOVE = 2 ** 52;
/** Doubles per session: picodollars of its priced responses, how many these are, how many responses there are. */
const WIDTH = 3;
const SESSIONS_MIN = 64;

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
  readonly sums: Float64Array<ArrayBuffer>;
  readonly aside: readonly (readonly [place: number, picodollars: string])[];
}

/** Money and responses by session: there are many, so each is a few numbers and not a group of its own. */
export class SessionSums {
  #names = new TextTable();
  #sums = new Float64Array(SESSIONS_MIN * WIDTH);
  readonly #aside = new Map<number, bigint>();

  /** Makes empty sums hold what others held. */
  restore({ names, sums, aside }: SessionSumsParts): void {
    this.#names = new TextTable(names);
    this.#sums = new Float64Array(Math.max(SESSIONS_MIN, names.count * 2) * WIDTH);
    this.#sums.set(sums);
    for (const [place, picodollars] of aside) this.#aside.set(place, BigInt(picodollars));
  }

  /** Adds the sums of contexts to those of their sessions. */
  add(sums: ContextSums, contexts: RowContexts): void {
    const sessionOf = sessionsIn(contexts);
    for (let context = 0; context < contexts.length; context += 1) {
      const { usd, priced, recorded } = sums.of(context);
      if (usd === 0 && priced === 0 && recorded === 0) continue;
      const session = sessionOf(context);
      if (session === null) continue;
      const place = this.#placeOf(session);
      if (typeof usd === "bigint") this.#setAside(place, usd);
      else this.#sums[place] = (this.#sums[place] ?? 0) + usd;
      if (Math.abs(this.#sums[place] ?? 0) > SET_ASIDE_ABOVE) {
        this.#setAside(place, BigInt(this.#sums[place] ?? 0));
        this.#sums[place] = 0;
      }
      this.#sums[place + 1] = (this.#sums[place + 1] ?? 0) + priced;
      this.#sums[place + 2] = (this.#sums[place + 2] ?? 0) + recorded;
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
      const place = front.findIndex((other) => this.#compare(session, other) < 0);
      front.splice(place < 0 ? front.length : place, 0, session);
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
      sums: this.#sums.slice(0, this.#names.count * WIDTH),
      aside: [...this.#aside].map(([place, picodollars]) => [place, String(picodollars)]),
    };
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
      const sums = new Float64Array(this.#sums.length * 2);
      sums.set(this.#sums);
      this.#sums = sums;
    }
    return place;
  }
}

function sessionsIn(contexts: RowContexts): (context: number) => string | null {
  const column = contexts.column?.("session");
  if (column === undefined) return (context) => contexts.at(context).context.session;
  return (context) => column.value(column.numbers[context] ?? 0);
}

/** Money and responses by context of some rows. */
export class ContextSums {
  readonly usd: Float64Array<ArrayBuffer>;
  readonly priced: Int32Array<ArrayBuffer>;
  readonly recorded: Int32Array<ArrayBuffer>;
  readonly #aside = new Map<number, bigint>();

  constructor(contexts: number) {
    this.usd = new Float64Array(contexts);
    this.priced = new Int32Array(contexts);
    this.recorded = new Int32Array(contexts);
  }

  /** Adds an amount that a number holds exactly, or takes it away. */
  add(context: number, picodollars: number): void {
    const sum = (this.usd[context] ?? 0) + picodollars;
    if (Math.abs(sum) <= SET_ASIDE_ABOVE) {
      this.usd[context] = sum;
      return;
    }
    this.addExactly(context, BigInt(this.usd[context] ?? 0) + BigInt(picodollars));
    this.usd[context] = 0;
  }

  /** Counts a request, or takes it away. */
  count(context: number, isPriced: boolean, isResponse: boolean, sign: 1 | -1): void {
    if (isPriced) this.priced[context] = (this.priced[context] ?? 0) + sign;
    if (isResponse) this.recorded[context] = (this.recorded[context] ?? 0) + sign;
  }

  addExactly(context: number, picodollars: bigint): void {
    this.#aside.set(context, (this.#aside.get(context) ?? 0n) + picodollars);
  }

  of(context: number): { readonly usd: number | bigint; readonly priced: number; readonly recorded: number } {
    const aside = this.#aside.get(context);
    const usd = this.usd[context] ?? 0;
    return {
      usd: aside === undefined ? usd : BigInt(usd) + aside,
      priced: this.priced[context] ?? 0,
      recorded: this.recorded[context] ?? 0,
    };
  }
}
