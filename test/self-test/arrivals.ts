import { parseInstant, type Instant } from "@farthing/ledger";
import { arrivals, OFFICE_HOURS, TWO_TO_FOUR_AT_NIGHT } from "../../packages/advisor/src/example/traffic.ts";
import type { Random } from "./chance.ts";
import type { Knobs } from "./knobs.ts";

/** The day on which all traffic has ended and is looked at. */
export const NOW: Instant = parseInstant("2026-11-22T00:00:00Z");

const DAY_MS = 24 * 60 * 60 * 1000;
/** Faster than any answer begins. */
const AT_ONCE_MS = 300;
const ALL_DAY = Array.from({ length: 24 }, () => 1);

export interface Arrival {
  readonly at: Instant;
  /** What came at once with it; null where it came alone. */
  readonly burst: string | null;
}

/** When a service's conversations begin. */
export function arrivalsOf(knobs: Knobs, random: Random): readonly Arrival[] {
  const { arrival, days, perDay, burst, service } = knobs;
  const hours = arrival === "steady" ? ALL_DAY : arrival === "nightly" ? TWO_TO_FOUR_AT_NIGHT : OFFICE_HOURS;
  const period = { from: NOW - days * DAY_MS, until: NOW };
  const times = arrivals(random, period, {
    weekday: perDay,
    weekend: arrival === "office-hours" ? perDay / 4 : perDay,
    hours,
  });
  if (arrival !== "fan-out") return times.map((at) => ({ at, burst: null }));
  return times.flatMap((at, index) =>
    Array.from({ length: random.between(...burst) }, () => ({
      at: at + random.between(0, AT_ONCE_MS),
      burst: `${service}/burst-${String(index)}`,
    })),
  );
}
