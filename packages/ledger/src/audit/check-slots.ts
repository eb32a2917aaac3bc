import { LedgerError } from "../errors.ts";
import { idHash } from "../events/id-hash.ts";
import { isKnownEvent } from "../events/known-event.ts";
import { ColumnFileError } from "../store/columns/column-file.ts";
import { columnPath, columnsFolder, openColumns, segmentsFolder } from "../store/columns/columns-folder.ts";
import { WantedIds, type SlotIndex } from "../store/columns/find-ids.ts";
import { splitHash } from "../store/columns/id-index.ts";
import type { LinePlace } from "../store/columns/line-places.ts";
import { LineReader } from "../store/columns/line-reader.ts";
import { readSegment, type SegmentLine } from "../store/columns/read-segment.ts";
import type { StoredColumns } from "../store/columns/stored-columns.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { decodeFrame, type Frame } from "../store/file/frame.ts";
import { openPrunedIds } from "../store/file/pruned.ts";
import type { Log } from "../store/file/read-log.ts";
import type { Problems } from "./problem.ts";

/**
 * Holds what column files say of which slot counts against the log: no line of their segments is left out, no slot was
 * replaced by one that says less, and no id counts twice. What the slots say is for `checkColumns`.
 *
 * Takes eight bytes of memory per id.
 */
export async function checkSlots(root: string, fileSystem: FileSystem, problems: Problems): Promise<void> {
  const { logs, files } = await openColumns(root, fileSystem, { check: true });
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  const byOrder = new Map(files.map((file) => [file.order, file]));
  const report = (file: StoredColumns, count: number, what: string): void => {
    if (count > 0) problems.add("wrong-row", { file: pathOf(root, file) }, `${String(count)} ${what}`);
  };
  const killed = new Map<StoredColumns, Set<number>>();
  for (const file of files) {
    const log = logs.find(({ writer }) => writer === file.header.source.writer);
    await unlessNamed(problems, pathOf(root, file), async () => {
      if (log === undefined) return;
      report(
        file,
        await countLeftOut(root, log, file, fileSystem),
        "lines of its segment are in none of its rows, or are not found there",
      );
      report(file, countLost(file, byOrder, lines), "rows that it replaces say more than it");
    });
    for (const { order, slot } of file.kills) {
      const other = byOrder.get(order);
      if (other !== undefined) killed.set(other, (killed.get(other) ?? new Set<number>()).add(slot));
    }
  }
  await unlessNamed(problems, columnsFolder(root), async () => {
    for (const [file, count] of countTwice(files, killed, lines)) report(file, count, "of its rows count twice");
  });
}

/** Does something with column files; that they cannot be read has been named, that they cannot be understood has not. */
async function unlessNamed(problems: Problems, file: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ColumnFileError || error instanceof LedgerError) return;
    const what = error instanceof Error ? error.message : String(error);
    problems.add("wrong-row", { file }, `it cannot be understood: ${what}`);
  }
}

function pathOf(root: string, { header: { source } }: StoredColumns): string {
  return columnPath(root, source.writer, source.segment);
}

/** Good lines of a file's segment that no slot of it names, or only one that is not found by the line's id. */
async function countLeftOut(root: string, log: Log, file: StoredColumns, fileSystem: FileSystem): Promise<number> {
  const hashes = new Map(Array.from(slotsOf(file), ({ slot, hash }) => [slot, hash]));
  const held = new Map<string, number | undefined>();
  const index = file.index();
  for (let slot = 0; slot < file.header.slots; slot += 1) {
    for (const place of index.places(slot)) held.set(keyOf(place), hashes.get(slot));
  }
  let count = 0;
  const known: string[] = [];
  const { segment } = file.header.source;
  const take = ({ entry: { frame }, place }: SegmentLine<Frame>): void => {
    const { high, low } = splitHash(idHash(frame.event.id));
    if (held.get(keyOf(place)) === joined(high, low)) return;
    count += 1;
    if (isKnownEvent(frame.event)) known.push(frame.event.id);
  };
  await readSegment(fileSystem, log, segment, decodeFrame, () => undefined, take);
  if (count === 0) return 0;
  const pruned = await (await openPrunedIds(fileSystem, root)).among(known);
  return count - known.filter((id) => pruned.has(id)).length;
}

/** Slots that a file says it replaces, and of which it does not hold every line. */
function countLost(file: StoredColumns, byOrder: ReadonlyMap<number, StoredColumns>, lines: LineReader): number {
  const replaced = new Map<string, readonly LinePlace[]>();
  let count = 0;
  const indexes = new Map<number, SlotIndex | undefined>();
  for (const { order, slot } of file.kills) {
    if (!indexes.has(order)) indexes.set(order, byOrder.get(order)?.index());
    const places = (indexes.get(order)?.places(slot) ?? []).filter((place) => isGood(place, lines));
    const id = idAt(places, lines);
    if (id !== null) replaced.set(id, [...(replaced.get(id) ?? []), ...places]);
  }
  const held = new Map<string, Set<string>>();
  for (const { id, lines: found } of new WantedIds(replaced.keys(), idHash).findIn(file, lines)) {
    held.set(id, new Set(found.map(({ place }) => keyOf(place))));
  }
  for (const [id, places] of replaced) {
    const own = held.get(id);
    if (own === undefined || places.some((place) => !own.has(keyOf(place)))) count += 1;
  }
  return count;
}

/** By file, how many ids have a slot there that counts, and one in an earlier file. */
function countTwice(
  files: readonly StoredColumns[],
  killed: ReadonlyMap<StoredColumns, ReadonlySet<number>>,
  lines: LineReader,
): ReadonlyMap<StoredColumns, number> {
  const all = new Float64Array(files.reduce((sum, { header }) => sum + header.slots, 0));
  let length = 0;
  for (const file of files) for (const { hash } of countingSlots(file, killed)) all[length++] = hash;
  const sorted = all.subarray(0, length).sort();
  const repeated = new Set(sorted.filter((hash, index) => hash === sorted[index - 1]));
  const seen = new Set<string>();
  const twice = new Map<StoredColumns, number>();
  if (repeated.size === 0) return twice;
  for (const file of files) {
    const index = file.index();
    for (const { hash, slot } of countingSlots(file, killed)) {
      const id = repeated.has(hash) ? idAt(index.places(slot), lines) : null;
      if (id === null) continue;
      if (seen.has(id)) twice.set(file, (twice.get(file) ?? 0) + 1);
      seen.add(id);
    }
  }
  return twice;
}

/** The slots of a file that no file replaces. */
function countingSlots(
  file: StoredColumns,
  killed: ReadonlyMap<StoredColumns, ReadonlySet<number>>,
): readonly HashedSlot[] {
  const dead = killed.get(file);
  return [...slotsOf(file)].filter(({ slot }) => dead?.has(slot) !== true);
}

/** A slot with the hash of its id, as the index has it. */
interface HashedSlot {
  readonly slot: number;
  readonly hash: number;
}

function* slotsOf(file: StoredColumns): Generator<HashedSlot> {
  const { low, slots } = file.index();
  for (const [place, high] of file.hashes().entries())
    yield { slot: slots.at(place), hash: joined(high, low.at(place)) };
  file.releaseHashes();
}

function joined(high: number, low: number): number {
  return high * 2 ** 16 + low;
}

/** The id in the first of some lines that can be read and holds an event this release knows. */
function idAt(places: readonly LinePlace[], lines: LineReader): string | null {
  for (const place of places) {
    if (!isGood(place, lines)) continue;
    const { event } = lines.read(place);
    if (isKnownEvent(event)) return event.id;
  }
  return null;
}

function isGood(place: LinePlace, lines: LineReader): boolean {
  try {
    lines.read(place);
    return true;
  } catch (error) {
    if (error instanceof ColumnFileError) return false;
    throw error;
  }
}

function keyOf({ writer, segment, byte }: LinePlace): string {
  return `${writer} ${String(segment)} ${String(byte)}`;
}
