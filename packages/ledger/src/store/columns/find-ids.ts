import type { Frame } from "../file/frame.ts";
import { ColumnFileError } from "./column-file.ts";
import { firstAtLeast, HashFilter, inHashOrder, splitHash } from "./id-index.ts";
import type { LinePlace } from "./line-places.ts";
import type { LineReader } from "./line-reader.ts";
import type { NumberColumn } from "./number-codec.ts";

/** Which slot has which hash, and the lines that each was merged from. */
export interface SlotIndex {
  /** The low halves of its ids' hashes, in the order of the high ones. */
  readonly low: NumberColumn;
  /** The slots that have these ids. */
  readonly slots: NumberColumn;
  places(slot: number): readonly LinePlace[];
}

/** Something that ids can be looked up in: a column file, or rows in memory. */
export interface IndexedRows {
  /** The high halves of its ids' hashes, ascending; for a moment, until anything else is read. */
  passingHashes(): Uint32Array;
  /** The rest of its index. */
  index(): SlotIndex;
  /** The id of a slot that holds an event this release knows; null for any other. */
  idOf(slot: number): string | null;
}

/** A line that holds an event of an id that was looked for. */
export interface FoundLine {
  readonly place: LinePlace;
  readonly frame: Frame;
  /** What it was read by. */
  readonly reader: LineReader;
}

/** What has an id that was looked for. */
export interface FoundSlot<T extends IndexedRows> {
  readonly id: string;
  readonly rows: T;
  readonly slot: number;
  /** Without those that were damaged since. */
  readonly lines: readonly FoundLine[];
}

/** Ids to look for, in order of their hashes. */
export class WantedIds {
  readonly #high: Uint32Array;
  readonly #low: Uint16Array;
  readonly #ids: readonly string[];
  readonly #filter: HashFilter;

  constructor(ids: Iterable<string>, hashOf: (id: string) => number) {
    const all = [...ids];
    const hashes = all.map(hashOf);
    const order = inHashOrder(hashes);
    this.#ids = Array.from(order, (place) => all[place] ?? "");
    this.#high = order.map((place) => splitHash(hashes[place] ?? 0).high);
    this.#low = Uint16Array.from(order, (place) => splitHash(hashes[place] ?? 0).low);
    this.#filter = new HashFilter(this.#high);
  }

  /** The high halves of the ids' hashes, ascending. */
  get hashes(): Uint32Array {
    return this.#high;
  }

  /**
   * Where the ids are in some rows, with all their lines.
   *
   * A hash only says where to look: that it is the id is read from the line.
   */
  findIn<T extends IndexedRows>(rows: T, lines: LineReader): FoundSlot<T>[] {
    if (this.#ids.length === 0) return [];
    const matches = this.#matchesIn(rows.passingHashes());
    if (matches.length === 0) return [];
    const index = rows.index();
    const found: FoundSlot<T>[] = [];
    for (const { wanted, place } of matches) {
      const id = this.#ids[wanted];
      if (id === undefined || this.#low[wanted] !== index.low.at(place)) continue;
      const slot = index.slots.at(place);
      const held = readLines(index.places(slot), lines);
      const isFound = held.length === 0 ? rows.idOf(slot) === id : held.some(({ frame }) => frame.event.id === id);
      if (isFound) {
        found.push({ id, rows, slot, lines: held });
      }
    }
    return found;
  }

  /** Pairs of an id and a place in an index at which the hashes begin alike. */
  #matchesIn(hashes: Uint32Array): readonly { readonly wanted: number; readonly place: number }[] {
    const matches: { readonly wanted: number; readonly place: number }[] = [];
    for (const place of this.#filter.placesIn(hashes)) {
      const high = hashes[place] ?? 0;
      for (let wanted = firstAtLeast(this.#high, high); this.#high[wanted] === high; wanted += 1) {
        matches.push({ wanted, place });
      }
    }
    return matches;
  }
}

/** The lines that are there and undamaged: what the others said is lost, in the log as here. */
function readLines(places: readonly LinePlace[], lines: LineReader): FoundLine[] {
  const found: FoundLine[] = [];
  for (const place of places) {
    try {
      found.push({ place, frame: lines.read(place), reader: lines });
    } catch (error) {
      if (!(error instanceof ColumnFileError)) throw error;
    }
  }
  return found;
}
