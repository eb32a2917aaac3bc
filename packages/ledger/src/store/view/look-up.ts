import { join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import { byTimeThenId, correctionsInForce } from "../../events/corrections.ts";
import type { KnownEvent, LedgerEvent, UsageCorrected } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import { isEventOf, isKnownEvent } from "../../events/known-event.ts";
import { ColumnFileError } from "../columns/column-file.ts";
import { openColumns, segmentsFolder } from "../columns/columns-folder.ts";
import { LineReader } from "../columns/line-reader.ts";
import { mergeKnown } from "../columns/sightings.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { FileSystem } from "../file/file-system.ts";
import { decodeFrame } from "../file/frame.ts";
import { readLines } from "../file/lines.ts";
import { openPrunedIds } from "../file/pruned.ts";
import { segmentName } from "../file/segment-name.ts";
import { systemCode, withPath } from "../file/unavailable.ts";
import { findStored } from "./find-events.ts";
import { killedSlots } from "./killed-slots.ts";

/**
 * The events of some ids, as a view finds them, for a process that has other things to do: of a segment that has no column
 * file the lines are searched for the ids, and only those with one of them are read. Nothing is made or written.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function lookUpEvents(
  root: string,
  ids: readonly string[],
  fileSystem: FileSystem,
): Promise<ReadonlyMap<string, KnownEvent>> {
  try {
    return await lookUp(root, ids, fileSystem, true);
  } catch (error) {
    if (!isOutdated(error)) throw error;
  }
  return lookUp(root, ids, fileSystem, false);
}

async function lookUp(
  root: string,
  ids: readonly string[],
  fileSystem: FileSystem,
  useColumns: boolean,
): Promise<ReadonlyMap<string, KnownEvent>> {
  const found = await findAll(root, ids, fileSystem, useColumns);
  const corrections = found.corrections();
  // What these are decides what else is recorded under their ids.
  const all = corrections.length === 0 ? found : await findAll(root, [...ids, ...corrections], fileSystem, useColumns);
  const pruned = await (await openPrunedIds(fileSystem, root)).among(ids);
  return all.standing(new Set(ids), pruned);
}

async function findAll(
  root: string,
  ids: readonly string[],
  fileSystem: FileSystem,
  useColumns: boolean,
): Promise<FoundEvents> {
  const folder = segmentsFolder(root);
  const opened = await openColumns(root, fileSystem);
  const files = useColumns ? opened.files : [];
  const covered = new Set(files.map(({ header: { source } }) => segmentName(source.writer, source.segment)));
  const found = new FoundEvents(ids);
  for (const { writer, segments } of opened.logs) {
    for (const segment of segments) {
      const name = segmentName(writer, segment);
      if (!covered.has(name)) await searchSegment(join(folder, name), fileSystem, found);
    }
  }
  const dead = killedSlots([{ files, catalogue: opened.catalogue }]);
  const counts = (file: StoredColumns, slot: number): boolean => !dead.has(file, slot);
  for (const file of files) {
    for (const [index, event] of file.facts.others.entries()) {
      if (isEventOf(event, "UsageCorrected") && counts(file, file.header.rows + index)) found.add(event);
    }
  }
  const places = { folders: [{ files, parts: [], lines: new LineReader(fileSystem, folder) }], hashOf: idHash };
  await findStored(places, ids, counts, (event) => {
    found.add(event);
  });
  return found;
}

/** Takes the events of wanted ids, and corrections, out of a segment. */
async function searchSegment(path: string, fileSystem: FileSystem, found: FoundEvents): Promise<void> {
  await withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      for await (const lines of readLines(file, 0)) {
        for (const { bytes, terminated } of lines) {
          if (!terminated || !found.mayBeIn(bytes)) continue;
          const frame = decodeFrame(bytes);
          if (!("why" in frame)) found.add(frame.event);
        }
      }
    } finally {
      await file.close();
    }
  });
}

/** How an id is written in a line. */
const ID = `"id":"`;

/** What was found of wanted ids, and all corrections. */
class FoundEvents {
  readonly #wanted: ReadonlySet<string>;
  /** The same as they are in lines: their bytes, each as one character. */
  readonly #written: ReadonlySet<string>;
  readonly #events = new Map<string, KnownEvent>();
  readonly #corrections: UsageCorrected[] = [];

  constructor(ids: readonly string[]) {
    this.#wanted = new Set(ids);
    this.#written = new Set(ids.map((id) => Buffer.from(id, "utf8").toString("latin1")));
  }

  /** Whether a line has to be read: it holds a wanted id, a correction, or what cannot be told without reading it. */
  mayBeIn(line: Buffer): boolean {
    const text = line.toString("latin1");
    let at = text.indexOf(ID);
    if (at === -1 || text.includes("\\") || text.includes(`"UsageCorrected"`)) return true;
    for (; at !== -1; at = text.indexOf(ID, at)) {
      at += ID.length;
      if (this.#written.has(text.slice(at, text.indexOf(`"`, at)))) return true;
    }
    return false;
  }

  add(event: LedgerEvent): void {
    if (!isKnownEvent(event)) return;
    if (isEventOf(event, "UsageCorrected")) this.#corrections.push(event);
    if (!this.#wanted.has(event.id)) return;
    const held = this.#events.get(event.id);
    this.#events.set(event.id, held === undefined ? event : mergeKnown(held, event));
  }

  /** Ids of corrections that name a wanted id, or each other. */
  corrections(): readonly string[] {
    const named = new Set(this.#wanted);
    const ids = new Set<string>();
    for (let before = -1; before < ids.size;) {
      before = ids.size;
      for (const { id, corrects } of this.#corrections) {
        if (!named.has(corrects)) continue;
        ids.add(id);
        named.add(id);
      }
    }
    return [...ids];
  }

  /** What counts of it. */
  standing(ids: ReadonlySet<string>, pruned: ReadonlySet<string>): ReadonlyMap<string, KnownEvent> {
    const inForce = correctionsInForce([...this.#events.values()].sort(byTimeThenId));
    return new Map([...this.#events].filter(([id]) => ids.has(id) && !inForce.has(id) && !pruned.has(id)));
  }
}

/** Whether a column file does not say what is there now, or a segment was pruned meanwhile. */
function isOutdated(error: unknown): boolean {
  if (error instanceof ColumnFileError) return true;
  return error instanceof LedgerUnavailableError && systemCode(error.cause) === "ENOENT";
}
