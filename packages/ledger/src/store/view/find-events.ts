import { setImmediate as turn } from "node:timers/promises";
import type { KnownEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { WantedIds } from "../columns/find-ids.ts";
import { mergeKnown, type Sightings } from "../columns/sightings.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { ViewFolder } from "./view-folder.ts";

/** Ids looked up at once, and events read from the end of the log, before others have their turn. */
const IDS_PER_TURN = 512;

/** The column files that events are found in. */
export interface StoredPlaces {
  readonly folders: readonly Pick<ViewFolder, "files" | "parts" | "lines">[];
  readonly hashOf: (id: string) => number;
}

/** What the events of a view are found in. */
export interface EventPlaces extends StoredPlaces {
  /** What is not in column files, merged with what they hold of its ids. */
  readonly tail: Sightings;
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
  await findStored(places, stored, counts, (event) => {
    const held = events.get(event.id);
    events.set(event.id, held === undefined ? event : mergeKnown(held, event));
  });
  return events;
}

/** Takes the events of some ids out of column files, one for each of their lines, in slots that count. */
export async function findStored(
  { folders, hashOf }: StoredPlaces,
  ids: readonly string[],
  counts: (file: StoredColumns, slot: number) => boolean,
  take: (event: KnownEvent) => void,
): Promise<void> {
  for (let start = 0; start < ids.length; start += IDS_PER_TURN) {
    const wanted = new WantedIds(ids.slice(start, start + IDS_PER_TURN), hashOf);
    for (const { lines, files, parts } of folders) {
      for (const file of [...files, ...parts]) {
        const found = wanted.findIn(file, lines);
        for (const { slot, lines: held } of found) {
          if (!counts(file, slot)) continue;
          for (const { frame } of held) if (isKnownEvent(frame.event)) take(frame.event);
        }
        if (found.length > 0) await turn();
      }
    }
  }
}
