import {
  askRows,
  calendarOf,
  isEventOf,
  isResponse,
  LedgerPrunedError,
  listPriceBook,
  matches,
  openCheckpoints,
  spendProjection,
  withPriceSets,
  type Condition,
  type Instant,
  type Ledger,
  type LedgerEvent,
  type Position,
  type PriceBook,
} from "@farthing/ledger";
import { costOfEvent } from "./event-cost.ts";

/** What a budget needs of a ledger. */
export type BudgetLedger = Pick<Ledger, "path" | "settings" | "view" | "read" | "flush" | "labelToken">;

/** What was spent, as far as a ledger was read. */
interface Reading {
  readonly since: Instant;
  readonly book: PriceBook;
  readonly isWanted: (event: LedgerEvent) => boolean;
  /** Picodollars. */
  readonly summedUsd: bigint;
  /** With what came since. */
  usd: bigint;
  position: Position;
  /** What requests cost that came after the sum was made, by id. */
  readonly seen: Map<string, bigint>;
  /** Whether something came that only a new sum can tell the cost of. */
  isRough: boolean;
}

/** Requests after a sum that are told apart; with more a new sum is made. */
const SEEN_MAX = 20_000;

/**
 * What a ledger says was spent since an instant.
 *
 * A sum of everything is exact and takes up to some tenths of a second. In between only what was recorded since is read,
 * which takes a millisecond: each new request is added, and what needs a look at others (corrections, prices, a
 * request that was seen before) is told by the next sum.
 */
export class LedgerSpend {
  readonly #ledger: BudgetLedger;
  readonly #where: readonly Condition[];
  #reading: Reading | null = null;

  constructor(ledger: BudgetLedger, where: readonly Condition[]) {
    this.#ledger = ledger;
    this.#where = where;
  }

  get isLoaded(): boolean {
    return this.#reading !== null;
  }

  get usd(): bigint {
    return this.#reading?.usd ?? 0n;
  }

  get isRough(): boolean {
    return this.#reading?.isRough ?? false;
  }

  /** The last sum, without what came since. */
  get summedUsd(): bigint {
    return this.#reading?.summedUsd ?? 0n;
  }

  /** List prices, with those of the ledger once it was read. */
  get book(): PriceBook {
    return this.#reading?.book ?? listPriceBook();
  }

  /** Nothing was spent since this instant, as far as is known. */
  begin(since: Instant): void {
    if (this.#reading !== null) this.#reading = { ...this.#reading, since, summedUsd: 0n, usd: 0n, isRough: true };
  }

  /**
   * Sums everything up anew.
   *
   * @param beforeFollowing Awaited before what came while the sum was made is read.
   * @param settle Called in the moment in which the new sum holds, with the ids of what came while it was made.
   */
  async load(
    since: Instant,
    timeZone: string,
    beforeFollowing: () => Promise<void>,
    settle: (ids: readonly string[]) => void,
  ): Promise<void> {
    const stored = await this.#storedConditions();
    const view = await this.#ledger.view();
    const { book } = withPriceSets(listPriceBook(), view.priceSets);
    const query = { by: [], where: stored, since, until: null, timeZone, book };
    const { total } = await askRows(spendProjection(query), view, openCheckpoints(this.#ledger.path));
    const isWanted = matches({ where: stored, since, until: null }, calendarOf(timeZone));
    const reading: Reading = {
      since,
      book,
      isWanted: (event) => (isResponse(event) || isEventOf(event, "RequestFailed")) && isWanted(event),
      summedUsd: total.usd,
      usd: total.usd,
      position: view.position,
      seen: new Map(),
      isRough: false,
    };
    const ids: string[] = [];
    await beforeFollowing();
    await this.#follow(reading, ({ id }) => ids.push(id));
    this.#reading = reading;
    settle(ids);
  }

  /** Reads what was recorded since; `hear` is called with each event as soon as it is counted. */
  async follow(hear: (event: LedgerEvent) => void): Promise<void> {
    if (this.#reading === null) return;
    try {
      await this.#follow(this.#reading, hear);
    } catch (error) {
      if (!(error instanceof LedgerPrunedError)) throw error;
      // What comes after the position holds sums of what was counted, so that only a new sum tells.
      this.#reading.isRough = true;
    }
  }

  async #follow(reading: Reading, hear: (event: LedgerEvent) => void): Promise<void> {
    for await (const { event, position } of this.#ledger.read({ after: reading.position })) {
      reading.position = position;
      take(reading, event);
      hear(event);
    }
  }

  /** Values of personal labels as they are stored. */
  async #storedConditions(): Promise<readonly Condition[]> {
    const stored: Condition[] = [];
    for (const condition of this.#where) {
      const { key, value } = condition;
      const name = key.startsWith("label:") ? key.slice("label:".length) : null;
      const token = name === null || value === null ? null : await this.#ledger.labelToken(name, value);
      stored.push(token === null ? condition : { ...condition, value: token });
    }
    return stored;
  }
}

function take(reading: Reading, event: LedgerEvent): void {
  if (isEventOf(event, "UsageCorrected") || isEventOf(event, "PriceSet")) reading.isRough = true;
  const cost = reading.isWanted(event) ? costOfEvent(event, reading.book) : null;
  if (cost === null) return;
  const before = reading.seen.get(event.id) ?? 0n;
  if (reading.seen.has(event.id) && before !== cost.usd) reading.isRough = true;
  if (cost.usd > before) reading.usd += cost.usd - before;
  reading.seen.set(event.id, cost.usd > before ? cost.usd : before);
  if (reading.seen.size > SEEN_MAX) reading.isRough = true;
}
