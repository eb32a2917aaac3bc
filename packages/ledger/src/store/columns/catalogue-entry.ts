import { Kills } from "./build-columns.ts";
import type { ColumnHeader, ColumnSource, MergedFrom, StoredSections } from "./column-file.ts";
import type { ColumnFacts } from "./encode-columns.ts";
import type { ColumnHead } from "./stored-columns.ts";

/** The facts that every opening needs. */
export type CommonFacts = Pick<ColumnFacts, "others" | "unknown" | "damage" | "conflicts">;

export type Batches = ColumnFacts["batches"];

/** Of most files there is nothing to say. */
export const NO_FACTS: CommonFacts = { others: [], unknown: [], damage: [], conflicts: [] };

/** The numbers of all entries, a column each; NaN for what there is not. */
export interface EntryNumbers {
  readonly writer: Float64Array;
  readonly segment: Float64Array;
  readonly bytes: Float64Array;
  readonly ending: Float64Array;
  readonly recordedFrom: Float64Array;
  readonly recordedUntil: Float64Array;
  readonly endSegment: Float64Array;
  readonly endByte: Float64Array;
  readonly endLine: Float64Array;
  readonly seq: Float64Array;
  readonly recordedAt: Float64Array;
  readonly crc: Float64Array;
  readonly sectionsStart: Float64Array;
  readonly order: Float64Array;
  readonly rows: Float64Array;
  readonly slots: Float64Array;
}

/** What entries are made of when they are asked for. */
export interface EntryTables {
  readonly numbers: EntryNumbers;
  readonly writers: readonly string[];
  readonly killStarts: Uint32Array;
  readonly killOrders: Uint32Array;
  readonly killSlots: Uint32Array;
  readonly chainOf: (entry: number) => string;
  readonly factsOf: (entry: number) => CommonFacts;
  readonly batchesOf: (entry: number) => Batches;
  readonly mergedFrom: (entry: number) => readonly MergedFrom[];
  readonly sections: (entry: number) => StoredSections;
}

// A ledger has thousands of files, and a question looks at a few numbers of most: what an entry says is read out of the
// columns when somebody asks.

/** A head of which the parts are made when they are asked for. */
export class ListedHead implements ColumnHead {
  readonly header: ColumnHeader;
  readonly #tables: EntryTables;
  readonly #entry: number;
  #kills: Kills | null = null;
  #facts: ColumnFacts | null = null;

  constructor(tables: EntryTables, entry: number) {
    this.#tables = tables;
    this.#entry = entry;
    this.header = new ListedHeader(tables, entry);
  }

  get sectionsStart(): number {
    return this.#tables.numbers.sectionsStart[this.#entry] ?? NaN;
  }

  get crc(): number {
    return this.#tables.numbers.crc[this.#entry] ?? NaN;
  }

  get kills(): Kills {
    return (this.#kills ??= this.#readKills());
  }

  get facts(): ColumnFacts {
    return (this.#facts ??= new ListedFacts(this.#tables, this.#entry));
  }

  #readKills(): Kills {
    const { killStarts, killOrders, killSlots } = this.#tables;
    const [from, until] = [killStarts[this.#entry] ?? 0, killStarts[this.#entry + 1] ?? 0];
    return from === until ? NO_KILLS : new Kills(killOrders.subarray(from, until), killSlots.subarray(from, until));
  }
}

const NO_KILLS = new Kills(new Uint32Array(), new Uint32Array());

class ListedHeader implements ColumnHeader {
  readonly #tables: EntryTables;
  readonly #entry: number;
  readonly source: ColumnSource;

  constructor(tables: EntryTables, entry: number) {
    this.#tables = tables;
    this.#entry = entry;
    this.source = new ListedSource(tables, entry);
  }

  get order(): number {
    return this.#tables.numbers.order[this.#entry] ?? NaN;
  }

  get rows(): number {
    return this.#tables.numbers.rows[this.#entry] ?? NaN;
  }

  get slots(): number {
    return this.#tables.numbers.slots[this.#entry] ?? NaN;
  }

  get mergedFrom(): readonly MergedFrom[] {
    return this.#tables.mergedFrom(this.#entry);
  }

  get sections(): StoredSections {
    return this.#tables.sections(this.#entry);
  }
}

class ListedSource implements ColumnSource {
  readonly #tables: EntryTables;
  readonly #entry: number;

  constructor(tables: EntryTables, entry: number) {
    this.#tables = tables;
    this.#entry = entry;
  }

  get writer(): string {
    return this.#tables.writers[this.#tables.numbers.writer[this.#entry] ?? NaN] ?? "";
  }

  get segment(): number {
    return this.#tables.numbers.segment[this.#entry] ?? NaN;
  }

  get bytes(): number {
    return this.#tables.numbers.bytes[this.#entry] ?? NaN;
  }

  get ending(): number {
    return this.#tables.numbers.ending[this.#entry] ?? NaN;
  }

  get end(): ColumnSource["end"] {
    const { endSegment, endByte, endLine } = this.#tables.numbers;
    const segment = endSegment[this.#entry] ?? NaN;
    if (Number.isNaN(segment)) return null;
    return { segment, byte: endByte[this.#entry] ?? NaN, line: endLine[this.#entry] ?? NaN };
  }

  get head(): ColumnSource["head"] {
    const { seq, recordedAt } = this.#tables.numbers;
    const at = recordedAt[this.#entry] ?? NaN;
    return {
      seq: seq[this.#entry] ?? NaN,
      chain: this.#tables.chainOf(this.#entry),
      at: Number.isNaN(at) ? null : at,
    };
  }

  get recordedFrom(): number {
    return this.#tables.numbers.recordedFrom[this.#entry] ?? NaN;
  }

  get recordedUntil(): number {
    return this.#tables.numbers.recordedUntil[this.#entry] ?? NaN;
  }
}

/** Facts of which the batches, asked by few questions, are read when they are asked for. */
class ListedFacts implements ColumnFacts {
  readonly others: ColumnFacts["others"];
  readonly unknown: ColumnFacts["unknown"];
  readonly damage: ColumnFacts["damage"];
  readonly conflicts: ColumnFacts["conflicts"];
  readonly #tables: EntryTables;
  readonly #entry: number;

  constructor(tables: EntryTables, entry: number) {
    const { others, unknown, damage, conflicts } = tables.factsOf(entry);
    this.others = others;
    this.unknown = unknown;
    this.damage = damage;
    this.conflicts = conflicts;
    this.#tables = tables;
    this.#entry = entry;
  }

  get batches(): Batches {
    return this.#tables.batchesOf(this.#entry);
  }
}
