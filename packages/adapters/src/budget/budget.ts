import {
  calendarOf,
  isEventOf,
  isResponse,
  matches,
  money,
  parseUsd,
  type Calendar,
  type Instant,
  type LedgerEvent,
  type Money,
} from "@farthing/ledger";
import type { LedgerMiddleware } from "../capture/client-middleware.ts";
import type { EventSink } from "../capture/event-sink.ts";
import { labelsHere, readLabels, type Labels } from "../capture/labels.ts";
import { sinkAround } from "../capture/sink-around.ts";
import type { Budget, BudgetOptions, BudgetStatus } from "./budget-api.ts";
import { mayConcern, modelsOf, type CallAhead } from "./concerned-calls.ts";
import { estimateCall } from "./estimate-call.ts";
import { costOfEvent } from "./event-cost.ts";
import { InFlight, type CallInFlight } from "./in-flight.ts";
import { LedgerSpend } from "./ledger-spend.ts";
import { listenersOf, type Listeners } from "./listeners.ts";
import { budgetMiddleware } from "./middleware.ts";
import { OwnSpend } from "./own-spend.ts";
import { periodAt, type Period } from "./period.ts";
import { Thresholds, thresholdsOf } from "./thresholds.ts";

const REFRESH_MS = 1000;
const THRESHOLDS = [0.5, 0.8, 1] as const;
/** How often everything is summed anew, at most; and how much longer than a sum takes that must be. */
const SUM_EVERY_MS = 60_000;
const SUM_EVERY_FACTOR = 100;
/** The same while something is known only roughly. */
const ROUGH_FACTOR = 10;
/** Models whose missing price is told of. */
const MODELS_MAX = 100;

/**
 * Keeps an eye on what is spent, in memory: what this process records and has under way, and what others recorded in the
 * same ledger, at most a second late.
 *
 * @throws InvalidAmountError for an amount that is none.
 * @throws RangeError for a time zone the platform does not know, or a threshold that is no share.
 */
export function budget(options: BudgetOptions): Budget {
  return new LedgerBudget(options);
}

class LedgerBudget implements Budget {
  readonly middleware: LedgerMiddleware;
  readonly #options: BudgetOptions;
  readonly #limit: Money;
  readonly #now: () => Instant;
  readonly #clientLabels: Labels | null;
  readonly #own = new OwnSpend();
  readonly #inFlight = new InFlight();
  readonly #ledger: LedgerSpend;
  readonly #thresholds: Thresholds;
  readonly #unpriced = new Set<string>();
  readonly #listeners: Listeners;
  readonly #watched = new WeakMap<EventSink, EventSink>();
  readonly #timer: NodeJS.Timeout;
  #calendar: Calendar;
  #period: Period;
  #isWanted: (event: LedgerEvent) => boolean;
  #refreshing: Promise<void> | null = null;
  #nextSumAt = -Infinity;
  #earliestSumAt = -Infinity;
  #hasSinks = false;
  #isFailing = false;
  #hasWarnedUnloaded = false;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#clientLabels = options.labels === undefined ? null : readLabels(options.labels);
    this.#limit = parseUsd(String(options.usd));
    this.#thresholds = new Thresholds(thresholdsOf(this.#limit, options.thresholds ?? THRESHOLDS));
    this.#listeners = listenersOf(options);
    this.#ledger = new LedgerSpend(options.ledger, options.where ?? []);
    this.#calendar = calendarOf(options.timeZone ?? "UTC");
    this.#period = periodAt(this.#now(), options.per, this.#calendar);
    this.#isWanted = this.#wanted();
    this.middleware = budgetMiddleware(this);
    this.#timer = setInterval(() => void this.#refreshOnce(), options.refreshMs ?? REFRESH_MS).unref();
    void this.#refreshOnce();
  }

  watch(sink: EventSink): EventSink {
    const known = this.#watched.get(sink);
    if (known !== undefined) return known;
    this.#hasSinks = true;
    const isLedger = Object.is(sink, this.#options.ledger);
    const watched = sinkAround(sink, (event) => {
      sink.record(event);
      this.#quietly(() => this.#hear(event, isLedger));
    });
    this.#watched.set(sink, watched);
    return watched;
  }

  concerns(call: CallAhead): boolean {
    let isConcerned = true;
    this.#quietly(() => {
      isConcerned = mayConcern(this.#options.where ?? [], call, this.#clientLabels);
    });
    return isConcerned;
  }

  begin(body: unknown, labels: Labels = labelsHere()): CallInFlight {
    let call: CallInFlight = NOT_COUNTED;
    this.#quietly(() => {
      const models = modelsOf(body);
      if (!this.concerns({ models, labels })) return;
      const now = this.#now();
      if (!this.#ledger.isLoaded && !this.#hasWarnedUnloaded) {
        this.#hasWarnedUnloaded = true;
        this.#listeners.onWarning({ kind: "not-loaded" });
      }
      const begun = this.#inFlight.begin(estimateCall(body, now, this.#ledger.book), models[0] ?? "", now);
      // Without a sink nobody will tell what it cost.
      const answered = (id: string | null): void => (this.#hasSinks ? begun.answered(id) : begun.ended());
      call = { ...begun, answered };
    });
    return call;
  }

  status(): BudgetStatus {
    this.#turnOver();
    return {
      ...this.#period,
      limit: this.#limit,
      spent: money(this.#ledger.usd + this.#own.usd),
      inFlight: money(this.#inFlight.usd),
      isLoaded: this.#ledger.isLoaded,
    };
  }

  async refresh(): Promise<void> {
    // What runs may have read past what is recorded now.
    await this.#refreshing;
    await this.#refreshOnce();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hear(event: LedgerEvent, isLedger: boolean): void {
    this.#inFlight.hear(event);
    this.#turnOver();
    const cost = this.#isWanted(event) ? costOfEvent(event, this.#ledger.book) : null;
    if (cost === null) return;
    this.#own.add(event.id, cost.usd, Date.parse(event.occurredAt), isLedger);
    if (cost.unknownOf !== null) this.#warnOfUnpriced(cost.unknownOf);
    this.#tellThresholds();
  }

  /** Begins the next period where this one is over. */
  #turnOver(): void {
    const now = this.#now();
    if (now < this.#period.until) return;
    this.#period = periodAt(now, this.#options.per, this.#calendar);
    this.#isWanted = this.#wanted();
    this.#own.begin(this.#period.since);
    this.#ledger.begin(this.#period.since);
    this.#thresholds.begin();
    this.#unpriced.clear();
    this.#earliestSumAt = -Infinity;
  }

  /** Never rejects. One runs at a time. */
  #refreshOnce(): Promise<void> {
    this.#refreshing ??= this.#read()
      .then(
        () => {
          this.#isFailing = false;
        },
        (error: unknown) => {
          if (!this.#isFailing) this.#listeners.onWarning({ kind: "not-refreshed", error });
          this.#isFailing = true;
        },
      )
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    this.#turnOver();
    if (this.#ledger.isLoaded) await this.#ledger.follow(({ id }) => this.#own.found(id));
    const now = performance.now();
    // Before anybody is refused a call for what may have been counted twice, it is summed.
    const isOver = this.#ledger.usd + this.#own.usd >= this.#limit && this.#ledger.summedUsd < this.#limit;
    const isRough = this.#ledger.isRough || this.#own.isRough || isOver;
    if (now >= this.#nextSumAt || (isRough && now >= this.#earliestSumAt)) await this.#sum();
    this.#quietly(() => this.#tellThresholds());
  }

  async #sum(): Promise<void> {
    const { ledger, timeZone } = this.#options;
    if (!this.#ledger.isLoaded && timeZone === undefined) {
      this.#calendar = calendarOf((await ledger.settings.read()).timeZone);
      this.#period = periodAt(this.#now(), this.#options.per, this.#calendar);
      this.#isWanted = this.#wanted();
    }
    const began = performance.now();
    const { since } = this.#period;
    let mark = -1;
    const beforeFollowing = async (): Promise<void> => {
      const upTo = this.#own.mark;
      mark = await ledger.flush().then(
        () => upTo,
        () => -1,
      );
    };
    await this.#ledger.load(since, this.#calendar.timeZone, beforeFollowing, (ids) => {
      for (const id of ids) this.#own.found(id);
      this.#own.foundUntil(mark);
    });
    const now = performance.now();
    const took = now - began;
    this.#nextSumAt = now + Math.max(SUM_EVERY_MS, SUM_EVERY_FACTOR * took);
    this.#earliestSumAt = now + ROUGH_FACTOR * took;
    // The period may have ended meanwhile.
    if (since !== this.#period.since) this.#ledger.begin(this.#period.since);
  }

  #wanted(): (event: LedgerEvent) => boolean {
    const isWanted = matches(
      { where: this.#options.where ?? [], since: this.#period.since, until: null },
      this.#calendar,
    );
    return (event) => (isResponse(event) || isEventOf(event, "RequestFailed")) && isWanted(event);
  }

  #tellThresholds(): void {
    for (const { share } of this.#thresholds.reachedBy(this.#ledger.usd + this.#own.usd)) {
      this.#listeners.onThreshold({ ...this.status(), threshold: share });
    }
  }

  #warnOfUnpriced(model: string): void {
    if (this.#unpriced.has(model) || this.#unpriced.size >= MODELS_MAX) return;
    this.#unpriced.add(model);
    this.#listeners.onWarning({ kind: "unpriced", model });
  }

  /** Whatever goes wrong here is nothing to the caller. */
  #quietly(run: () => void): void {
    try {
      run();
    } catch {
      // A listener that throws, or an event that is none: there is nobody to tell.
    }
  }
}

const NOT_COUNTED: CallInFlight = { answered: () => undefined, ended: () => undefined };
