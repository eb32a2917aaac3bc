import type { KnownEvent, LedgerEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { merge } from "../../events/merge.ts";
import type { LinePlace } from "./line-places.ts";

/** What some lines of a log say of one id, merged, and where they lie. */
export interface Sighting {
  event: KnownEvent;
  readonly places: LinePlace[];
}

/** An event of a type or version that this release does not know. */
export interface UnknownSighting {
  /** `Type@version`. */
  readonly kind: string;
  readonly id: string;
  readonly places: LinePlace[];
}

/** Events by id, each with the lines that hold it. */
export class Sightings {
  readonly known: Map<string, Sighting> = new Map();
  readonly unknown: Map<string, UnknownSighting> = new Map();
  /** When the first and the last of the lines were recorded; 0 where there are none. */
  recordedFrom = 0;
  recordedUntil = 0;

  add(event: LedgerEvent, place: LinePlace, recordedAt: number): void {
    this.recordedFrom = this.recordedFrom === 0 ? recordedAt : Math.min(this.recordedFrom, recordedAt);
    this.recordedUntil = Math.max(this.recordedUntil, recordedAt);
    if (!isKnownEvent(event)) {
      const kind = `${event.type}@${String(event.version)}`;
      const key = `${kind} ${event.id}`;
      const held = this.unknown.get(key);
      if (held === undefined) this.unknown.set(key, { kind, id: event.id, places: [place] });
      else held.places.push(place);
      return;
    }
    const held = this.known.get(event.id);
    if (held === undefined) {
      this.known.set(event.id, { event, places: [place] });
      return;
    }
    held.event = mergeKnown(held.event, event);
    held.places.push(place);
  }
}

/** Known events merge to a known event. */
export function mergeKnown(a: KnownEvent, b: KnownEvent): KnownEvent {
  const merged = merge(a, b);
  return isKnownEvent(merged) ? merged : a;
}
