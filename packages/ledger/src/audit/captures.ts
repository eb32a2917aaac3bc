import type { CaptureStarted, CaptureStopped, KnownEvent } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";

/** A service says that it begins to record on a host, or stops. */
export type CaptureMark = CaptureStarted | CaptureStopped;

export function isCaptureMark(event: KnownEvent): event is CaptureMark {
  return isEventOf(event, "CaptureStarted") || isEventOf(event, "CaptureStopped");
}

export interface Span {
  readonly since: Instant;
  readonly until: Instant;
}

/** The times in which a service said that it was recording. */
export interface CaptureTimes {
  readonly service: string | null;
  /** When it first said so. */
  readonly firstAt: Instant;
  /** In order; those in which any host was recording are one. A host that did not stop recorded up to its last request. */
  readonly spans: readonly Span[];
  /** Hosts that have not said that they stopped. */
  readonly openHosts: number;
}

/** When the last request of a service on a host was complete; null where there was none. */
export type LastRequestAt = (service: string | null, host: string | null) => Instant | null;

/** When each service was recording, by service. */
export function captureTimes(marks: readonly CaptureMark[], lastRequestAt: LastRequestAt): readonly CaptureTimes[] {
  return [...groupBy(marks.toSorted(byTime), ({ context }) => context.service)]
    .sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1))
    .map(([service, own]) => {
      const hosts = [...groupBy(own, ({ context }) => context.host)].map(([host, ofHost]) =>
        spansOf(ofHost, lastRequestAt(service, host)),
      );
      return {
        service,
        firstAt: Date.parse(own[0]?.occurredAt ?? ""),
        spans: joined(hosts.flatMap(({ spans }) => spans)),
        openHosts: hosts.filter(({ isOpen }) => isOpen).length,
      };
    });
}

/** Whether some host has not said that it stopped, and what it recorded last must be known. */
export function hasOpenCapture(marks: readonly CaptureMark[]): boolean {
  return captureTimes(marks, () => null).some(({ openHosts }) => openHosts > 0);
}

/** How much time lies in spans of which none overlaps another. */
export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { since, until }) => sum + until - since, 0);
}

/** When one host recorded. Several of its processes can record at once. */
function spansOf(
  marks: readonly CaptureMark[],
  lastRequestAt: Instant | null,
): { readonly spans: readonly Span[]; readonly isOpen: boolean } {
  const spans: Span[] = [];
  let running = 0;
  let since = 0;
  for (const mark of marks) {
    const at = Date.parse(mark.occurredAt);
    if (isEventOf(mark, "CaptureStarted")) {
      if (running === 0) since = at;
      running += 1;
    } else if (running > 0) {
      running -= 1;
      if (running === 0) spans.push({ since, until: at });
    }
  }
  if (running > 0) spans.push({ since, until: Math.max(since, lastRequestAt ?? since) });
  return { spans, isOpen: running > 0 };
}

/** The same time as spans in order, none of which touches another. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.since - b.since)) {
    const last = all.at(-1);
    if (last === undefined || span.since > last.until) all.push(span);
    else if (span.until > last.until) all[all.length - 1] = { since: last.since, until: span.until };
  }
  return all;
}

function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}

function byTime(a: CaptureMark, b: CaptureMark): number {
  return a.occurredAt < b.occurredAt ? -1 : a.occurredAt > b.occurredAt ? 1 : 0;
}
