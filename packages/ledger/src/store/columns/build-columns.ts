import type { KnownEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { inRowOrder, rowsOfDrafts } from "../../rows/build-rows.ts";
import type { RequestRows } from "../../rows/request-rows.ts";
import type { DraftTables, RowDraft } from "../../rows/row-draft.ts";
import type { Damage } from "../event-store.ts";
import type { MergedFrom } from "./column-file.ts";
import type { EarlierFiles } from "./earlier-files.ts";
import { WantedIds, type FoundLine } from "./find-ids.ts";
import { buildIdIndex, type IdIndex } from "./id-index.ts";
import type { LinePlace } from "./line-places.ts";
import type { LineReader } from "./line-reader.ts";
import { recordedAt } from "./read-segment.ts";
import type { Sighting, Sightings } from "./sightings.ts";

/**
 * A slot of rows made before that does not count any more, because its id was seen again and is in a slot here, merged
 * with it.
 *
 * Every slot that an id has in what was made before is named, whether it counted or not: so just one counts, the one
 * made last, whichever of them are deleted and made again.
 */
export interface Kill {
  readonly order: number;
  readonly slot: number;
}

/** The kills of a file: the n-th is of the n-th order and the n-th slot. */
export class Kills implements Iterable<Kill> {
  readonly orders: Uint32Array;
  readonly slots: Uint32Array;

  constructor(orders: Uint32Array, slots: Uint32Array) {
    this.orders = orders;
    this.slots = slots;
  }

  *[Symbol.iterator](): Generator<Kill, void> {
    for (const [index, order] of this.orders.entries()) yield { order, slot: this.slots[index] ?? 0 };
  }
}

/**
 * What column files hold, in memory.
 *
 * A slot is what has an id: the rows are the first slots, then come the other known events, then those that are only
 * found by their id, then the unknown ones.
 */
export interface BuiltColumns {
  readonly order: number;
  readonly rows: RequestRows;
  /** What the rows were made from, in their order, and what that refers to. */
  readonly drafts: readonly RowDraft[];
  readonly tables: DraftTables;
  readonly others: readonly KnownEvent[];
  /** `Type@version` and id of events that this release does not know. */
  readonly unknown: readonly (readonly [kind: string, id: string])[];
  readonly damage: readonly Damage[];
  readonly kills: readonly Kill[];
  readonly mergedFrom: readonly MergedFrom[];
  readonly index: IdIndex;
  /** By slot. */
  readonly places: readonly (readonly LinePlace[])[];
  /** See `ColumnFacts`. */
  readonly corrected?: readonly (readonly [slot: number, id: string])[];
}

/**
 * Makes columns of what was seen in some lines, each id merged with all its sightings in the rows made before.
 *
 * @param lines Reads the segments that the rows made before name.
 */
export async function buildColumns(
  sightings: Sightings,
  damage: readonly Damage[],
  earlier: EarlierFiles,
  lines: LineReader,
  order: number,
  hashOf: (id: string) => number,
): Promise<BuiltColumns> {
  const kills: Kill[] = [];
  const mergedFrom = new Map<string, MergedFrom>();
  const wanted = new WantedIds(sightings.known.keys(), hashOf);
  for await (const rows of earlier.mayHold(wanted)) {
    for (const { id, slot, lines: held } of wanted.findIn(rows, lines)) {
      const sighting = sightings.known.get(id);
      if (sighting === undefined || (held.length > 0 && !held.some(({ frame }) => isKnownEvent(frame.event)))) continue;
      kills.push({ order: rows.order, slot });
      for (const line of held) {
        if (!isKnownEvent(line.frame.event) || includes(sighting.places, line.place)) continue;
        sightings.join(sighting, line.frame.event);
        sighting.places.push(line.place);
        noteSource(mergedFrom, line);
      }
    }
  }
  return { order, damage, kills, mergedFrom: [...mergedFrom.values()], ...arrange(sightings, hashOf) };
}

/** Gives everything its slot. */
function arrange(
  sightings: Sightings,
  hashOf: (id: string) => number,
): Pick<BuiltColumns, "rows" | "drafts" | "tables" | "others" | "unknown" | "index" | "places"> {
  const { known, unknown, tables } = sightings;
  const all = [...known.values()];
  const drafts = inRowOrder(all.flatMap(({ draft }) => draft ?? []));
  const isOther = (each: Sighting): boolean => each.draft === null && !each.isFoundByIdOnly;
  const others = all.flatMap((each) => (isOther(each) ? sightings.eventOf(each) : [])).sort(byId);
  const strangers = [...unknown.values()];
  const byIdOnly = [...known].flatMap(([id, each]) => (each.isFoundByIdOnly ? id : [])).sort();
  const knownIds = [...[...drafts, ...others].map(({ id }) => id), ...byIdOnly];
  return {
    rows: rowsOfDrafts(drafts, tables),
    drafts,
    tables,
    others,
    unknown: strangers.map(({ kind, id }) => [kind, id] as const),
    index: buildIdIndex([...knownIds, ...strangers.map(({ id }) => id)].map(hashOf)),
    places: [...knownIds.map((id) => known.get(id)?.places ?? []), ...strangers.map(({ places }) => places)],
  };
}

function noteSource(sources: Map<string, MergedFrom>, { place, frame }: FoundLine): void {
  const { writer, segment } = place;
  const key = `${writer} ${String(segment)}`;
  const held = sources.get(key);
  sources.set(key, {
    writer,
    segment,
    byte: Math.max(held?.byte ?? 0, place.byte + place.length + 1),
    recordedUntil: Math.max(held?.recordedUntil ?? 0, recordedAt(frame)),
  });
}

function includes(places: readonly LinePlace[], { writer, segment, byte }: LinePlace): boolean {
  return places.some((place) => place.byte === byte && place.segment === segment && place.writer === writer);
}

function byId(a: KnownEvent, b: KnownEvent): number {
  return a.id < b.id ? -1 : 1;
}
