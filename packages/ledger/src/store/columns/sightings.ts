import type { KnownEvent, LedgerEvent } from "../../events/event.ts";
import { isFoundByIdOnly, isKnownEvent, isRequest } from "../../events/known-event.ts";
import { merge } from "../../events/merge.ts";
import { DraftTables, type RowDraft } from "../../rows/row-draft.ts";
import type { Frame } from "../file/frame.ts";
import { ColumnFileError } from "./column-file.ts";
import type { LinePlace } from "./line-places.ts";
import type { LineReader } from "./line-reader.ts";
import type { DraftLine } from "./scan-line.ts";

/** What some lines of a log say of one id, merged, and where they lie. */
export interface Sighting {
  /** Of a request, what its row is made from; null for everything else. */
  draft: RowDraft | null;
  /** Null where its line is read again for it: see `Sightings.eventOf`. */
  event: KnownEvent | null;
  /** Whether it is of a kind of which there are too many to be held: see `isFoundByIdOnly`. */
  isFoundByIdOnly: boolean;
  readonly places: LinePlace[];
  /** Reads the places. */
  readonly lines: LineReader;
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
  /** What the drafts refer to. */
  readonly tables: DraftTables = new DraftTables();
  /** When the first and the last of the lines were recorded; 0 where there are none. */
  recordedFrom = 0;
  recordedUntil = 0;

  /**
   * Takes in a line.
   *
   * @param lines Reads the line again, where it has to be merged or is asked for whole.
   * @throws ColumnFileError where a line that was taken in before has been damaged since.
   */
  add(line: DraftLine | Frame, place: LinePlace, recordedAt: number, lines: LineReader): void {
    this.recordedFrom = this.recordedFrom === 0 ? recordedAt : Math.min(this.recordedFrom, recordedAt);
    this.recordedUntil = Math.max(this.recordedUntil, recordedAt);
    if ("draft" in line) {
      const held = this.known.get(line.draft.id);
      if (held === undefined) {
        const sighting = { draft: line.draft, event: null, isFoundByIdOnly: false, places: [place], lines };
        this.known.set(line.draft.id, sighting);
        return;
      }
      this.join(held, lines.read(place).event);
      held.places.push(place);
      return;
    }
    this.#addEvent(line.event, place, lines);
  }

  /** Merges another event of its id into a sighting. */
  join(sighting: Sighting, event: LedgerEvent): void {
    if (!isKnownEvent(event)) return;
    const before = this.eventOf(sighting);
    const merged = mergeKnown(before, event);
    sighting.isFoundByIdOnly = isFoundByIdOnly(merged);
    sighting.draft = isRequest(merged) ? this.tables.draftOf(merged) : null;
    // Said once more, it need not be held for that.
    if (!sighting.isFoundByIdOnly || merged !== before) sighting.event = merged;
  }

  /**
   * The whole event of a sighting.
   *
   * @throws ColumnFileError where its line has been damaged since.
   */
  eventOf({ event, places, lines }: Sighting): KnownEvent {
    if (event !== null) return event;
    // Where several lines say different things, they were merged when they were taken in.
    const [place] = places;
    const read = place === undefined ? null : lines.read(place).event;
    if (read === null || !isKnownEvent(read)) throw new ColumnFileError("a line does not say what it said");
    return read;
  }

  #addEvent(event: LedgerEvent, place: LinePlace, lines: LineReader): void {
    if (!isKnownEvent(event)) {
      const kind = `${event.type}@${String(event.version)}`;
      const key = `${kind} ${event.id}`;
      const held = this.unknown.get(key);
      if (held === undefined) this.unknown.set(key, { kind, id: event.id, places: [place] });
      else held.places.push(place);
      return;
    }
    const held = this.known.get(event.id);
    if (held !== undefined) {
      this.join(held, event);
      held.places.push(place);
      return;
    }
    const draft = isRequest(event) ? this.tables.draftOf(event) : null;
    const byIdOnly = isFoundByIdOnly(event);
    const isHeld = draft === null && !byIdOnly;
    const sighting = { draft, event: isHeld ? event : null, isFoundByIdOnly: byIdOnly, places: [place], lines };
    this.known.set(event.id, sighting);
  }
}

/** Known events merge to a known event. */
export function mergeKnown(a: KnownEvent, b: KnownEvent): KnownEvent {
  const merged = merge(a, b);
  return isKnownEvent(merged) ? merged : a;
}
