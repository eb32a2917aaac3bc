import type { ColumnHeader, ColumnSource, MergedFrom, StoredSections } from "./column-file.ts";
import type { ColumnFacts } from "./encode-columns.ts";

/** The facts that every opening needs. */
export type CommonFacts = Pick<ColumnFacts, "others" | "unknown" | "damage" | "conflicts">;

export type Batches = ColumnFacts["batches"];

/** What is made of an entry's numbers when it is asked for. */
export interface Lists {
  mergedFrom(): readonly MergedFrom[];
  sections(): StoredSections;
}

/** A header of which the lists, asked of few files, are made when they are asked for. */
export class ListedHeader implements ColumnHeader {
  readonly order: number;
  readonly source: ColumnSource;
  readonly rows: number;
  readonly slots: number;
  readonly #lists: Lists;
  #mergedFrom: readonly MergedFrom[] | null = null;
  #sections: StoredSections | null = null;

  constructor(order: number, source: ColumnSource, rows: number, slots: number, lists: Lists) {
    this.order = order;
    this.source = source;
    this.rows = rows;
    this.slots = slots;
    this.#lists = lists;
  }

  get mergedFrom(): readonly MergedFrom[] {
    return (this.#mergedFrom ??= this.#lists.mergedFrom());
  }

  get sections(): StoredSections {
    return (this.#sections ??= this.#lists.sections());
  }
}

/** Facts of which the batches, asked by few questions, are read when they are asked for. */
export class ListedFacts implements ColumnFacts {
  readonly others: ColumnFacts["others"];
  readonly unknown: ColumnFacts["unknown"];
  readonly damage: ColumnFacts["damage"];
  readonly conflicts: ColumnFacts["conflicts"];
  readonly #batches: () => Batches;

  constructor({ others, unknown, damage, conflicts }: CommonFacts, batches: () => Batches) {
    this.others = others;
    this.unknown = unknown;
    this.damage = damage;
    this.conflicts = conflicts;
    this.#batches = batches;
  }

  get batches(): Batches {
    return this.#batches();
  }
}
