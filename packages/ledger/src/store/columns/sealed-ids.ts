import type { LedgerEvent } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import type { FileSystem } from "../file/file-system.ts";
import { segmentName } from "../file/segment-name.ts";
import { ColumnFileError } from "./column-file.ts";
import { openColumns, segmentsFolder } from "./columns-folder.ts";
import type { SlotIndex } from "./find-ids.ts";
import { firstAtLeast, splitHash, type IdIndex } from "./id-index.ts";
import type { LinePlace } from "./line-places.ts";
import { LineReader } from "./line-reader.ts";
import type { StoredColumns } from "./stored-columns.ts";

/** A hash and the number of a file share one double: 32 bits and 20. */
const FILES_MAX = 2 ** 20;
/** Indexes of so many files are kept once they have been read. */
const INDEXES_MAX = 32;

/** The index of one file, read. */
type ReadIndex = SlotIndex & Pick<IdIndex, "high">;

export interface SealedIdsOptions {
  readonly fileSystem: FileSystem;
  /** Default: `idHash`. */
  readonly hashOf?: (id: string) => number;
}

/** What the column files of a ledger say of ids, without the segments being read that they were made from. */
export class SealedIds {
  readonly #files: readonly StoredColumns[];
  readonly #covered: ReadonlySet<string>;
  /** High halves of all ids' hashes, each with the number of a file that has it; in order. Eight bytes an id. */
  readonly #keys: Float64Array;
  readonly #lines: LineReader;
  readonly #hashOf: (id: string) => number;
  /** By number of the file, in the order of their last use. */
  readonly #indexes = new Map<number, ReadIndex>();

  private constructor(
    files: readonly StoredColumns[],
    keys: Float64Array,
    lines: LineReader,
    hashOf: (id: string) => number,
  ) {
    this.#files = files;
    this.#keys = keys;
    this.#lines = lines;
    this.#hashOf = hashOf;
    this.#covered = new Set(files.map(({ header: { source } }) => segmentName(source.writer, source.segment)));
  }

  /**
   * Reads the ids of all column files that are there; makes none.
   *
   * @throws LedgerUnavailableError where a folder or a segment cannot be read.
   */
  static async open(root: string, { fileSystem, hashOf = idHash }: SealedIdsOptions): Promise<SealedIds> {
    const files = (await openColumns(root, fileSystem)).files.filter(hasHashes).slice(0, FILES_MAX);
    const keys = new Float64Array(files.reduce((count, { header }) => count + header.slots, 0));
    let filled = 0;
    for (const [number, file] of files.entries()) {
      for (const high of file.hashes()) {
        keys[filled] = high * FILES_MAX + number;
        filled += 1;
      }
      file.releaseHashes();
    }
    return new SealedIds(files, keys.sort(), new LineReader(fileSystem, segmentsFolder(root)), hashOf);
  }

  /** Whether what a segment holds is behind this index. */
  covers(writer: string, segment: number): boolean {
    return this.#covered.has(segmentName(writer, segment));
  }

  /** Whether an id can be there: false is certain. */
  mayHold(id: string): boolean {
    const { high } = splitHash(this.#hashOf(id));
    return (this.#keys[this.#firstOf(high)] ?? Infinity) < (high + 1) * FILES_MAX;
  }

  /**
   * All events under an id in covered segments, read from their lines.
   *
   * @throws ColumnFileError where a file turns out to be damaged: the segments have to be read then.
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  async find(id: string): Promise<readonly LedgerEvent[]> {
    const { high, low } = splitHash(this.#hashOf(id));
    const places = new Map<string, LinePlace>();
    for (let key = this.#firstOf(high); (this.#keys[key] ?? Infinity) < (high + 1) * FILES_MAX; key += 1) {
      const index = this.#indexAt((this.#keys[key] ?? 0) % FILES_MAX);
      for (let at = firstAtLeast(index.high, high); index.high[at] === high; at += 1) {
        if (index.low.at(at) !== low) continue;
        for (const place of index.places(index.slots.at(at))) {
          places.set(`${segmentName(place.writer, place.segment)}:${String(place.byte)}`, place);
        }
      }
    }
    const events: LedgerEvent[] = [];
    for (const place of places.values()) {
      const { event } = this.#lines.read(place);
      if (event.id === id) events.push(event);
    }
    return events;
  }

  #firstOf(high: number): number {
    const key = high * FILES_MAX;
    let from = 0;
    let until = this.#keys.length;
    while (from < until) {
      const middle = (from + until) >>> 1;
      if ((this.#keys[middle] ?? 0) < key) from = middle + 1;
      else until = middle;
    }
    return from;
  }

  #indexAt(number: number): ReadIndex {
    const index = this.#indexes.get(number) ?? readIndex(this.#files[number]);
    this.#indexes.delete(number);
    this.#indexes.set(number, index);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > INDEXES_MAX && oldest !== undefined) this.#indexes.delete(oldest);
    return index;
  }
}

function readIndex(file: StoredColumns | undefined): ReadIndex {
  if (file === undefined) throw new RangeError("there is no column file of that number");
  return { high: file.hashes(), ...file.index() };
}

/** Whether the hashes of a file can be read. They are kept until they are let go of. */
function hasHashes(file: StoredColumns): boolean {
  try {
    file.hashes();
    return true;
  } catch (error) {
    if (error instanceof ColumnFileError) return false;
    throw error;
  }
}
