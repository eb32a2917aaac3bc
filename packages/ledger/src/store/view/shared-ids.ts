import { WantedIds, type FoundLine, type FoundSlot } from "../columns/find-ids.ts";
import { forEachMatch } from "../columns/id-index.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { DeadSlots } from "./dead-slots.ts";
import type { ViewFolder } from "./view-folder.ts";

/** An id with everything that the column files of some folders hold of it. */
export interface SharedId {
  readonly slots: readonly FoundSlot<StoredColumns>[];
  readonly lines: readonly FoundLine[];
}

/**
 * Ids that count in column files of more than one folder.
 *
 * Takes four bytes of memory per id of all folders but the last, whatever they hold.
 */
export function findSharedIds(
  folders: readonly ViewFolder[],
  dead: DeadSlots,
  hashOf: (id: string) => number,
): readonly SharedId[] {
  const ids = new Set<string>();
  let before: Uint32Array = new Uint32Array(0);
  for (const folder of folders) {
    if (before.length > 0) for (const id of idsAmong(folder, before)) ids.add(id);
    before = withHashesOf(folder, before);
  }
  const wanted = new WantedIds(ids, hashOf);
  const found = new Map<string, Map<ViewFolder, FoundSlot<StoredColumns>[]>>();
  for (const folder of folders) {
    for (const file of folder.files) {
      for (const slot of wanted.findIn(file, folder.lines)) {
        if (dead.has(file, slot.slot)) continue;
        const byFolder = found.get(slot.id) ?? new Map<ViewFolder, FoundSlot<StoredColumns>[]>();
        found.set(slot.id, byFolder.set(folder, [...(byFolder.get(folder) ?? []), slot]));
      }
    }
  }
  return [...found.values()]
    .filter((byFolder) => byFolder.size > 1)
    .map((byFolder) => {
      const slots = [...byFolder.values()].flat();
      return { slots, lines: slots.flatMap(({ lines }) => lines) };
    });
}

/** Ids of a folder's files whose hashes begin like one of some others'. */
function idsAmong({ files, lines }: ViewFolder, hashes: Uint32Array): readonly string[] {
  const ids: string[] = [];
  for (const file of files) {
    const matches: number[] = [];
    forEachMatch(file.hashes(), hashes, (place) => {
      if (matches.at(-1) !== place) matches.push(place);
    });
    if (matches.length === 0) continue;
    const index = file.index();
    for (const match of matches) {
      const [place] = index.places(index.slots.at(match));
      if (place !== undefined) ids.push(lines.read(place).event.id);
    }
  }
  return ids;
}

function withHashesOf({ files }: ViewFolder, before: Uint32Array): Uint32Array {
  const all = new Uint32Array(before.length + files.reduce((sum, { header }) => sum + header.slots, 0));
  all.set(before);
  let length = before.length;
  for (const file of files) {
    all.set(file.hashes(), length);
    length += file.header.slots;
  }
  return all.sort();
}
