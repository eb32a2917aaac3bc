import { setImmediate as turn } from "node:timers/promises";
import type { KnownEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { WantedIds } from "../columns/find-ids.ts";
import { mergeKnown, type Sightings } from "../columns/sightings.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { ViewFolder } from "./view-folder.ts";

/** Ids looked up at once, and events read from the end of the log, before others have their turn. */
const IDS_PER_TURN = 512;

/** What events are found in. */
export interface EventPlaces {
  readonly folders: readonly ViewFolder[];
  /** What is not in column files, merged with what they hold of its ids. */
  readonly tail: Sightings;
  readonly hashOf: (id: string) => number;
}

/**
 * The merged events of some ids, read from their lines.
 *
 * @param counts Whether a slot of a column file counts. Default: all are taken.
 */
export async function findEvents(
  places: EventPlaces,
  ids: Iterable<string>,
  counts: (file: StoredColumns, slot: number) => boolean = () => true,
): Promise<Map<string, KnownEvent>> {
  const { tail } = places;
  const events = new Map<string, KnownEvent>();
  const stored: string[] = [];
  let read = 0;
  for (const id of new Set(ids)) {
    const sighting = tail.known.get(id);
    if (sighting === undefined) {
      stored.push(id);
      continue;
    }
    if (read++ % IDS_PER_TURN === IDS_PER_TURN - 1) await turn();
    events.set(id, tail.eventOf(sighting));
  }
  for (let start = 0; start < stored.length; start += IDS_PER_TURN) {
    await findStored(places, stored.slice(start, start + IDS_PER_TURN), counts, events);
  }
  return events;
}

async function findStored(
  { folders, hashOf }: EventPlaces,
  ids: readonly string[],
  counts: (file: StoredColumns, slot: number) => boolean,
  events: Map<string, KnownEvent>,
): Promise<void> {
  const wanted = new WantedIds(ids, hashOf);
  for (const { lines, files } of folders) {
    for (const file of files) {
      const found = wanted.findIn(file, lines);
      for (const { id, slot, lines: held } of found) {
        if (!counts(file, slot)) continue;
        for (const { frame } of held) {
          if (!isKnownEvent(frame.event)) continue;
          const event = events.get(id);
          events.set(id, event === undefined ? frame.event : mergeKnown(event, frame.event));
        }
      }
      if (found.length > 0) await turn();
    }
  }
}
