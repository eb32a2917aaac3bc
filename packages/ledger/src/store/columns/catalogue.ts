import { join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import type { KnownEvent } from "../../events/event.ts";
import { isEventOf } from "../../events/known-event.ts";
import type { FileSystem } from "../file/file-system.ts";
import { systemCode } from "../file/unavailable.ts";
import { writeFileDurably } from "../file/write-durably.ts";
import type { CatalogueEntry, EntryStates } from "./catalogue-format.ts";
import { ColumnFileError } from "./column-file.ts";
import { decodeCatalogue, EMPTY_CATALOGUE, statesAt, type StoredCatalogue } from "./decode-catalogue.ts";
import { encodeCatalogue } from "./encode-catalogue.ts";
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
  readonly #content: StoredCatalogue;
  /** By name of the column file, the number of its entry. */
  readonly #numbers: ReadonlyMap<string, number>;
  /** Files opened here that were not known from before. */
  readonly #read = new Map<StoredColumns, CatalogueEntry>();
  /** Files that were, with the numbers of their entries. */
  readonly #known = new Map<StoredColumns, number>();
  /** Ids that have been looked up in files here, and where they were. */
  #found: Found | null = null;
  #trustsFiles = false;

  private constructor(path: string, fileSystem: FileSystem, content: StoredCatalogue, writtenAt: number | null) {
    this.#path = path;
    this.#fileSystem = fileSystem;
    this.#content = content;
    this.#writtenAt = writtenAt;
    this.#numbers = new Map(content.names.map((name, number) => [name, number] as const));
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
    return new Catalogue(join(folder, CATALOGUE), fileSystem, EMPTY_CATALOGUE, null);
  }

  /** Names of the column files that it knows, in the order in which these were made. */
  get names(): readonly string[] {
    return this.#content.names;
  }

  /**
   * From now on, takes column files for what it says of them, without a look at their states.
   *
   * What it says was true of all of them at one time, so that one that was replaced since changes nothing, as long as no
   * other was made meanwhile: that could count on the new one.
   */
  trustFiles(): void {
    this.#trustsFiles = true;
  }

  /** A column file, opened by what is known of it, or by reading its head. */
  open(
    name: string,
    paths: { readonly columns: string; readonly segment: string },
    how: { known(head: ColumnHead, key: string | undefined): StoredColumns; read(): StoredColumns | null },
  ): StoredColumns | null {
    const number = this.#numbers.get(name);
    const states = this.#statesOf(paths, this.#trustsFiles ? number : undefined);
    if (number !== undefined && states !== null && this.#isTelling(number, states)) {
      const file = how.known(this.#content.headOf(number), this.#content.keys[number]);
      this.#known.set(file, number);
      return file;
    }
    const file = how.read();
    // One with damage depends on the segment before its own, too.
    const isKept = file !== null && states !== null && file.header.source.damaged === undefined;
    if (isKept) this.#read.set(file, { head: file.head, states });
    return file;
  }

  /** Whether every file that it names is as it was, and was made of lines of segments that have files among them. */
  restsOnItself(): boolean {
    return this.#content.restsOnItself && this.#isWhole();
  }

  /** Whether a file is one that it names, as it was. */
  knows(file: StoredColumns): boolean {
    return this.#known.has(file);
  }

  /**
   * What files in order of making say together of the slots that do not count any more, so far as it is known of all that
   * it names: by file, in order, each once. And the files that say more. Null where something that it names is missing.
   */
  killed(files: readonly StoredColumns[]): Killed | null {
    if (!this.#isWhole() || this.#known.size === 0) return null;
    // Those that came later kill slots of those before, and none is killed by one before it.
    const later = files.slice(this.#known.size);
    if (later.some((file) => this.#known.has(file))) return null;
    const dead = new Map<StoredColumns, Uint32Array>();
    for (let number = 0; number < this.#known.size; number += 1) {
      const file = files[number];
      if (file === undefined || this.#known.get(file) !== number) return null;
      const slots = this.#content.deadOf(number);
      if (slots.length > 0) dead.set(file, slots);
    }
    return { dead, later };
  }

  /**
   * Where some files have some ids; looked up in those of which it is not known. Files that have none are left out.
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
    const finding = new Set(this.#content.finding);
    let inOthers: WantedIds | null = null;
    const slots = new Map<StoredColumns, readonly IdSlot[]>();
    for (const file of files) {
      const number = this.#known.get(file);
      if (number !== undefined && missing.length === 0 && !finding.has(number)) continue;
      const wanted = number === undefined ? (inOthers ??= new WantedIds(ids, hashOf)) : inKnown;
      const held = number === undefined ? NO_SLOTS : this.#slotsOf(number, ids);
      const found = wanted.findIn(file, lines).map(({ id, slot }): IdSlot => ({ id, slot }));
      if (held.length + found.length > 0) slots.set(file, [...held, ...found]);
    }
    this.#found = { ids, files, slots };
    return slots;
  }

  /** Forgets files that were opened but some. */
  retain(files: readonly StoredColumns[]): void {
    if (files.length === this.#known.size + this.#read.size) return;
    const kept = new Set(files);
    for (const file of this.#read.keys()) if (!kept.has(file)) this.#read.delete(file);
    for (const file of this.#known.keys()) if (!kept.has(file)) this.#known.delete(file);
  }

  /** Keeps what is known of the files that were opened here, where that spares the next opening enough. */
  async keep(): Promise<void> {
    if (this.#found === null || !this.#isWorthKeeping()) return;
    const { ids, slots } = this.#found;
    const looked = new Set(this.#found.files);
    const files = [...this.#known.keys(), ...this.#read.keys()];
    // Who asked about a part of the ledger leaves what is known of all of it.
    if (!files.every((file) => looked.has(file))) return;
    const named = [...correctedBy(files.flatMap(({ facts }) => facts.others))].filter((id) => ids.has(id)).sort();
    const numbers = new Map(named.map((id, number) => [id, number]));
    const known = Array.from(this.#known, ([{ head }, number]) => ({ head, states: this.#statesThen(number) }));
    const bytes = encodeCatalogue({
      entries: [...known, ...this.#read.values()],
      ids: named,
      found: files.map((file) =>
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
    const { names, ids } = this.#content;
    const changes = Math.max(this.#read.size, names.length - this.#known.size);
    if (changes >= Math.max(SPARED_MIN, names.length / SPARED_PART)) return true;
    if (this.#known.size + this.#read.size < SPARED_MIN || this.#read.size === 0) return false;
    const looked = new Set(ids);
    return [...correctedBy([...this.#read.keys()].flatMap(({ facts }) => facts.others))].some((id) => !looked.has(id));
  }

  /** Whether everything that it names is as it was. */
  #isWhole(): boolean {
    return this.#known.size === this.#content.names.length;
  }

  /** Where an entry's file has any of some ids. */
  #slotsOf(entry: number, ids: ReadonlySet<string>): readonly IdSlot[] {
    const all = this.#content.foundIn(entry).map(({ id, slot }) => ({ id: this.#content.ids[id] ?? "", slot }));
    return all.filter(({ id }) => ids.has(id));
  }

  /** Null where a file is not there, or cannot be looked at. */
  #statesOf(paths: { readonly columns: string; readonly segment: string }, trusted?: number): EntryStates | null {
    try {
      const columns =
        trusted === undefined ? this.#fileSystem.stateNow(paths.columns) : this.#statesThen(trusted).columns;
      const segment = columns === null ? null : this.#fileSystem.stateNow(paths.segment);
      return columns === null || segment === null ? null : { columns, segment };
    } catch (error) {
      if (systemCode(error) === null) throw error;
      return null;
    }
  }

  #statesThen(entry: number): EntryStates {
    return statesAt(this.#content.states, entry);
  }

  /** Whether files are as they were. One written to just before the catalogue can have been changed in the same instant. */
  #isTelling(entry: number, { columns, segment }: EntryStates): boolean {
    const { columnBytes, columnsModifiedAt, segmentBytes, segmentModifiedAt } = this.#content.states;
    const until = (this.#writtenAt ?? -Infinity) - TELLING_MS;
    return (
      columns.bytes === columnBytes[entry] &&
      columns.modifiedAt === columnsModifiedAt[entry] &&
      columns.modifiedAt <= until &&
      segment.bytes === segmentBytes[entry] &&
      segment.modifiedAt === segmentModifiedAt[entry] &&
      segment.modifiedAt <= until
    );
  }
}

/** What is known of slots that do not count. */
export interface Killed {
  readonly dead: ReadonlyMap<StoredColumns, Uint32Array>;
  /** Files of which it is not known what they say of slots that do not count. */
  readonly later: readonly StoredColumns[];
}

/** What was looked up. */
interface Found {
  readonly ids: ReadonlySet<string>;
  /** In which files. */
  readonly files: readonly StoredColumns[];
  /** Where they were. */
  readonly slots: ReadonlyMap<StoredColumns, readonly IdSlot[]>;
}

/** Ids that corrections among some events name, whether these are in force or not. */
export function correctedBy(events: readonly KnownEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (isEventOf(event, "UsageCorrected") ? [event.corrects] : [])));
}
