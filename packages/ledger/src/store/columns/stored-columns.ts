import type { RequestDetails, RequestRows } from "../../rows/request-rows.ts";
import type { OpenFile } from "../file/file-system.ts";
import { systemCode } from "../file/unavailable.ts";
import type { EarlierRows, Kill } from "./build-columns.ts";
import {
  ColumnFileError,
  decodeHeader,
  DETAIL_SECTIONS,
  extentOf,
  HEAD_SECTIONS,
  headerLength,
  INDEX_SECTIONS,
  inflated,
  ROW_SECTIONS,
  SECTIONS,
  sectionOf,
  type ColumnHeader,
  type ReadHeader,
  type SectionName,
} from "./column-file.ts";
import { decodeDetails } from "./detail-sections.ts";
import { decodeEntries, decodeFacts, decodeKills, type ColumnFacts } from "./encode-columns.ts";
import type { IdIndex } from "./id-index.ts";
import { decodePlaces, type LinePlace } from "./line-places.ts";
import { decodeRows } from "./row-sections.ts";

/** What is read at once of the start of a file; most heads are shorter. */
const HEAD_BYTES = 65_536;

/** What is read of an open file. */
type Readable = Pick<OpenFile, "read" | "close">;

/** Opens a column file, on disk or in memory. */
export type OpenToRead = () => Promise<Readable>;

/** Opens bytes that are in memory. */
export function openBytes(bytes: Uint8Array): OpenToRead {
  const file: Readable = {
    async read(buffer, length, at) {
      const part = bytes.subarray(at, at + length);
      buffer.set(part);
      return part.length;
    },
    close: async () => undefined,
  };
  return async () => file;
}

/**
 * A column file whose head was read: everything about it but its rows, which are read when they are asked for.
 *
 * Every reading checks the checksums of what it reads, and that the file is still the one whose head was read.
 */
export class StoredColumns implements EarlierRows {
  readonly order: number;
  /** Names the file by its content: equal keys, equal rows in equal order. */
  readonly key: string;
  readonly header: ColumnHeader;
  readonly kills: readonly Kill[];
  readonly #open: OpenToRead;
  readonly #read: ReadHeader;
  readonly #storedFacts: Uint8Array;
  #facts: ColumnFacts | null = null;
  #hashes: Uint32Array | null;

  private constructor(open: OpenToRead, read: ReadHeader, head: Sections) {
    const { header, crc } = read;
    const { writer, segment } = header.source;
    this.order = header.order;
    this.key = `${writer}-${String(segment)}.${String(header.order)}.${crc.toString(16).padStart(8, "0")}`;
    this.header = header;
    this.kills = decodeKills(head.get("kills"));
    this.#hashes = hashesOf(head.get("hashes"), header);
    this.#open = open;
    this.#read = read;
    this.#storedFacts = new Uint8Array(head.stored("facts"));
  }

  /**
   * Reads the head of a file.
   *
   * @throws ColumnFileError for a file that is damaged or of another release.
   */
  static async open(open: OpenToRead): Promise<StoredColumns> {
    return withFile(open, async (file) => {
      let first = await readUpTo(file, 0, HEAD_BYTES);
      const length = headerLength(first);
      if (length !== null && first.length < length) first = await readUpTo(file, 0, length);
      const read = decodeHeader(first);
      const { start, end } = extentOf(read, HEAD_SECTIONS);
      const bytes = end <= first.length ? first.subarray(start, end) : await readUpTo(file, start, end - start);
      return new StoredColumns(open, read, new Sections(read, bytes, start));
    });
  }

  get facts(): ColumnFacts {
    return (this.#facts ??= decodeFacts(inflated("facts", this.#storedFacts)));
  }

  /** Reads the rows; without `details`, those can not be asked for. */
  async rows({ details = false }: { readonly details?: boolean } = {}): Promise<RequestRows> {
    const sections = await this.#sections(
      details ? [...ROW_SECTIONS, ...INDEX_SECTIONS, ...DETAIL_SECTIONS] : ROW_SECTIONS,
    );
    // Now, while an answer can still be put off: details are given synchronously.
    if (details) for (const name of DETAIL_SECTIONS) sections.stored(name);
    let decoded: RequestDetails | null = null;
    const rows: RequestRows = decodeRows(
      {
        rows: sections.get("rows"),
        terms: sections.get("terms"),
        contexts: sections.get("contexts"),
        furtherParts: sections.get("furtherParts"),
      },
      () => {
        if (!details) throw new Error("these rows were read without their details; open them with `details: true`");
        return (decoded ??= decodeDetails((name) => sections.get(name), rows.occurredAt));
      },
    );
    return rows;
  }

  /** @throws ColumnFileError where a byte of the file is not as it was written. */
  async check(): Promise<void> {
    const sections = await this.#sections(SECTIONS);
    for (const name of SECTIONS) sections.stored(name);
  }

  async hashes(): Promise<Uint32Array> {
    return this.#hashes ?? hashesOf((await this.#sections(["hashes"])).get("hashes"), this.header);
  }

  /** Lets go of the hashes, which take four bytes per id: they are read again when they are asked for. */
  releaseHashes(): void {
    this.#hashes = null;
  }

  async index(): Promise<Omit<IdIndex, "high">> {
    return decodeEntries((await this.#sections(["entries"])).get("entries"));
  }

  async places(): Promise<(slot: number) => readonly LinePlace[]> {
    return decodePlaces((await this.#sections(["places"])).get("places"));
  }

  async #sections(names: readonly SectionName[]): Promise<Sections> {
    const { start, end } = extentOf(this.#read, names);
    return withFile(this.#open, async (file) => {
      const bytes = await readUpTo(file, start, end - start);
      return new Sections(this.#read, bytes, start);
    });
  }
}

/** @throws ColumnFileError, too, where the operating system refuses: what is derived is not worth more words. */
async function withFile<T>(open: OpenToRead, action: (file: Readable) => Promise<T>): Promise<T> {
  try {
    const file = await open();
    try {
      return await action(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw new ColumnFileError(`it cannot be read (${code})`, { cause: error });
  }
}

function hashesOf(section: Uint8Array, { slots }: ColumnHeader): Uint32Array {
  // A copy: the bytes that were read with it are not kept.
  return new Uint32Array(new Uint8Array(section).buffer, 0, slots);
}

/** Sections out of bytes of a file, each checked and inflated when it is asked for. */
class Sections {
  readonly #read: ReadHeader;
  readonly #bytes: Uint8Array;
  readonly #start: number;

  constructor(read: ReadHeader, bytes: Uint8Array, start: number) {
    this.#read = read;
    this.#bytes = bytes;
    this.#start = start;
  }

  get(name: SectionName): Uint8Array {
    return inflated(name, this.stored(name));
  }

  stored(name: SectionName): Uint8Array {
    return sectionOf(this.#read, name, this.#bytes, this.#start);
  }
}

async function readUpTo(file: Readable, start: number, length: number): Promise<Uint8Array> {
  // Not pooled: what lies in it begins at a multiple of eight.
  const bytes = Buffer.from(new ArrayBuffer(length));
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled), length - filled, start + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
