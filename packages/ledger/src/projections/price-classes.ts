import assert from "node:assert/strict";
import type { Instant } from "../instant.ts";
import { WEB_SEARCH } from "../pricing/cost.ts";
import { priceIn, type PriceSchedule } from "../pricing/price-schedule.ts";
import type { PriceBook, UnpricedReason } from "../pricing/price-book.ts";
import type { TokenRates } from "../pricing/rate-card.ts";
import { billedAs, type BilledAs } from "./billed-as.ts";
import { scheduleOf } from "./pass-schedule.ts";
import { driversOf, ratesText, standardLimits, type DrivenPass, type PriceDrivers } from "./price-drivers.ts";
import type { RowTerms } from "../rows/request-rows.ts";
import { TOKEN_BUCKETS, type TokenBucket, type TokenBuckets } from "../usage/usage.ts";

/**
 * What requests have in common that can be summed first and priced afterwards: one price per bucket, or one reason
 * for having none; and whatever else they are counted by.
 */
export interface PriceClass {
  /** The model that answered, or that a failed attempt asked for; null where unknown. */
  readonly model: string | null;
  readonly counted: "billed" | "not-billed" | "failed" | "failed-at-unknown-cost";
  /** Null where nothing is to be priced: failures, and what somebody else pays for. */
  readonly rates: TokenRates | UnpricedReason | null;
  /** The rates known at the instant of use itself, where there were some and they were others. */
  readonly ratesThen: TokenRates | null;
  /** Whether the output is only a lower bound. */
  readonly lowerBound: boolean;
  /** Priority tier: the list price is not a charge. */
  readonly notional: boolean;
  /** Whether something had to be assumed when the usage was read. */
  readonly assumed: boolean;
  /** Whether the start is not a reported time. */
  readonly startEstimated: boolean;
  /** Whether the prompt is longer than the number of tokens asked about; false where none was. */
  readonly longPrompt: boolean;
  /** How a bill would name them; null where nobody asked. */
  readonly billedAs: BilledAs | null;
  /** What else tells costs apart; null where nobody asked, and for what has no price. */
  readonly drivers: PriceDrivers | null;
}

/** The classes of requests under some terms while prices do not change. */
export interface ClassWindow {
  /** Inclusive. */
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
  /** Ascending; `classes[i]` is for prompts of at most `limits[i]` tokens, the last for longer ones. */
  readonly limits: readonly number[];
  readonly classes: readonly LengthClass[];
}

/** The class of prompts of one range of lengths. */
export interface LengthClass {
  readonly number: number;
  /** Buckets without a price: a request that used one is of class `unpriced` instead. */
  readonly gaps: readonly TokenBucket[];
  readonly unpriced: number;
}

/** What else than prices tells classes apart. Default: nothing. */
export interface ClassOptions {
  /** What drives costs; see `PriceDrivers`. */
  readonly drivers?: boolean | undefined;
  /** How a bill names them. */
  readonly billedAs?: boolean | undefined;
}

/** Doubles per class in a table of rates. */
export const RATES_WIDTH = 7;

/** Numbers the classes of a price book in the order in which they are met. */
export class PriceClasses {
  readonly list: PriceClass[] = [];
  /**
   * By class, picodollars per token of each bucket and per search, NaN where there is no price; and 1 where its requests
   * are responses, else 0.
   */
  rates: Float64Array = new Float64Array(64 * RATES_WIDTH);
  readonly #book: PriceBook;
  readonly #longPromptTokens: number | null;
  readonly #withDrivers: boolean;
  readonly #withBilledAs: boolean;
  readonly #numbers = new Map<string, number>();

  /**
   * @param longPromptTokens A prompt of more tokens is long; null where nobody asks.
   */
  constructor(book: PriceBook, longPromptTokens: number | null, options: ClassOptions = {}) {
    this.#book = book;
    this.#longPromptTokens = longPromptTokens;
    this.#withDrivers = options.drivers === true;
    this.#withBilledAs = options.billedAs === true;
  }

  /** What drives the costs of a pass; null where nobody asked. */
  driversOf(pass: DrivenPass): PriceDrivers | null {
    return this.#withDrivers ? driversOf(pass, this.#book) : null;
  }

  /** How a pass is billed; null where nobody asked. */
  billedAs(terms: RowTerms, passModel: string | null): BilledAs | null {
    return this.#withBilledAs ? billedAs(terms, passModel) : null;
  }

  /** The classes of requests under some terms, of which the usage has one part. */
  windowsOf(terms: RowTerms): (at: Instant) => ClassWindow {
    const base = { ...baseOf(terms), billedAs: this.billedAs(terms, terms.part.model) };
    if (base.counted !== "billed") {
      const only: ClassWindow = {
        from: -Infinity,
        until: Infinity,
        limits: [],
        classes: [this.#lengthClass(base)],
      };
      return () => only;
    }
    const schedule = scheduleOf(terms, terms.part.model, this.#book);
    const windows: ClassWindow[] = [];
    return (at) => {
      const held = windows.find(({ from, until }) => from <= at && at < until);
      if (held !== undefined) return held;
      const window = this.#windowAt(base, terms, schedule, at);
      windows.push(window);
      return window;
    };
  }

  /** The number of a class. */
  numberOf(priceClass: PriceClass): number {
    const { rates, ratesThen, drivers, ...rest } = priceClass;
    const ratesKey = typeof rates === "string" ? rates : ratesText(rates);
    const key = JSON.stringify([Object.values(rest), ratesKey, ratesText(ratesThen), drivers?.key ?? null]);
    const held = this.#numbers.get(key);
    if (held !== undefined) return held;
    const number = this.list.length;
    this.#numbers.set(key, number);
    this.list.push(priceClass);
    if (this.list.length * RATES_WIDTH > this.rates.length) {
      const longer = new Float64Array(this.rates.length * 2);
      longer.set(this.rates);
      this.rates = longer;
    }
    this.rates.set([...ratesRow(rates), Number(isResponse(priceClass))], number * RATES_WIDTH);
    return number;
  }

  #windowAt(base: PriceClass, terms: RowTerms, schedule: PriceSchedule, at: Instant): ClassWindow {
    const window = schedule(at);
    const { from, until, limits: priceLimits } = window;
    const threshold = this.#longPromptTokens;
    const more = [
      ...(threshold === null ? [] : [threshold]),
      ...(this.#withDrivers ? standardLimits(terms, terms.part.model, at, this.#book) : []),
    ];
    const limits = more.length === 0 ? priceLimits : [...new Set([...priceLimits, ...more])].sort((a, b) => a - b);
    const lengths = [0, ...limits.map((limit) => limit + 1)];
    const reason = reasonInTerms(terms);
    const classes = lengths.map((length) => {
      const price = reason === null ? priceIn(window, length) : { rates: reason, ratesThen: null };
      const pass = { terms, model: terms.part.model, at, promptTokens: length, isFurther: false };
      const drivers = typeof price?.rates === "string" ? null : this.driversOf(pass);
      return this.#lengthClass({ ...base, ...price, longPrompt: threshold !== null && length > threshold, drivers });
    });
    return { from, until, limits, classes };
  }

  #lengthClass(priceClass: PriceClass): LengthClass {
    const { rates } = priceClass;
    const number = this.numberOf(priceClass);
    const gaps =
      rates === null || typeof rates === "string" ? [] : TOKEN_BUCKETS.filter((name) => rates[name] === null);
    const withoutPrice = { ...priceClass, rates: "no-price-for-bucket", ratesThen: null, drivers: null } as const;
    const unpriced = gaps.length === 0 ? number : this.numberOf(withoutPrice);
    return { number, gaps, unpriced };
  }
}

/** The class of a request in a window. */
export function classIn(window: ClassWindow, promptTokens: number, tokens: TokenBuckets): number {
  // Not found is -1, and the last class is that of prompts past every limit.
  const found = window.classes.at(window.limits.findIndex((limit) => promptTokens <= limit));
  assert(found !== undefined, "a window has one class more than limits");
  return found.gaps.some((name) => tokens[name] > 0) ? found.unpriced : found.number;
}

/** The class of a request under some terms, but for its rates and the length of its prompt. */
export function baseOf(terms: RowTerms): PriceClass {
  return {
    model: terms.kind === "failed" ? terms.requestedModel : terms.servedModel,
    counted: countedAs(terms),
    rates: null,
    ratesThen: null,
    lowerBound: terms.output === "lower-bound",
    notional: terms.serviceTier === "priority",
    assumed: terms.notes.length > 0,
    startEstimated: terms.startedAtProvenance !== "reported",
    longPrompt: false,
    billedAs: null,
    drivers: null,
  };
}

/** Whether requests of a class were answered, whoever pays. */
export function isResponse({ counted }: PriceClass): boolean {
  return counted === "billed" || counted === "not-billed";
}

function countedAs({ kind, billedTo, cost }: RowTerms): PriceClass["counted"] {
  if (kind === "failed") return cost === "free" ? "failed" : "failed-at-unknown-cost";
  return billedTo === "self" ? "billed" : "not-billed";
}

/** As in `costOf`, this reason comes before any other. */
function reasonInTerms({ notes }: RowTerms): UnpricedReason | null {
  return notes.includes("unknown-iteration-type") ? "unknown-iteration" : null;
}

/** A bucket without a price counts as free here: nothing of a priced class used it. */
function ratesRow(rates: PriceClass["rates"]): number[] {
  if (rates === null || typeof rates === "string") return [NaN, NaN, NaN, NaN, NaN, NaN];
  return [...TOKEN_BUCKETS.map((name) => Number(rates[name] ?? 0n)), Number(WEB_SEARCH)];
}
