import type { EventsDropped, KnownEvent } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";
import type { RowBatch, RowContext } from "../rows/request-rows.ts";
import { addTokens, NO_TOKENS, type TokenBuckets } from "../usage/usage.ts";
import {
  captureTimes,
  isCaptureMark,
  lengthOf,
  type CaptureMark,
  type CaptureTimes,
  type LastRequestAt,
} from "./captures.ts";

const HOUR_MS = 3_600_000;

/** What one host of an origin recorded. */
export interface HostRecording {
  /** Null where it is not known. */
  readonly host: string | null;
  readonly requests: number;
  readonly lastAt: Instant;
}

/** What was seen by one source of one service. */
export interface OriginRecording {
  /** Such as `claude-code`. */
  readonly source: string;
  /** Null where it has no name. */
  readonly service: string | null;
  readonly requests: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** In how many different hours there were requests. */
  readonly activeHours: number;
  /** The longest time without one, between two requests, to the hour; 0 where none was as long as an hour. */
  readonly longestPauseMs: number;
  /** By the newest request, newest first. */
  readonly hosts: readonly HostRecording[];
}

/** The times in which a service said that it was recording, on any host. */
export interface Capture {
  readonly service: string | null;
  readonly firstAt: Instant;
  /** How long in all. A host that did not say when it stopped counts up to its last request. */
  readonly recordedMs: number;
  /** Hosts that have not said that they stopped. */
  readonly openHosts: number;
  /** When the last host stopped; null while one has not said so. */
  readonly stoppedAt: Instant | null;
}

/** Who records into a ledger, since when, and what was lost on the way. */
export interface Recording {
  /** By the newest request, newest first. */
  readonly origins: readonly OriginRecording[];
  /** By service. */
  readonly captures: readonly Capture[];
  readonly dropped: { readonly events: number; readonly tokens: TokenBuckets; readonly lastAt: Instant | null };
}

/** Collects a `Recording`, one batch of requests at a time. Memory grows with origins, hosts and hours alone. */
export class RecordingTally {
  readonly #origins = new Map<string, OriginTally>();
  readonly #marks: CaptureMark[] = [];
  #dropped: Recording["dropped"] = { events: 0, tokens: NO_TOKENS, lastAt: null };

  /** Takes in those requests of a batch that count. */
  addRequests({ rows, dead }: RowBatch): void {
    const tallies: OriginTally[][] = [];
    for (let row = 0; row < rows.count; row += 1) {
      if (dead !== null && dead[row] !== 0) continue;
      const index = rows.contextOf[row] ?? 0;
      const at = rows.occurredAt[row] ?? 0;
      const { host } = rows.contexts.at(index).context;
      for (const tally of (tallies[index] ??= this.#talliesOf(rows.contexts.at(index)))) tally.add(at, host);
    }
  }

  /** Takes in an event that is no request. */
  add(event: KnownEvent): void {
    if (isEventOf(event, "EventsDropped")) this.#addDropped(event);
    if (isCaptureMark(event)) this.#marks.push(event);
  }

  result(): Recording {
    const origins = [...this.#origins.values()].map((tally) => tally.result());
    return {
      origins: origins.sort(newestFirst),
      captures: captureTimes(this.#marks, lastRequestIn(origins)).map(captureOf),
      dropped: this.#dropped,
    };
  }

  #talliesOf({ context: { service }, sources }: RowContext): OriginTally[] {
    return sources.map((source) => {
      const key = JSON.stringify([source, service]);
      const tally = this.#origins.get(key) ?? new OriginTally(source, service);
      this.#origins.set(key, tally);
      return tally;
    });
  }

  #addDropped({ count, tokens, occurredAt }: EventsDropped): void {
    const { events, tokens: before, lastAt } = this.#dropped;
    this.#dropped = {
      events: events + count,
      tokens: addTokens(before, tokens),
      lastAt: Math.max(lastAt ?? -Infinity, Date.parse(occurredAt)),
    };
  }
}

/** What one source saw of one service. */
class OriginTally {
  readonly #source: string;
  readonly #service: string | null;
  readonly #hosts = new Map<string | null, { requests: number; lastAt: Instant }>();
  readonly #hours = new Set<number>();
  #hour = NaN;
  #firstAt = Infinity;

  constructor(source: string, service: string | null) {
    this.#source = source;
    this.#service = service;
  }

  add(at: Instant, host: string | null): void {
    if (at < this.#firstAt) this.#firstAt = at;
    const hour = Math.floor(at / HOUR_MS);
    // Requests come nearly in order of time.
    if (hour !== this.#hour) this.#hours.add(hour);
    this.#hour = hour;
    const seen = this.#hosts.get(host);
    if (seen === undefined) {
      this.#hosts.set(host, { requests: 1, lastAt: at });
      return;
    }
    seen.requests += 1;
    if (at > seen.lastAt) seen.lastAt = at;
  }

  result(): OriginRecording {
    const hours = Float64Array.from(this.#hours).sort();
    let longest = 1;
    for (let index = 1; index < hours.length; index += 1) {
      longest = Math.max(longest, (hours[index] ?? 0) - (hours[index - 1] ?? 0));
    }
    const hosts = [...this.#hosts].map(([host, { requests, lastAt }]) => ({ host, requests, lastAt }));
    return {
      source: this.#source,
      service: this.#service,
      requests: hosts.reduce((sum, { requests }) => sum + requests, 0),
      firstAt: this.#firstAt,
      lastAt: Math.max(...hosts.map(({ lastAt }) => lastAt)),
      activeHours: hours.length,
      longestPauseMs: (longest - 1) * HOUR_MS,
      hosts: hosts.sort(newestFirst),
    };
  }
}

function newestFirst(a: { readonly lastAt: Instant }, b: { readonly lastAt: Instant }): number {
  return b.lastAt - a.lastAt;
}

function captureOf({ service, firstAt, spans, openHosts }: CaptureTimes): Capture {
  return {
    service,
    firstAt,
    recordedMs: lengthOf(spans),
    openHosts,
    stoppedAt: openHosts > 0 ? null : (spans.at(-1)?.until ?? firstAt),
  };
}

/** When the last request of a service on a host was complete; null where there was none. */
function lastRequestIn(origins: readonly OriginRecording[]): LastRequestAt {
  return (service, host) => {
    const hosts = origins.filter((origin) => origin.service === service).flatMap((origin) => origin.hosts);
    const times = hosts.filter((each) => each.host === host).map(({ lastAt }) => lastAt);
    return times.length === 0 ? null : Math.max(...times);
  };
}
