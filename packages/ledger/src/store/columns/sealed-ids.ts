import type { LedgerEvent } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import type { FileSystem } from "../file/file-system.ts";
import { segmentName } from "../file/segment-name.ts";
import { openColumns, segmentsFolder } from "./columns-folder.ts";
import { WantedIds } from "./find-ids.ts";
import { IdFilter } from "./id-filter.ts";
import { LineReader } from "./line-reader.ts";
import type { StoredColumns } from "./stored-columns.ts";

export interface SealedIdsOptions {
  readonly fileSystem: FileSystem;
  /** Default: `idHash`. */
  readonly hashOf?: (id: string) => number;
}

/**
 * What the segments that have column files hold under an id.
 *
 * Takes six bytes of memory per id.
 */
export class SealedIds {
  readonly #files: readonly StoredColumns[];
  readonly #covered: ReadonlySet<string>;
  readonly #filter: IdFilter;
  readonly #lines: LineReader;
  readonly #hashOf: (id: string) => number;

  private constructor(
    files: readonly StoredColumns[],
    filter: IdFilter,
    lines: LineReader,
    hashOf: (id: string) => number,
  ) {
    this.#files = files;
    this.#covered = new Set(files.map(({ header: { source } }) => segmentName(source.writer, source.segment)));
    this.#filter = filter;
    this.#lines = lines;
    this.#hashOf = hashOf;
  }

  /**
   * Reads the ids of all column files that are there; makes none.
   *
   * @throws LedgerUnavailableError where the operating system refuses.
   */
  static async open(root: string, { fileSystem, hashOf = idHash }: SealedIdsOptions): Promise<SealedIds> {
    const { files } = await openColumns(root, fileSystem);
    const filter = new IdFilter(files.reduce((sum, { header }) => sum + header.slots, 0));
    for (const file of files) filter.addAll(await file.hashes());
    return new SealedIds(files, filter, new LineReader(fileSystem, segmentsFolder(root)), hashOf);
  }

  /** Whether it knows the ids of a segment. */
  covers(writer: string, segment: number): boolean {
    return this.#covered.has(segmentName(writer, segment));
  }

  /** Whether an id can be in a covered segment; where it cannot, this is false but for one id in a hundred. */
  mayHold(id: string): boolean {
    return this.#filter.mayHold(this.#hashOf(id));
  }

  /**
   * Every event that the covered segments hold under an id, read from their lines, each once.
   *
   * @throws LedgerUnavailableError where a segment cannot be read.
   * @throws ColumnFileError where a column file turns out damaged: the segments have to be read then.
   */
  async find(id: string): Promise<readonly LedgerEvent[]> {
    if (!this.mayHold(id)) return [];
    const wanted = new WantedIds([id], this.#hashOf);
    const events = new Map<string, LedgerEvent>();
    for (const file of this.#files) {
      for (const { lines } of await wanted.findIn(file, this.#lines)) {
        for (const { place, frame } of lines) {
          if (frame.event.id !== id) continue;
          events.set(`${segmentName(place.writer, place.segment)} ${String(place.byte)}`, frame.event);
        }
      }
    }
    return [...events.values()];
  }

  /** Closes the segments that were read from. */
  async close(): Promise<void> {
    await this.#lines.close();
  }
}
