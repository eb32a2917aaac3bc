import {
  askRows,
  captureTimes,
  hasOpenCapture,
  isCaptureMark,
  lastRequestsProjection,
  lengthOf,
  type CaptureMark,
  type CaptureTimes,
  type Checkpoints,
  type Condition,
  type FiledRows,
  type Instant,
  type KnownEvent,
  type LastRequests,
  type RowProjection,
  type Span,
} from "@farthing/ledger";
import type { ReportQuestion } from "./question.ts";

/** Of which part of the report's time the calls of a service were recorded, as far as it said. */
export interface RecordedService {
  readonly service: string | null;
  /** From when on it could have been: the report's begin, or when it first said that it records. */
  readonly since: Instant;
  /** The report's end, or now. */
  readonly until: Instant;
  /** When it was, on any host. */
  readonly spans: readonly Span[];
  readonly recordedMs: number;
  /** Whether a host has not said that it stopped. */
  readonly isOn: boolean;
}

/** The services that say when they record, from rows and all other events. Reads rows only where a host has not stopped. */
export async function recordedTimes(
  rows: FiledRows & { readonly others: readonly KnownEvent[] },
  checkpoints: Checkpoints | null,
): Promise<readonly CaptureTimes[]> {
  const marks = rows.others.filter(isCaptureMark);
  const last = hasOpenCapture(marks) ? await askRows(LAST_REQUESTS, rows, checkpoints) : NO_REQUESTS;
  return timesOf(marks, last);
}

/** The same of what is in memory. */
export function timesOf(marks: readonly CaptureMark[], last: LastRequests): readonly CaptureTimes[] {
  return captureTimes(marks, (service, host) => last.get(JSON.stringify([service, host])) ?? null);
}

export const LAST_REQUESTS: RowProjection<LastRequests> = lastRequestsProjection(["service", "host"]);
const NO_REQUESTS: LastRequests = new Map();

/** What of that lies in the report's time, of the services that it is about. */
export function recordedServices(
  times: readonly CaptureTimes[],
  { since, until, now, where }: ReportQuestion,
): readonly RecordedService[] {
  const end = Math.min(until ?? now, now);
  return times.flatMap(({ service, firstAt, spans, openHosts }) => {
    const begin = Math.max(since ?? firstAt, firstAt);
    if (begin >= end || !where.every((condition) => isAbout(condition, service))) return [];
    const within = spans
      .map((span) => ({ since: Math.max(span.since, begin), until: Math.min(span.until, end) }))
      .filter((span) => span.since < span.until);
    return [{ service, since: begin, until: end, spans: within, recordedMs: lengthOf(within), isOn: openHosts > 0 }];
  });
}

/** Whether a condition leaves a service in. Of most conditions that cannot be told. */
function isAbout({ key, value }: Condition, service: string | null): boolean {
  return key !== "service" || value === service;
}
