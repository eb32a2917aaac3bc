import type { LedgerEvent } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import type { FileSystem } from "../file/file-system.ts";
import { segmentName } from "../file/segment-name.ts";
import { ColumnFileError } from "./column-file.ts";
import { openColumns, segmentsFolder } from "./columns-folder.ts";
import type { SlotIndex } from "./find-ids.ts";
import { HashTable, LISTS_MAX } from "./hash-table.ts";
import { firstAtLeast, splitHash, type IdIndex } from "./id-index.ts";
import type { LinePlace } from "./line-places.ts";
import { LineReader } from "./line-reader.ts";
import type { StoredColumns } from "./stored-columns.ts";

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
  /** The high halves of all ids' hashes, by number of the file. */
  readonly #hashes: HashTable;
  readonly #lines: LineReader;
  readonly #hashOf: (id: string) => number;
  /** By number of the file, in the order of their last use. */
  readonly #indexes = new Map<number, ReadIndex>();

  private constructor(
    files: readonly StoredColumns[],
    hashes: HashTable,
    lines: LineReader,
    hashOf: (id: string) => number,
  ) {
    this.#files = files;
    this.#hashes = hashes;
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
    const files = (await openColumns(root, fileSystem)).files.filter(hasHashes).slice(0, LISTS_MAX);
    const hashes = new HashTable(files.map((file) => file.hashes()));
    for (const file of files) file.releaseHashes();
    return new SealedIds(files, hashes, new LineReader(fileSystem, segmentsFolder(root)), hashOf);
  }

  /** Whether what a segment holds is behind this index. */
  covers(writer: string, segment: number): boolean {
    return this.#covered.has(segmentName(writer, segment));
  }

  /** Whether an id can be there: false is certain. */
  mayHold(id: string): boolean {
    return this.#hashes.has(splitHash(this.#hashOf(id)).high);
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
    for (const number of this.#hashes.listsWith(high)) {
      const index = this.#indexAt(number);
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
