import { WantedIds, type FoundLine, type FoundSlot } from "../columns/find-ids.ts";
import { forEachMatch, HashFilter } from "../columns/id-index.ts";
import type { LineReader } from "../columns/line-reader.ts";
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
  for (const [index, folder] of folders.entries()) {
    if (before.length > 0) for (const id of idsAmong(folder, before)) ids.add(id);
    if (index < folders.length - 1) before = withHashesOf(folder, before);
  }
  return idsInSeveral(ids, folders, dead, hashOf);
}

/**
 * Ids that count in more than one of some small folders, or in one of them and a large one.
 *
 * Takes four bytes of memory per id of the small folders; of the large one all hashes are looked at, and none is kept.
 */
export function findSharedWith(
  large: ViewFolder,
  small: readonly ViewFolder[],
  dead: DeadSlots,
  hashOf: (id: string) => number,
): readonly SharedId[] {
  const ids = new Set(findSharedIds(small, dead, hashOf).flatMap(({ slots }) => slots.map(({ id }) => id)));
  if (large.files.length > 0) for (const id of idsAmongLarge(large, small)) ids.add(id);
  for (const { files } of small) for (const file of files) file.releaseHashes();
  return idsInSeveral(ids, [large, ...small], dead, hashOf);
}

/** Ids of a large folder's files of which the hashes begin like one of some small folders'. */
function idsAmongLarge({ files, lines }: ViewFolder, small: readonly ViewFolder[]): readonly string[] {
  let hashes: Uint32Array = new Uint32Array(0);
  for (const folder of small) hashes = withHashesOf(folder, hashes);
  const filter = new HashFilter(hashes);
  return files.flatMap((file) => {
    const matches = filter.placesIn(file.passingHashes());
    return matches.length > 0 ? idsAt(file, matches, lines) : [];
  });
}

/** Those of some ids that count in several folders. */
function idsInSeveral(
  ids: ReadonlySet<string>,
  folders: readonly ViewFolder[],
  dead: DeadSlots,
  hashOf: (id: string) => number,
): readonly SharedId[] {
  if (ids.size === 0) return [];
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
    if (matches.length > 0) ids.push(...idsAt(file, matches, lines));
  }
  return ids;
}

/** The ids at some places of a file's index. */
function idsAt(file: StoredColumns, matches: readonly number[], lines: LineReader): readonly string[] {
  const index = file.index();
  return matches.flatMap((match) => {
    const [place] = index.places(index.slots.at(match));
    return place === undefined ? [] : lines.read(place).event.id;
  });
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
