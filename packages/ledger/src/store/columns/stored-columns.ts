import type { RequestDetails, RequestRows } from "../../rows/request-rows.ts";
import type { RowRoom } from "../../rows/row-room.ts";
import { systemCode } from "../file/unavailable.ts";
import type { Kills } from "./build-columns.ts";
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
import type { EarlierRows } from "./earlier-files.ts";
import { decodeEntries, decodeFacts, decodeKills, type ColumnFacts } from "./encode-columns.ts";
import type { SlotIndex } from "./find-ids.ts";
import { decodePlaces } from "./line-places.ts";
import { decodeRows, type RowSections } from "./row-sections.ts";

/** What is read at once of the start of a file; most heads are shorter. */
const HEAD_BYTES = 16_384;

/** Where the bytes of a column file are read from. */
export interface ReadAt {
  /** Fills a buffer from a place on; returns how many bytes there were. */
  (buffer: Uint8Array, at: number): number;
  /** Of a file that is in memory, its bytes: they are not copied. */
  readonly bytes?: Uint8Array;
}

/** Reads bytes that are in memory, at a multiple of eight, and stay as they are. */
export function readBytes(bytes: Uint8Array): ReadAt {
  const readAt = (buffer: Uint8Array, at: number): number => {
    const part = bytes.subarray(at, at + buffer.length);
    buffer.set(part);
    return part.length;
  };
  return Object.assign(readAt, { bytes: (bytes.byteOffset & 7) === 0 ? bytes : new Uint8Array(bytes) });
}

/** What the head of a column file says. */
export interface ColumnHead extends ReadHeader {
  readonly kills: Kills;
  readonly facts: ColumnFacts;
}

/** Names a file by its content. */
export function keyOf({ header, crc }: ColumnHead): string {
  const { writer, segment } = header.source;
  return `${writer}-${String(segment)}.${String(header.order)}.${crc.toString(16).padStart(8, "0")}`;
}

/**
 * A column file whose head was read: everything about it but its rows, which are read when they are asked for.
 *
 * Every reading checks the checksums of what it reads, and that the file is still the one whose head was read.
 */
export class StoredColumns implements EarlierRows {
  readonly order: number;
  readonly head: ColumnHead;
  readonly #readAt: ReadAt;
  #key: string | null;
  #hashes: Uint32Array | null = null;

  /**
   * @param head What was read of the file before.
   * @param key What `keyOf` says of it, where that is known.
   */
  constructor(readAt: ReadAt, head: ColumnHead, key: string | null = null) {
    this.order = head.header.order;
    this.head = head;
    this.#key = key;
    this.#readAt = readAt;
  }

  /** Names the file by its content: equal keys, equal rows in equal order. */
  get key(): string {
    return (this.#key ??= keyOf(this.head));
  }

  /**
   * Reads the head of a file.
   *
   * @throws ColumnFileError for a file that is damaged or of another release.
   */
  static open(readAt: ReadAt): StoredColumns {
    let first = readUpTo(readAt, 0, HEAD_BYTES, SHARED);
    const length = headerLength(first);
    if (length !== null && first.length < length) first = readUpTo(readAt, 0, length);
    const read = decodeHeader(first);
    const { start, end } = extentOf(read, HEAD_SECTIONS);
    const bytes = end <= first.length ? first.subarray(start, end) : readUpTo(readAt, start, end - start);
    const sections = new Sections(read, bytes, start);
    const kills = decodeKills(sections.get("kills"));
    const storedFacts = copyOf(sections.stored("facts"));
    let facts: ColumnFacts | null = null;
    return new StoredColumns(readAt, {
      ...read,
      kills,
      get facts() {
        return (facts ??= decodeFacts(inflated("facts", storedFacts)));
      },
    });
  }

  get header(): ColumnHeader {
    return this.head.header;
  }

  get kills(): Kills {
    return this.head.kills;
  }

  get facts(): ColumnFacts {
    return this.head.facts;
  }

  /**
   * Reads the rows; without `details`, those can not be asked for.
   *
   * @param room Where rows without details are read into. Default: room of their own.
   */
  rows({ details = false, room }: { readonly details?: boolean; readonly room?: RowRoom } = {}): RequestRows {
    if (!details) {
      const found = this.#sections(ROW_SECTIONS, room ?? SHARED);
      return decodeRows(rowSections(found, room === undefined ? copyOf : asItIs), refuseDetails, room);
    }
    const sections = this.#sections([...ROW_SECTIONS, ...INDEX_SECTIONS, ...DETAIL_SECTIONS]);
    // Now, while an answer can still be put off: details are given synchronously.
    for (const name of DETAIL_SECTIONS) sections.stored(name);
    let decoded: RequestDetails | null = null;
    const rows: RequestRows = decodeRows(
      rowSections(sections, asItIs),
      () => (decoded ??= decodeDetails((name) => sections.get(name), rows.occurredAt)),
    );
    return rows;
  }

  /** @throws ColumnFileError where a byte of the file is not as it was written. */
  check(): void {
    const sections = this.#sections(SECTIONS);
    for (const name of SECTIONS) sections.stored(name);
  }

  hashes(): Uint32Array {
    // A copy: the bytes that were read with it are not kept.
    return (this.#hashes ??= this.passingHashes().slice());
  }

  /** The same for a moment: until anything else is read. */
  passingHashes(): Uint32Array {
    if (this.#hashes !== null) return this.#hashes;
    const { buffer, byteOffset } = this.#sections(["hashes"], SHARED).get("hashes");
    return new Uint32Array(buffer, byteOffset, this.header.slots);
  }

  /** Lets go of the hashes, which take four bytes per id: they are read again when they are asked for. */
  releaseHashes(): void {
    this.#hashes = null;
  }

  index(): SlotIndex {
    const sections = this.#sections(INDEX_SECTIONS);
    return { ...decodeEntries(sections.get("entries")), places: decodePlaces(sections.get("places")) };
  }

  idOf(slot: number): string | null {
    const { rows } = this.header;
    return slot < rows ? this.rows({ details: true }).details().id(slot) : (this.facts.others[slot - rows]?.id ?? null);
  }

  #sections(names: readonly SectionName[], into?: SharedBuffer | RowRoom): Sections {
    const { start, end } = extentOf(this.head, names);
    return new Sections(this.head, readUpTo(this.#readAt, start, end - start, into), start);
  }
}

/** @param keep What is done to bytes that are decoded later. */
function rowSections(sections: Sections, keep: (bytes: Uint8Array) => Uint8Array): RowSections {
  return {
    rows: sections.get("rows"),
    terms: sections.get("terms"),
    contexts: keep(sections.get("contexts")),
    furtherParts: sections.get("furtherParts"),
  };
}

function refuseDetails(): never {
  throw new Error("these rows were read without their details; open them with `details: true`");
}

function asItIs(bytes: Uint8Array): Uint8Array {
  return bytes;
}

function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
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

/** Room that one reading after the other uses, so that reading many files takes the memory of one. */
class SharedBuffer {
  #bytes: Buffer = Buffer.alloc(0);

  /** So many bytes, until it is asked again. */
  take(length: number): Buffer {
    if (this.#bytes.length < length) this.#bytes = ownBuffer(length);
    return this.#bytes.subarray(0, length);
  }
}

const SHARED = new SharedBuffer();

/** Not pooled: what lies in it begins at a multiple of eight. */
function ownBuffer(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length);
}

/** @throws ColumnFileError, too, where the operating system refuses: what is derived is not worth more words. */
function readUpTo(readAt: ReadAt, start: number, length: number, into?: SharedBuffer | RowRoom): Uint8Array {
  if (readAt.bytes !== undefined) return readAt.bytes.subarray(start, start + length);
  const bytes = into?.take(length) ?? ownBuffer(length);
  try {
    return bytes.subarray(0, readAt(bytes, start));
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw new ColumnFileError(`it cannot be read (${code})`, { cause: error });
  }
}
