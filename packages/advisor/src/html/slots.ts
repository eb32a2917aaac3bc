import { calendarDayWords } from "../report/words.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** More periods than this are not drawn one by one. */
const SHOWN_MAX = 420;
/** Periods with use are lost among the others where they are less than this share of so many. */
const SPARSE_SHARE = 1 / 6;
const SPARSE_MIN = 45;

/** The periods that a drawing shows, in order. */
export interface Slots {
  readonly slots: readonly string[];
  /** Whether those without use are left out, so that neighbours may lie far apart. */
  readonly onlyUsed: boolean;
}

/** Hours, days or months from the first to the last; where use is rare among them, only those with use. */
export function slotsBetween(used: readonly string[], step: "hour" | "day" | "month"): Slots {
  const onlyUsed: Slots = { slots: used, onlyUsed: true };
  const [first, last] = [used[0], used.at(-1)];
  if (first === undefined || last === undefined) return onlyUsed;
  const slots: string[] = [];
  for (let slot = first; slot <= last; slot = next(slot, step)) {
    slots.push(slot);
    if (slots.length > SHOWN_MAX) return onlyUsed;
  }
  if (slots.length >= SPARSE_MIN && used.length < slots.length * SPARSE_SHARE) return onlyUsed;
  // Where clocks change an hour may be missing, or come twice.
  const all = new Set(slots);
  return used.every((slot) => all.has(slot)) ? { slots, onlyUsed: false } : onlyUsed;
}

/** What is said of a drawing that shows only some periods. */
export function stepWords(step: "hour" | "day" | "month", { onlyUsed }: Slots): string {
  return onlyUsed ? `${step} with use, others left out` : step;
}

function next(slot: string, step: "hour" | "day" | "month"): string {
  if (step === "hour") return new Date(Date.parse(`${slot}:00Z`) + HOUR_MS).toISOString().slice(0, 13);
  if (step === "day") return new Date(Date.parse(`${slot}T00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  const [year = 0, month = 0] = slot.split("-").map(Number);
  return new Date(Date.UTC(year, month)).toISOString().slice(0, 7);
}

/** `23 Oct 2026`, `Oct 2026`, or `23 Oct 2026, 14:00`. */
export function slotWords(slot: string, withYear: boolean): string {
  const [day = "", hour] = slot.split("T");
  const words = calendarDayWords(day, withYear);
  return hour === undefined ? words : `${words}, ${hour}:00`;
}
