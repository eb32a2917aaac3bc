import { LedgerChangedError } from "../../errors.ts";
import { byTimeThenId, correctionsInForce } from "../../events/corrections.ts";
import type { KnownEvent, LedgerEvent } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { correctedBy } from "../columns/catalogue.ts";
import { WantedIds } from "../columns/find-ids.ts";
import type { LineReader } from "../columns/line-reader.ts";
import { Sightings } from "../columns/sightings.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { Damage } from "../event-store.ts";
import { nodeFileSystem } from "../file/file-system.ts";
import { ReplicaMaking } from "../file/half-made.ts";
import { openFolderToRead } from "../file/ledger-folder.ts";
import { nodeProcesses } from "../file/processes.ts";
import { boundaryOf } from "./boundary.ts";
import { DeadSlots } from "./dead-slots.ts";
import { dropCopies } from "./drop-copies.ts";
import { changed, FolderView, type ViewParts } from "./folder-view.ts";
import { addKills, killedSlots } from "./killed-slots.ts";
import { findSharedIds, findSharedWith, type SharedId } from "./shared-ids.ts";
import { ViewPrunes } from "./view-prunes.ts";
import { openViewFolder, readUncovered, type FolderOptions, type LogEnd, type ViewFolder } from "./view-folder.ts";
import type { LedgerView, ViewOptions } from "./view.ts";

/**
 * Opens a view of one ledger, or of several as if all had been recorded in one.
 *
 * Segments that folders share, because one was copied to another, are taken once.
 *
 * @throws LedgerUnavailableError where the operating system refuses, or for a copy that is being made anew.
 * @throws LedgerFormatError where ledgers cannot be added up, because copies of one were pruned apart.
 * @throws LedgerPrunedError for an `asOf` of before a prune.
 * @throws RangeError for an `asOf` that is no position of a ledger.
 */
export async function openView(paths: readonly string[], options: ViewOptions = {}): Promise<LedgerView> {
  return askAgain(paths, options, async (view) => view, false);
}

/**
 * Asks a question of a view, and asks again where a file that it stood on was found damaged or replaced: in the end of
 * the log alone. `ask` must start anew each time.
 *
 * @throws as `openView`, and whatever `ask` throws.
 */
export async function askView<T>(
  paths: readonly string[],
  options: ViewOptions,
  ask: (view: LedgerView) => Promise<T>,
): Promise<T> {
  return askAgain(paths, options, ask, true);
}

/** @param trust Whether column files that are known are looked at only when they are read, at first. */
async function askAgain<T>(
  paths: readonly string[],
  options: ViewOptions,
  ask: (view: LedgerView) => Promise<T>,
  trust: boolean,
): Promise<T> {
  const { columns = "build" } = options;
  const again: Required<ViewOptions>["columns"][] = [columns, columns, "ignore"];
  for (const [attempt, use] of again.entries()) {
    try {
      const how = { check: attempt > 0, trust: trust && attempt === 0 };
      return await ask(await openOnce(paths, { ...options, columns: use }, how));
    } catch (error) {
      if (!(error instanceof LedgerChangedError) || attempt === again.length - 1) throw error;
    }
  }
  throw new LedgerChangedError("again and again");
}

async function openOnce(
  paths: readonly string[],
  options: ViewOptions,
  how: Pick<FolderOptions, "check" | "trust">,
): Promise<LedgerView> {
  const { asOf = null, columns = "build", fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
  const hashOf = options.idHash ?? idHash;
  const boundary = boundaryOf(asOf);
  const opened: ViewFolder[] = [];
  const makings: ReplicaMaking[] = [];
  try {
    for (const path of paths) {
      const { isReplica } = await openFolderToRead(path, fileSystem);
      if (isReplica) makings.push(await ReplicaMaking.read(path, fileSystem));
      opened.push(await openViewFolder(path, { ...options, columns, fileSystem, processes, idHash: hashOf, ...how }));
    }
    const tail = new Sightings();
    const folders: ViewFolder[] = [];
    const ends: LogEnd[] = [];
    const damage: Damage[] = [];
    const prunes = await ViewPrunes.read(paths, fileSystem);
    if (asOf !== null) prunes.refuseBefore(asOf);
    const isWhole = paths.length === 1 && boundary.isOpen;
    // Parts are used where nothing but their own folder has a say in what counts.
    const counting = opened.map((folder) => prunes.withoutDropped(isWhole ? folder : { ...folder, parts: [] }));
    for (const folder of await dropCopies(counting, fileSystem)) {
      const read = await readUncovered(folder, boundary, tail, { fileSystem, idHash: hashOf });
      folders.push({ ...folder, files: read.files });
      ends.push(...read.ends);
      damage.push(...read.damage);
    }
    for (const id of await prunes.among([...tail.known.keys()])) tail.known.delete(id);
    const parts = { ...(await applied(folders, tail, prunes, hashOf)), ends, damage };
    for (const making of makings) await making.refuseAnother();
    for (const { root, prunes: before } of folders) {
      // What was read after a prune is without what it pruned, and the sums are not among the logs that were listed.
      if (!(await prunes.isNewest(root, fileSystem, before)))
        throw new LedgerChangedError(`${root} was pruned meanwhile`);
    }
    if (columns === "build" && boundary.isOpen) for (const { catalogue } of folders) await catalogue.keep();
    return new FolderView(parts);
  } catch (error) {
    throw changed(error);
  }
}

/** Everything that is known of which slots count, and of what is not a request. */
async function applied(
  folders: readonly ViewFolder[],
  tail: Sightings,
  prunes: ViewPrunes,
  hashOf: (id: string) => number,
): Promise<Omit<ViewParts, "ends" | "damage">> {
  const killed = killedSlots(folders);
  for (const folder of folders) await prunes.takeAway(folder, killed);
  // A correction can be taken back by one in the tail: what it takes away of the files counts there and not here.
  const dead = new DeadSlots(killed);
  const current = new DeadSlots(killed);
  takeInParts(folders, current, tail, hashOf);
  takeInShared(folders, dead, current, tail, hashOf);
  const named = correctedBy([...othersIn(tail), ...folders.flatMap(({ parts }) => parts.flatMap(othersInFile))]);
  const corrected = joinTail(folders, current, tail, named, hashOf);
  for (const each of findCorrected(folders, hashOf)) corrected.push(each);

  const others = [
    ...othersOf(folders, ({ files }) => files, current),
    ...othersOf(folders, ({ parts }) => parts, current),
    ...othersIn(tail),
  ].sort(byTimeThenId);
  const corrections = correctionsInForce(others);
  const stored = correctionsInForce(othersOf(folders, ({ files }) => files, dead).sort(byTimeThenId));
  for (const { id, file, slot } of corrected) {
    if (slot >= file.header.rows) continue;
    if (stored.has(id)) dead.add(file, slot);
    if (corrections.has(id)) current.add(file, slot);
  }
  return { folders, dead, current, tail, others, corrections, hashOf };
}

/** A slot of a column file whose event a correction names. */
interface CorrectedSlot {
  readonly id: string;
  readonly file: StoredColumns;
  readonly slot: number;
}

/**
 * Lets part files replace what they were merged with. What else has one of their ids, because it was made after them or
 * is a part too, goes into the tail, merged.
 */
function takeInParts(
  folders: readonly ViewFolder[],
  current: DeadSlots,
  tail: Sightings,
  hashOf: (id: string) => number,
): void {
  for (const folder of folders) {
    const { files, parts } = folder;
    if (parts.length === 0) continue;
    addKills(parts, files, current);
    const first = Math.min(...parts.map(({ order }) => order));
    const newer = { ...folder, files: newerThan(first, files) };
    const apart = parts.map((part) => ({ ...folder, files: [part] }));
    moveToTail(findSharedWith(newer, apart, current, hashOf), current, tail);
  }
}

/** Moves ids that several folders have into the tail, merged. */
function takeInShared(
  folders: readonly ViewFolder[],
  dead: DeadSlots,
  current: DeadSlots,
  tail: Sightings,
  hashOf: (id: string) => number,
): void {
  if (folders.filter(({ files }) => files.length > 0).length < 2) return;
  moveToTail(findSharedIds(folders, dead, hashOf), current, tail);
  for (const { files } of folders) for (const file of files) file.releaseHashes();
}

function moveToTail(shared: readonly SharedId[], current: DeadSlots, tail: Sightings): void {
  for (const { slots, lines } of shared) {
    const known = lines.filter(({ frame }) => isKnownEvent(frame.event));
    // Of what no line says any more the newest row is left.
    for (const { rows, slot } of known.length === 0 ? slots.slice(0, -1) : slots) current.add(rows, slot);
    for (const { frame, place, reader } of known) tail.add(frame, place, 0, reader);
  }
}

/** Merges what column files hold of the tail's ids into the tail; returns where they hold what its corrections name. */
function joinTail(
  folders: readonly ViewFolder[],
  current: DeadSlots,
  tail: Sightings,
  named: ReadonlySet<string>,
  hashOf: (id: string) => number,
): CorrectedSlot[] {
  const corrected: CorrectedSlot[] = [];
  const ids = new Set([...tail.known.keys(), ...named]);
  if (ids.size === 0) return corrected;
  const wanted = new WantedIds(ids, hashOf);
  for (const { files, parts, lines } of folders) {
    for (const file of [...files, ...parts]) {
      for (const { id, slot, lines: held } of wanted.findIn(file, lines)) {
        if (named.has(id)) corrected.push({ id, file, slot });
        const sighting = tail.known.get(id);
        if (sighting === undefined) continue;
        const events: LedgerEvent[] = held.map(({ frame }) => frame.event);
        const known = events.filter(isKnownEvent);
        if (known.length === 0 && events.length > 0) continue;
        current.add(file, slot);
        for (const event of known) tail.join(sighting, event);
      }
    }
  }
  return corrected;
}

/** Where column files hold what corrections in any of them name. */
function findCorrected(folders: readonly ViewFolder[], hashOf: (id: string) => number): CorrectedSlot[] {
  const named = correctedBy(folders.flatMap(({ files }) => othersInFiles(files)));
  return folders.flatMap(({ catalogue, files, parts, lines }) => [
    ...[...catalogue.find(named, files, lines, hashOf)].flatMap(([file, slots]) =>
      slots.map(({ id, slot }) => ({ id, file, slot })),
    ),
    ...parts.flatMap((part) => correctedInPart(part, files, lines, hashOf)),
  ]);
}

/** Where a part file holds what corrections in column files name: it says so of those made before it. */
function correctedInPart(
  part: StoredColumns,
  files: readonly StoredColumns[],
  lines: LineReader,
  hashOf: (id: string) => number,
): CorrectedSlot[] {
  const wanted = new WantedIds(correctedBy(newerThan(part.order, files).flatMap(othersInFile)), hashOf);
  return [
    ...(part.facts.corrected ?? []).map(([slot, id]) => ({ id, file: part, slot })),
    ...wanted.findIn(part, lines).map(({ id, slot }) => ({ id, file: part, slot })),
  ];
}

/** The tail's events that are not requests, and are held. */
function othersIn(tail: Sightings): KnownEvent[] {
  return [...tail.known.values()].flatMap((each) =>
    each.draft === null && !each.isFoundByIdOnly ? tail.eventOf(each) : [],
  );
}

/** The events in column files that are not requests, and count. */
function othersOf(
  folders: readonly ViewFolder[],
  among: (folder: ViewFolder) => readonly StoredColumns[],
  dead: DeadSlots,
): KnownEvent[] {
  const others: KnownEvent[] = [];
  for (const file of folders.flatMap(among)) {
    for (const [index, event] of othersInFile(file).entries()) {
      if (!dead.has(file, file.header.rows + index)) others.push(event);
    }
  }
  return others;
}

function othersInFiles(files: readonly StoredColumns[]): KnownEvent[] {
  const others: KnownEvent[] = [];
  for (const file of files) others.push(...othersInFile(file));
  return others;
}

/** Of files in the order of their making, those made after one. */
function newerThan(order: number, files: readonly StoredColumns[]): readonly StoredColumns[] {
  let from = files.length;
  while (from > 0 && (files[from - 1]?.order ?? 0) > order) from -= 1;
  return files.slice(from);
}

function othersInFile({ facts }: StoredColumns): readonly KnownEvent[] {
  return facts.others;
}
