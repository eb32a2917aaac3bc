import {
  add,
  costOf,
  money,
  ZERO,
  type LineItemName,
  type Money,
  type PriceBook,
  type PricedUsage,
} from "@farthing/ledger";

/** What requests come to that was paid for one kind of thing. */
export interface ItemSum {
  /**
   * `other`: billed beside the answers themselves, or of requests that no change touches. `notClaimed`: what a change does
   * not count as saved, such as a price cut that came anyway.
   */
  readonly item: LineItemName | "other" | "notClaimed";
  /** Tokens, or searches; null where there is no one unit. */
  readonly quantity: number | null;
  readonly usd: Money;
}

/** An answer as a replay bills it. */
export interface BilledAnswer {
  /** What its output is charged beside what it costs by its tokens, because it is kept as it was charged. */
  readonly keptOutput: Money;
  /** What a change must not claim. */
  readonly notClaimed: Money;
  readonly usage: PricedUsage;
  readonly model: string;
  readonly pricedAt: number;
}

/** Adds up what replayed requests come to by what was paid for, each group of them apart. */
export class ItemSums {
  readonly #book: PriceBook;
  /** By place in the members of a replay; a request of no group is left out. */
  readonly #groupOf: (place: number) => string | null;
  readonly #groups = new Map<string, Map<ItemSum["item"], ItemSum>>();

  constructor(book: PriceBook, groupOf: (place: number) => string | null) {
    this.#book = book;
    this.#groupOf = groupOf;
  }

  /** @param answer Null where nothing is known of the request but its cost. */
  add(place: number, cost: Money, answer: BilledAnswer | null): void {
    const group = this.#groupOf(place);
    if (group === null) return;
    const sums = this.#groups.get(group) ?? new Map<ItemSum["item"], ItemSum>();
    this.#groups.set(group, sums);
    let rest: bigint = cost;
    const lines = answer === null ? [] : costOf(answer.usage, answer.model, answer.pricedAt, this.#book).lines;
    const addTo = (item: ItemSum["item"], quantity: number | null, usd: Money): void => {
      if (quantity === null && usd === ZERO) return;
      const sum = sums.get(item);
      const counted = quantity === null ? null : (sum?.quantity ?? 0) + quantity;
      if (counted !== 0 || usd !== ZERO) sums.set(item, { item, quantity: counted, usd: add(sum?.usd ?? ZERO, usd) });
    };
    for (const { item, quantity, amount } of lines) {
      addTo(item, quantity, amount ?? ZERO);
      rest -= amount ?? ZERO;
    }
    if (answer !== null) {
      addTo("output", 0, answer.keptOutput);
      addTo("notClaimed", null, answer.notClaimed);
      rest -= answer.keptOutput + answer.notClaimed;
    }
    addTo("other", null, money(rest));
  }

  /** Those of one group, which sum to what it came to. */
  of(group: string): readonly ItemSum[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }
}
