import { setImmediate as turn } from "node:timers/promises";
import type { IndexedRows, WantedIds } from "./find-ids.ts";
import { HashTable } from "./hash-table.ts";

/** In how many files ids are looked up, or of how many the hashes are read, before others have their turn. */
const FILES_PER_TURN = 64;
/** For so few segments, looking through the hashes of all files takes less time than putting these into tables. */
const SCANS_MAX = 4;
/** So many files get a table of their own, and so many such tables become one: no hash is put into more than two. */
const SMALL_RUN = 16;
const LARGE_RUN = 256;

/** Rows that were made before, in which ids are looked up. */
export interface EarlierRows extends IndexedRows {
  readonly order: number;
}

/** Some files, one after the other, and which of them may have a hash. */
interface Run {
  /** Index of the first. */
  readonly from: number;
  readonly files: number;
  readonly table: HashTable;
}

/**
 * The files in which the ids of a segment are looked up when its columns are made.
 *
 * Who makes the columns of many segments asks all that were made before for each of them. Tables say, from some five bytes
 * of memory per id, which few may have one of its ids: so the last takes about as long as the first.
 */
export class EarlierFiles {
  /** In order of making. */
  readonly #files: EarlierRows[];
  /** Of the first of the files. */
  readonly #runs: Run[] = [];
  #asked = 0;

  /** @param files In order of making. */
  constructor(files: Iterable<EarlierRows>) {
    this.#files = [...files];
  }

  /** Adds a file that was made after all others. */
  add(file: EarlierRows): void {
    this.#files.push(file);
  }

  /** The number of the last file; 0 where there is none. */
  get lastOrder(): number {
    return this.#files.at(-1)?.order ?? 0;
  }

  /**
   * The files that may have one of some ids, in order of making: no other has.
   *
   * @throws ColumnFileError where a file is damaged.
   */
  async *mayHold(wanted: WantedIds): AsyncGenerator<EarlierRows, void> {
    this.#asked += 1;
    if (this.#asked > SCANS_MAX) await this.#extendRuns();
    const found = this.#runs.flatMap((run) => filesWith(run, wanted.hashes));
    const files = [...found.flatMap((index) => this.#files[index] ?? []), ...this.#files.slice(this.#inRuns)];
    for (const [index, file] of files.entries()) {
      if (index % FILES_PER_TURN === 0) await turn();
      yield file;
    }
  }

  /** How many of the files are in runs. */
  get #inRuns(): number {
    const last = this.#runs.at(-1);
    return last === undefined ? 0 : last.from + last.files;
  }

  async #extendRuns(): Promise<void> {
    for (;;) {
      const from = this.#inRuns;
      const inSmallOnes = from % LARGE_RUN;
      const left = this.#files.length - from;
      if (left + inSmallOnes >= LARGE_RUN) {
        while ((this.#runs.at(-1)?.from ?? -1) >= from - inSmallOnes) this.#runs.pop();
        this.#runs.push(await this.#runOf(from - inSmallOnes, LARGE_RUN));
      } else if (left >= SMALL_RUN) {
        this.#runs.push(await this.#runOf(from, SMALL_RUN));
      } else return;
    }
  }

  async #runOf(from: number, files: number): Promise<Run> {
    const lists: Uint32Array[] = [];
    for (const [index, file] of this.#files.slice(from, from + files).entries()) {
      if (index % FILES_PER_TURN === FILES_PER_TURN - 1) await turn();
      lists.push(file.passingHashes().slice());
    }
    return { from, files, table: new HashTable(lists) };
  }
}

/** Indexes of a run's files that may have one of some hashes, ascending. */
function filesWith({ from, files, table }: Run, hashes: Uint32Array): readonly number[] {
  const found = table.listsWithAny(hashes);
  return Array.from({ length: files }, (_, list) => list).flatMap((list) => (found.has(list) ? from + list : []));
}
