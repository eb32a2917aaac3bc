import { money, type Money } from "../money/money.ts";
import { compareTexts } from "../text-order.ts";
import type { SessionRecords } from "./session-records.ts";

/** What the responses of one session came to. */
export interface SessionAmount {
  readonly name: string;
  readonly usd: Money;
  /** Priced responses. */
  readonly responses: number;
}

/** A session that may be among the dearest. */
interface Candidate {
  readonly records: SessionRecords;
  readonly record: number;
  readonly usd: number | bigint;
  readonly responses: number;
}

/**
 * The sessions that cost most, of any number of them that come in any order.
 *
 * Those that may be among them are only collected; each time there are twice as many as can be, the cheaper ones go.
 */
export class DearestSessions {
  /** What costs less than this is not among them. */
  least: number | bigint = -Infinity;
  readonly #limit: number;
  readonly #nameOf: (session: Pick<Candidate, "records" | "record">) => string;
  #candidates: Candidate[] = [];
  #room: number;

  constructor(limit: number, nameOf: (session: Pick<Candidate, "records" | "record">) => string) {
    this.#limit = limit;
    this.#nameOf = nameOf;
    this.#room = 2 * limit;
  }

  /** Takes in a session, whose records stay as they are until the list is asked for. */
  offer(records: SessionRecords, record: number, usd: number | bigint, responses: number): void {
    if (usd < this.least) return;
    this.#candidates.push({ records, record, usd, responses });
    if (this.#candidates.length > this.#room) this.#drop();
  }

  /** Largest first, then by name. */
  list(): readonly SessionAmount[] {
    this.#drop();
    const names = new Map<Candidate, string>();
    const nameOf = (candidate: Candidate): string => {
      const name = names.get(candidate) ?? this.#nameOf(candidate);
      names.set(candidate, name);
      return name;
    };
    return this.#candidates
      .sort((a, b) => compareAmounts(a, b) || compareTexts(nameOf(a), nameOf(b)))
      .slice(0, this.#limit)
      .map((candidate) => ({
        name: nameOf(candidate),
        usd: money(BigInt(candidate.usd)),
        responses: candidate.responses,
      }));
  }

  /** Leaves those that cost no less than the last that has a place. */
  #drop(): void {
    const inOrder = this.#candidates.sort(compareAmounts);
    const last = inOrder[this.#limit - 1];
    if (last === undefined) {
      if (this.#limit < 1) this.#candidates = [];
      return;
    }
    let length = this.#limit;
    while (length < inOrder.length && (inOrder[length]?.usd ?? -1) >= last.usd) length += 1;
    inOrder.length = length;
    this.least = last.usd;
    // Any number can cost the same.
    this.#room = 2 * length;
  }
}

/** Largest first. */
function compareAmounts(a: Candidate, b: Candidate): number {
  return a.usd > b.usd ? -1 : a.usd < b.usd ? 1 : 0;
}
