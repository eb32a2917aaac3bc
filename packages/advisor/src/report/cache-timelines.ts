import type { Calendar } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import { DAYS_LISTED_MAX } from "../thresholds.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";

/** What the cache of one workload did as recorded, period by period: what its caching advice looks at. */
export interface CacheTimeline {
  readonly workload: string;
  /** Hours where there are few days with use, months where there are too many days to list. */
  readonly step: "hour" | "day" | "month";
  /** Those with use, in order. */
  readonly points: readonly CachePoint[];
}

export interface CachePoint {
  /** The local hour, `YYYY-MM-DDTHH`, day or month. */
  readonly at: string;
  /** Prompt tokens read from the cache. */
  readonly read: number;
  /** Prompt tokens written into it. */
  readonly written: number;
  /** Of these, tokens that had been cached before and had expired. */
  readonly writtenAgain: number;
  /** Prompt tokens that were neither read nor written. */
  readonly uncached: number;
  /** How often a cached context had expired when it was needed. */
  readonly expiries: number;
}

/** So many days are shown hour by hour. */
const HOURLY_DAYS_MAX = 3;

/** One for each workload that there is caching advice for, in the order of the advice. */
export function cacheTimelines(
  trace: Trace,
  recommendations: readonly Recommendation[],
  calendar: Calendar,
): readonly CacheTimeline[] {
  const workloads = new Set(recommendations.flatMap(({ plan }) => (plan.aboutCache === true ? [plan.workload] : [])));
  return [...workloads].map((workload) => {
    const requests = (trace.workloads.get(workload) ?? []).flatMap((place) => trace.requests[place] ?? []);
    const hours = hoursOf(requests, calendar);
    const days = new Set(hours.map((hour) => hour.slice(0, SLOT_LENGTH.day))).size;
    const step = days <= HOURLY_DAYS_MAX ? "hour" : days <= DAYS_LISTED_MAX ? "day" : "month";
    const points = new Map<string, CachePoint>();
    for (const [place, request] of requests.entries()) {
      const at = (hours[place] ?? "").slice(0, SLOT_LENGTH[step]);
      points.set(at, plus(points.get(at) ?? { at, ...NOTHING }, request));
    }
    return { workload, step, points: [...points.values()].sort((a, b) => (a.at < b.at ? -1 : 1)) };
  });
}

/** Zones differ by whole quarters of an hour, and asking the platform takes longer than all else here. */
const QUARTER_MS = 900_000;

function hoursOf(requests: readonly TraceRequest[], calendar: Calendar): readonly string[] {
  const known = new Map<number, string>();
  return requests.map(({ startedAt }) => {
    const quarter = Math.floor(startedAt / QUARTER_MS);
    const hour = known.get(quarter) ?? calendar.hour(startedAt);
    known.set(quarter, hour);
    return hour;
  });
}

const SLOT_LENGTH = { hour: "YYYY-MM-DDTHH".length, day: "YYYY-MM-DD".length, month: "YYYY-MM".length } as const;

const NOTHING: Omit<CachePoint, "at"> = { read: 0, written: 0, writtenAgain: 0, uncached: 0, expiries: 0 };

function plus(point: CachePoint, { own, prefix: { miss } }: TraceRequest): CachePoint {
  if (own === null) return point;
  const written = own.cacheWrite5m + own.cacheWrite1h;
  const expired = miss?.cause === "expired" ? miss : null;
  return {
    at: point.at,
    read: point.read + own.cacheRead,
    written: point.written + written,
    writtenAgain: point.writtenAgain + Math.min(expired?.tokens ?? 0, written),
    uncached: point.uncached + own.uncachedInput,
    expiries: point.expiries + (expired === null ? 0 : 1),
  };
}
