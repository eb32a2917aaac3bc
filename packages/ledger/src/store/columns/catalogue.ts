import { join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import type { KnownEvent } from "../../events/event.ts";
import { isEventOf } from "../../events/known-event.ts";
import type { FileState, FileSystem } from "../file/file-system.ts";
import { systemCode } from "../file/unavailable.ts";
import { writeFileDurably } from "../file/write-durably.ts";
import {
  decodeCatalogue,
  encodeCatalogue,
  type CatalogueContent,
  type CatalogueEntry,
  type EntryStates,
} from "./catalogue-codec.ts";
import { ColumnFileError, columnName } from "./column-file.ts";
import { WantedIds } from "./find-ids.ts";
import type { LineReader } from "./line-reader.ts";
import type { ColumnHead, StoredColumns } from "./stored-columns.ts";

/** Its name in the folder of the column files. */
export const CATALOGUE = "catalogue";
/** How much later than a file the catalogue has to be written for a change since to show: FAT counts in two seconds. */
const TELLING_MS = 2_000;
/** A catalogue is written where it spares so many readings of a file, */
const SPARED_MIN = 16;
/** and one in so many of all. */
const SPARED_PART = 16;

/** Where an id is. */
export interface IdSlot {
  readonly id: string;
  readonly slot: number;
}

const NOTHING: CatalogueContent = { entries: [], ids: [], found: [], restsOnItself: false };
const NO_SLOTS: readonly IdSlot[] = [];

/**
 * What one opening after the other has to know of a ledger's column files, kept so that the next one reads none of
 * those that it has seen: their heads, and where ids are that corrections name.
 *
 * It is derived, as they are. Of a file that is not, by size and time, what it was, or whose segment is not, nothing in it
 * is used.
 */
export class Catalogue {
  readonly #path: string;
  readonly #fileSystem: FileSystem;
  /** When it was written; null where there is none. */
  readonly #writtenAt: number | null;
  readonly #content: CatalogueContent;
  /** By name of the column file, the number of its entry. */
  readonly #numbers: ReadonlyMap<string, number>;
  /** Files opened here, those known from before and those that were read. */
  readonly #opened = new Map<StoredColumns, CatalogueEntry>();
  /** Of those, the ones known from before, with the numbers of their entries. */
  readonly #known = new Map<StoredColumns, number>();
  /** Ids that have been looked up in files here, and where they were. */
  #found: { readonly ids: ReadonlySet<string>; readonly slots: ReadonlyMap<StoredColumns, readonly IdSlot[]> } | null =
    null;

  private constructor(path: string, fileSystem: FileSystem, content: CatalogueContent, writtenAt: number | null) {
    this.#path = path;
    this.#fileSystem = fileSystem;
    this.#content = content;
    this.#writtenAt = writtenAt;
    this.#numbers = new Map(
      content.entries.map(({ head: { header } }, number) => [columnName(header.source), number] as const),
    );
  }

  /**
   * The catalogue in a folder of column files; an empty one where there is none that can be used.
   *
   * @param folder The column files' folder.
   */
  static async read(folder: string, fileSystem: FileSystem): Promise<Catalogue> {
    const path = join(folder, CATALOGUE);
    try {
      // Before its bytes: where another process replaces it now, what is trusted is less.
      const state = fileSystem.stateNow(path);
      if (state !== null) {
        // In one piece, as waiting for the next takes longer than reading it; its own, so that numbers lie where they may.
        const bytes = Buffer.allocUnsafeSlow(state.bytes);
        const content = decodeCatalogue(bytes.subarray(0, fileSystem.readNow(path, bytes, 0)));
        return new Catalogue(path, fileSystem, content, state.modifiedAt);
      }
    } catch (error) {
      if (!(error instanceof ColumnFileError) && systemCode(error) === null) throw error;
    }
    return Catalogue.empty(folder, fileSystem);
  }

  /** One of which nothing is known yet. */
  static empty(folder: string, fileSystem: FileSystem): Catalogue {
    return new Catalogue(join(folder, CATALOGUE), fileSystem, NOTHING, null);
  }

  /**
   * A column file, opened by what is known of it, or by reading its head.
   *
   */
  open(
    name: string,
    paths: { readonly columns: string; readonly segment: string },
    how: { known(head: ColumnHead): StoredColumns; read(): StoredColumns | null },
  ): StoredColumns | null {
    const states = this.#statesOf(paths);
    const number = this.#numbers.get(name);
    const entry = number === undefined ? undefined : this.#content.entries[number];
    if (entry !== undefined && number !== undefined && states !== null && this.#isTelling(entry.states, states)) {
      const file = how.known(entry.head);
      this.#opened.set(file, entry);
      this.#known.set(file, number);
      return file;
    }
    const file = how.read();
    // One with damage depends on the segment before its own, too.
    const isKept = file !== null && states !== null && file.header.source.damaged === undefined;
    if (isKept) this.#opened.set(file, { head: file.head, states });
    return file;
  }

  /** Whether every file that it names is as it was, and was made of lines of segments that have files among them. */
  restsOnItself(): boolean {
    return this.#content.restsOnItself && this.#known.size === this.#content.entries.length;
  }

  /** Whether a file is one that it names, as it was. */
  knows(file: StoredColumns): boolean {
    return this.#known.has(file);
  }

  /**
   * Where some files have some ids; looked up in those of which it is not known.
   *
   * @throws ColumnFileError where a file is damaged.
   */
  find(
    ids: ReadonlySet<string>,
    files: readonly StoredColumns[],
    lines: LineReader,
    hashOf: (id: string) => number,
  ): ReadonlyMap<StoredColumns, readonly IdSlot[]> {
    const lookedUp = new Set(this.#content.ids);
    const missing = [...ids].filter((id) => !lookedUp.has(id));
    const inKnown = new WantedIds(missing, hashOf);
    const isAllKnown = files.every((file) => this.#known.has(file));
    const inOthers = isAllKnown ? inKnown : new WantedIds(ids, hashOf);
    const slots = new Map<StoredColumns, readonly IdSlot[]>();
    for (const file of files) {
      const number = this.#known.get(file);
      const wanted = number === undefined ? inOthers : inKnown;
      const held = number === undefined ? NO_SLOTS : this.#slotsOf(number, ids);
      const found = wanted.findIn(file, lines).map(({ id, slot }): IdSlot => ({ id, slot }));
      slots.set(file, found.length === 0 ? held : [...held, ...found]);
    }
    this.#found = { ids, slots };
    return slots;
  }

  /** Forgets files that were opened but some. */
  retain(files: readonly StoredColumns[]): void {
    const kept = new Set(files);
    for (const file of this.#opened.keys()) if (!kept.has(file)) this.#opened.delete(file);
    for (const file of this.#known.keys()) if (!kept.has(file)) this.#known.delete(file);
  }

  /** Keeps what is known of the files that were opened here, where that spares the next opening enough. */
  async keep(): Promise<void> {
    const files = [...this.#opened];
    if (this.#found === null || !this.#isWorthKeeping()) return;
    const { ids, slots } = this.#found;
    // Who asked about a part of the ledger leaves what is known of all of it.
    if (!files.every(([file]) => slots.has(file))) return;
    const named = [...correctedBy(files.flatMap(([{ facts }]) => facts.others))].filter((id) => ids.has(id)).sort();
    const numbers = new Map(named.map((id, number) => [id, number]));
    const bytes = encodeCatalogue({
      entries: files.map(([, entry]) => entry),
      ids: named,
      found: files.map(([file]) =>
        (slots.get(file) ?? []).flatMap(({ id, slot }) => {
          const number = numbers.get(id);
          return number === undefined ? [] : [{ id: number, slot }];
        }),
      ),
    });
    try {
      await writeFileDurably(this.#fileSystem, this.#path, bytes);
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError)) throw error;
    }
  }

  #isWorthKeeping(): boolean {
    const { entries, ids } = this.#content;
    const looked = new Set(ids);
    const read = [...this.#opened.keys()].filter((file) => !this.#known.has(file));
    const changes = Math.max(read.length, entries.length - this.#known.size);
    if (changes >= Math.max(SPARED_MIN, entries.length / SPARED_PART)) return true;
    return (
      this.#opened.size >= SPARED_MIN &&
      [...correctedBy(read.flatMap(({ facts }) => facts.others))].some((id) => !looked.has(id))
    );
  }

  /** Where an entry's file has any of some ids. */
  #slotsOf(entry: number, ids: ReadonlySet<string>): readonly IdSlot[] {
    const found = this.#content.found[entry] ?? [];
    if (found.length === 0) return NO_SLOTS;
    const all = found.map(({ id, slot }) => ({ id: this.#content.ids[id] ?? "", slot }));
    return all.filter(({ id }) => ids.has(id));
  }

  /** Null where a file is not there, or cannot be looked at. */
  #statesOf(paths: { readonly columns: string; readonly segment: string }): EntryStates | null {
    try {
      const columns = this.#fileSystem.stateNow(paths.columns);
      const segment = columns === null ? null : this.#fileSystem.stateNow(paths.segment);
      return columns === null || segment === null ? null : { columns, segment };
    } catch (error) {
      if (systemCode(error) === null) throw error;
      return null;
    }
  }

  /** Whether files are as they were. One written to just before the catalogue can have been changed in the same instant. */
  #isTelling(then: EntryStates, now: EntryStates): boolean {
    const until = (this.#writtenAt ?? -Infinity) - TELLING_MS;
    return isSame(then.columns, now.columns, until) && isSame(then.segment, now.segment, until);
  }
}

/** Ids that corrections among some events name, whether these are in force or not. */
export function correctedBy(events: readonly KnownEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (isEventOf(event, "UsageCorrected") ? [event.corrects] : [])));
}

function isSame(then: FileState, now: FileState, until: number): boolean {
  return then.bytes === now.bytes && then.modifiedAt === now.modifiedAt && now.modifiedAt <= until;
}
