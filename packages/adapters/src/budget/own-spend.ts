import type { Instant } from "@farthing/ledger";

interface OwnCost {
  readonly usd: bigint;
  readonly at: Instant;
  /** Counts up with every request. */
  readonly number: number;
  /** Whether it was handed to the ledger that the budget reads. */
  readonly isOnItsWay: boolean;
}

/** Requests that are told apart; of more, the oldest are summed. */
const REQUESTS_MAX = 10_000;

/** What this process has spent and not yet found in the ledger. */
export class OwnSpend {
  /** By id, in order of number. */
  readonly #costs = new Map<string, OwnCost>();
  #summed = 0n;
  #usd = 0n;
  #count = 0;

  get usd(): bigint {
    return this.#usd + this.#summed;
  }

  /** Names what was added up to now. */
  get mark(): number {
    return this.#count;
  }

  /** Adds a request; one that is seen again costs what its dearest sighting says. */
  add(id: string, usd: bigint, at: Instant, isOnItsWay: boolean): void {
    const before = this.#costs.get(id);
    if (before !== undefined && before.usd >= usd) return;
    this.found(id);
    this.#count += 1;
    this.#costs.set(id, { usd, at, number: this.#count, isOnItsWay });
    this.#usd += usd;
    for (const [oldest, cost] of this.#costs) {
      if (this.#costs.size <= REQUESTS_MAX) return;
      this.found(oldest);
      this.#summed += cost.usd;
    }
  }

  /** It is in the ledger, and counted there. */
  found(id: string): void {
    const cost = this.#costs.get(id);
    if (cost === undefined) return;
    this.#costs.delete(id);
    this.#usd -= cost.usd;
  }

  /** Everything up to a mark that was handed to the ledger is counted there. */
  foundUntil(mark: number): void {
    for (const [id, { number, isOnItsWay }] of this.#costs) if (isOnItsWay && number <= mark) this.found(id);
  }

  /** Forgets what was spent before. */
  begin(since: Instant): void {
    this.#summed = 0n;
    for (const [id, { at }] of this.#costs) if (at < since) this.found(id);
  }
}
