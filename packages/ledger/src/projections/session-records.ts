/** Words of 32 bits per record: four that name the session, its sum as a double, two counts. */
export const RECORD_WORDS = 8;
/** Doubles per record. */
const RECORD_DOUBLES = RECORD_WORDS / 2;
/** Where the sum is among the doubles, and the counts among the words. */
const USD = 2;
const PRICED = 6;
const RECORDED = 7;
/** Words of a session's name; see `SessionNames`. */
export const NAME_WORDS = 4;
/** Fewer records are copied word by word: asking for more than that takes longer than doing it. */
const FEW = 32;
/** A number of picodollars is at most this; sums past it are bigints. */
export const EXACT_MAX: number = 2 ** 52;

/** Sums of sessions, 32 bytes each, in one array. */
export class SessionRecords {
  /** As many as there is room for. */
  readonly words: Uint32Array;
  count: number;
  readonly #doubles: Float64Array;

  /** @param words Become the records' own; they begin at a multiple of eight. */
  constructor(words: Uint32Array, count: number) {
    this.words = words;
    this.count = count;
    this.#doubles = new Float64Array(words.buffer, words.byteOffset, words.length / 2);
  }

  static withRoomFor(count: number): SessionRecords {
    return new SessionRecords(new Uint32Array(count * RECORD_WORDS), 0);
  }

  /** How many there is room for. */
  get room(): number {
    return this.words.length / RECORD_WORDS;
  }

  /** The same records, with room for so many. */
  withRoom(count: number): SessionRecords {
    const larger = SessionRecords.withRoomFor(count);
    larger.words.set(this.words.subarray(0, this.count * RECORD_WORDS));
    larger.count = this.count;
    return larger;
  }

  usd(record: number): number {
    return this.#doubles[record * RECORD_DOUBLES + USD] ?? 0;
  }

  /** Responses that are priced. */
  priced(record: number): number {
    return this.words[record * RECORD_WORDS + PRICED] ?? 0;
  }

  /** Responses, priced or not. */
  recorded(record: number): number {
    return this.words[record * RECORD_WORDS + RECORDED] ?? 0;
  }

  /** Adds a record of the session whose words begin at a place of some; counts wrap, so that they can be taken away. */
  push(name: Uint32Array, start: number, usd: number, priced: number, recorded: number): void {
    this.#set(this.count, name, start, usd, priced, recorded);
    this.count += 1;
  }

  /**
   * Adds other records to these, which are one per session, in order, and remain so. There must be room for all.
   *
   * From the last to the first, so that every record moves once and no second array is needed.
   *
   * @param setAside Hears of sums that are no exact number, in whose place 0 is kept.
   */
  merge(more: SessionRecords, setAside: (session: Uint32Array, usd: bigint) => void): void {
    const order = orderOf(more);
    let last = this.count - 1;
    let free = last + newSessions(this, more, order);
    this.count = free + 1;
    for (let index = order.length - 1; index >= 0;) {
      const record = order[index] ?? 0;
      const start = this.#moveThoseAfter(more, record, last, free);
      free -= last - start;
      last = start;
      const isKnown = last >= 0 && compareRecords(this, last, more, record) === 0;
      const sum: Sum = { usd: 0, priced: 0, recorded: 0 };
      if (isKnown) addTo(sum, this, last);
      for (; index >= 0; index -= 1) {
        const other = order[index] ?? 0;
        if (other !== record && compareRecords(more, other, more, record) !== 0) break;
        addTo(sum, more, other);
      }
      if (typeof sum.usd === "bigint") {
        const name = record * RECORD_WORDS;
        setAside(more.words.subarray(name, name + NAME_WORDS), sum.usd);
        sum.usd = 0;
      }
      this.#set(free, more.words, record * RECORD_WORDS, sum.usd, sum.priced, sum.recorded);
      free -= 1;
      if (isKnown) last -= 1;
    }
  }

  /** Moves the records after another's session, up to `last`, so that they end at `free`; returns the one before them. */
  #moveThoseAfter(more: SessionRecords, record: number, last: number, free: number): number {
    let start = last;
    while (start >= 0 && compareRecords(this, start, more, record) > 0) start -= 1;
    const from = (start + 1) * RECORD_WORDS;
    const to = from + (free - last) * RECORD_WORDS;
    if (from === to) return start;
    if (last - start >= FEW) {
      this.words.copyWithin(to, from, (last + 1) * RECORD_WORDS);
      return start;
    }
    for (let word = (last - start) * RECORD_WORDS - 1; word >= 0; word -= 1) {
      this.words[to + word] = this.words[from + word] ?? 0;
    }
    return start;
  }

  #set(record: number, name: Uint32Array, start: number, usd: number, priced: number, recorded: number): void {
    const place = record * RECORD_WORDS;
    const { words } = this;
    words[place] = name[start] ?? 0;
    words[place + 1] = name[start + 1] ?? 0;
    words[place + 2] = name[start + 2] ?? 0;
    words[place + 3] = name[start + 3] ?? 0;
    words[place + PRICED] = priced;
    words[place + RECORDED] = recorded;
    this.#doubles[record * RECORD_DOUBLES + USD] = usd;
  }
}

/** What some records of a session add up to. */
interface Sum {
  usd: number | bigint;
  priced: number;
  recorded: number;
}

/** In order of their sessions' words. */
function compareRecords(a: SessionRecords, inA: number, b: SessionRecords, inB: number): -1 | 0 | 1 {
  const startA = inA * RECORD_WORDS;
  const startB = inB * RECORD_WORDS;
  for (let word = 0; word < NAME_WORDS; word += 1) {
    const wordOfA = a.words[startA + word] ?? 0;
    const wordOfB = b.words[startB + word] ?? 0;
    // Not their difference: a number past 31 bits would be made for the heap.
    if (wordOfA !== wordOfB) return wordOfA < wordOfB ? -1 : 1;
  }
  return 0;
}

/** The places of records in order of their sessions. */
function orderOf(records: SessionRecords): Uint32Array {
  const order = orderByFirstWord(records);
  // Different sessions with one first word are rare, as that is mixed of the whole name.
  for (let index = 1; index < order.length; index += 1) {
    const record = order[index] ?? 0;
    let place = index;
    for (; place > 0 && compareRecords(records, order[place - 1] ?? 0, records, record) > 0; place -= 1) {
      order[place] = order[place - 1] ?? 0;
    }
    order[place] = record;
  }
  return order;
}

const DIGIT_BITS = 11;

/** Sorts by a third of the word at a time, the last third first. */
function orderByFirstWord({ words, count }: SessionRecords): Uint32Array {
  let order = new Uint32Array(count);
  for (let record = 0; record < count; record += 1) order[record] = record;
  let next = new Uint32Array(count);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const starts = new Uint32Array(2 ** DIGIT_BITS + 1);
    const mask = 2 ** DIGIT_BITS - 1;
    for (let record = 0; record < count; record += 1) {
      const digit = ((words[record * RECORD_WORDS] ?? 0) >>> shift) & mask;
      starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
    }
    for (let digit = 0; digit < mask; digit += 1) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
    for (let index = 0; index < count; index += 1) {
      const record = order[index] ?? 0;
      const digit = ((words[record * RECORD_WORDS] ?? 0) >>> shift) & mask;
      const place = starts[digit] ?? 0;
      next[place] = record;
      starts[digit] = place + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** What the records of one session come to. */
export interface SessionSum {
  /** Those that have its name at `record`. */
  readonly records: SessionRecords;
  readonly record: number;
  /** In picodollars; a bigint where a number might not be exact. */
  readonly usd: number | bigint;
  /** Responses that are priced. */
  readonly priced: number;
  /** Responses, priced or not. */
  readonly recorded: number;
}

/** Hears of the sessions of some records, in order. */
export interface SessionVisitor {
  /** Sessions that have a record in `base` alone: those from one up to another. */
  unchanged(start: number, end: number): void;
  /** A session with other records. */
  changed(sum: SessionSum): void;
}

/**
 * Goes through the sessions of records.
 *
 * @param base One record per session, in order.
 * @param more Any records.
 */
export function visitSessions(base: SessionRecords, more: SessionRecords, visitor: SessionVisitor): void {
  const order = orderOf(more);
  let inBase = 0;
  for (let index = 0; index < order.length;) {
    const record = order[index] ?? 0;
    const place = placeIn(base, inBase, more, record);
    if (place > inBase) visitor.unchanged(inBase, place);
    inBase = place;
    const sum: Sum = { usd: 0, priced: 0, recorded: 0 };
    if (place < base.count && compareRecords(base, place, more, record) === 0) {
      addTo(sum, base, place);
      inBase += 1;
    }
    for (; index < order.length; index += 1) {
      const other = order[index] ?? 0;
      if (other !== record && compareRecords(more, other, more, record) !== 0) break;
      addTo(sum, more, other);
    }
    visitor.changed({ records: more, record, usd: sum.usd, priced: sum.priced, recorded: sum.recorded });
  }
  if (inBase < base.count) visitor.unchanged(inBase, base.count);
}

/** How many sessions of records, given in order, have none in others. */
function newSessions(base: SessionRecords, more: SessionRecords, order: Uint32Array): number {
  let count = 0;
  let inBase = 0;
  for (let index = 0; index < order.length; index += 1) {
    const record = order[index] ?? 0;
    if (index > 0 && compareRecords(more, order[index - 1] ?? 0, more, record) === 0) continue;
    inBase = placeIn(base, inBase, more, record);
    if (inBase >= base.count || compareRecords(base, inBase, more, record) !== 0) count += 1;
  }
  return count;
}

/** The first place from a start on of a record that is not before another: often a near one. */
function placeIn(base: SessionRecords, start: number, more: SessionRecords, record: number): number {
  let step = 1;
  while (isBefore(base, start + step - 1, more, record)) step *= 2;
  let low = start + Math.floor(step / 2);
  let high = Math.min(start + step - 1, base.count);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(base, middle, more, record)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether there is a record at a place, and it is before another. */
function isBefore(base: SessionRecords, place: number, more: SessionRecords, record: number): boolean {
  return place < base.count && compareRecords(base, place, more, record) < 0;
}

/** Adds a record to a sum. */
function addTo(sum: Sum, records: SessionRecords, record: number): void {
  const usd = records.usd(record);
  if (typeof sum.usd === "bigint") sum.usd += BigInt(usd);
  else sum.usd = Math.abs(sum.usd + usd) <= EXACT_MAX ? sum.usd + usd : BigInt(sum.usd) + BigInt(usd);
  sum.priced = (sum.priced + records.priced(record)) >>> 0;
  sum.recorded = (sum.recorded + records.recorded(record)) >>> 0;
}
