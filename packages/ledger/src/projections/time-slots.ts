import type { Instant } from "../instant.ts";
import type { Calendar } from "./calendar.ts";
import type { TimeKey } from "./group-keys.ts";

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** A stretch of time with one value. */
interface Stretch {
  /** Inclusive. */
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
  readonly value: string;
}

/**
 * Local hours, days or months, numbered in the order in which they are met.
 *
 * A calendar takes microseconds per instant; here an instant of the stretch entered last costs two comparisons.
 */
export class TimeSlots {
  /** Of the stretch entered last: inclusive. */
  from: Instant = Infinity;
  /** Exclusive. */
  until: Instant = -Infinity;
  /** Its number. */
  slot: number = 0;
  readonly #calendar: Calendar;
  readonly #unit: TimeKey | null;
  readonly #numbers = new Map<string, number>();
  readonly #values: string[] = [];
  /** Stretches that touch a UTC day, by its number. */
  readonly #known = new Map<number, Stretch[]>();

  /** @param unit Null for one slot that holds all time. */
  constructor(calendar: Calendar, unit: TimeKey | null) {
    this.#calendar = calendar;
    this.#unit = unit;
    if (unit === null) {
      this.from = -Infinity;
      this.until = Infinity;
    }
  }

  /** Makes the stretch that holds an instant the current one. */
  enter(at: Instant): void {
    if (this.#unit === null) return;
    const { from, until, value } = this.#stretchAt(at);
    this.from = from;
    this.until = until;
    this.slot = this.numberOf(value);
  }

  /** The number of a local hour, day or month. */
  numberOf(value: string): number {
    const held = this.#numbers.get(value);
    if (held !== undefined) return held;
    const number = this.#values.length;
    this.#numbers.set(value, number);
    this.#values.push(value);
    return number;
  }

  /** The hours, days or months by number; empty where one slot holds all time. */
  values(): readonly string[] {
    return this.#values;
  }

  /** The value in a dimension of requests in a slot, which is at most as long as the dimension's own. */
  valueOf(slot: number, key: TimeKey): string | null {
    return this.#values[slot]?.slice(0, VALUE_LENGTHS[key]) ?? null;
  }

  #stretchAt(at: Instant): Stretch {
    const utcDay = Math.floor(at / DAY_MS);
    const known = this.#known.get(utcDay) ?? [];
    const held = known.find(({ from, until }) => from <= at && at < until);
    if (held !== undefined) return held;
    const stretch = this.#unit === "hour" ? this.#hourAt(at) : this.#dayAt(at);
    this.#known.set(utcDay, [...known, stretch]);
    return stretch;
  }

  /** A day of a month has the month's value: it is as far as an instant can be looked up by its neighbours. */
  #dayAt(at: Instant): Stretch {
    const day = this.#calendar.day(at);
    const from = this.#calendar.startOfDay(day);
    const until = this.#calendar.startOfDay(dayAfter(day));
    const value = this.#unit === "month" ? day.slice(0, VALUE_LENGTHS.month) : day;
    return from <= at && at < until ? { from, until, value } : instantOnly(at, value);
  }

  #hourAt(at: Instant): Stretch {
    const value = this.#calendar.hour(at);
    const { from, until } = this.#dayAt(at);
    if (this.#isRegular(from, until)) {
      const start = from + Math.floor((at - from) / HOUR_MS) * HOUR_MS;
      return { from: start, until: start + HOUR_MS, value };
    }
    // Clocks change by quarters of an hour at least, and at quarters of an hour.
    const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS;
    const isOneHour = [quarter, quarter + QUARTER_MS - 1].every((end) => this.#calendar.hour(end) === value);
    return isOneHour ? { from: quarter, until: quarter + QUARTER_MS, value } : instantOnly(at, value);
  }

  /** Whether clocks stay as they are all day. */
  #isRegular(from: Instant, until: Instant): boolean {
    const hourOf = (instant: Instant): string => this.#calendar.hour(instant).slice("2026-11-22T".length);
    return until - from === DAY_MS && hourOf(from) === "00" && hourOf(until - 1) === "23";
  }
}

const VALUE_LENGTHS: Readonly<Record<TimeKey, number>> = {
  hour: "2026-11-22T14".length,
  day: "2026-11-22".length,
  month: "2026-11".length,
};

/** Of some time dimensions the shortest, which decides the others; null where there are none. */
export function shortestUnit(keys: readonly TimeKey[]): TimeKey | null {
  return (["hour", "day", "month"] as const).find((key) => keys.includes(key)) ?? null;
}

function dayAfter(day: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(midnight) ? "" : new Date(midnight + DAY_MS).toISOString().slice(0, VALUE_LENGTHS.day);
}

function instantOnly(at: Instant, value: string): Stretch {
  return { from: at, until: at + 1, value };
}
