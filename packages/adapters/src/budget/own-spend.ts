import type { Instant } from "@farthing/ledger";

interface OwnCost {
  readonly usd: bigint;
  readonly at: Instant;
  /** Counts up with every request. */
  readonly number: number;
  /** Whether it was handed to the ledger that the budget reads. */
  readonly isOnItsWay: boolean;
}

/** Requests that are told apart; of more, the oldest are added up. */
const REQUESTS_MAX = 10_000;

/** What this process has spent and not yet found in the ledger. */
export class OwnSpend {
  /** By id, in order of number. */
  readonly #costs = new Map<string, OwnCost>();
  /** Of those that are not told apart any more: what was recorded elsewhere, and what was handed to the ledger. */
  #summedElsewhere = 0n;
  #summedOnWay = 0n;
  /** The last request in the latter. */
  #summedUntil = 0;
  #usd = 0n;
  #count = 0;

  get usd(): bigint {
    return this.#usd + this.#summedElsewhere + this.#summedOnWay;
  }

  /** Whether something is counted that may be found in the ledger, and would not be told apart there. */
  get isRough(): boolean {
    return this.#summedOnWay > 0n;
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
      this.#addUp(cost);
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
    if (this.#summedUntil <= mark) this.#summedOnWay = 0n;
  }

  /** Forgets what was spent before. */
  begin(since: Instant): void {
    this.#summedElsewhere = 0n;
    this.#summedOnWay = 0n;
    for (const [id, { at }] of this.#costs) if (at < since) this.found(id);
  }

  #addUp({ usd, number, isOnItsWay }: OwnCost): void {
    if (!isOnItsWay) {
      this.#summedElsewhere += usd;
      return;
    }
    this.#summedOnWay += usd;
    this.#summedUntil = number;
  }
}
