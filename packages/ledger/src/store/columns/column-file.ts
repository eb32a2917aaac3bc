import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { CURRENT_VERSIONS } from "../../events/known-event.ts";
import { UPCASTERS } from "../../events/upcasters.ts";
import type { LogPlace } from "../file/position.ts";
import type { ChainHead } from "../file/frame.ts";

/** The sections of a column file, in the order in which they lie: what is read more often comes first. */
export const SECTIONS = [
  "kills",
  "facts",
  "hashes",
  "rows",
  "terms",
  "contexts",
  "furtherParts",
  "entries",
  "places",
  "names",
  "details",
  "prompts",
] as const;

export type SectionName = (typeof SECTIONS)[number];

/** What opening a ledger reads of every column file. */
export const HEAD_SECTIONS: readonly SectionName[] = ["kills", "facts"];
/** What a question over rows reads. */
export const ROW_SECTIONS: readonly SectionName[] = ["rows", "terms", "contexts", "furtherParts"];
/** What finding an id reads, beyond the hashes. */
export const INDEX_SECTIONS: readonly SectionName[] = ["entries", "places"];
/** What only some questions read. */
export const DETAIL_SECTIONS: readonly SectionName[] = ["names", "details", "prompts"];

const COMPRESSED: readonly SectionName[] = ["facts", ...DETAIL_SECTIONS];

/** The part of the log that a column file was made from. */
export interface ColumnSource {
  readonly writer: string;
  readonly segment: number;
  /** How long the segment was. */
  readonly bytes: number;
  /** CRC-32 of its last `ENDING_BYTES`, which hold the chain value of its last line. */
  readonly ending: number;
  /** Where lines could not be read, what tells that they still cannot: see `damagedState`. Absent where all could. */
  readonly damaged?: number;
  /** The place after its last event; null where it has none. */
  readonly end: LogPlace | null;
  /** Where the log stands at its end. */
  readonly head: ChainHead;
  /** When the first and the last of its events were recorded; both 0 where it has none. See `recordedAt`. */
  readonly recordedFrom: number;
  readonly recordedUntil: number;
}

/** How much of the end of a segment is compared to tell whether a column file was made from it. */
export const ENDING_BYTES = 256;

/** Another segment of which lines were merged into rows of a file. */
export interface MergedFrom {
  readonly writer: string;
  readonly segment: number;
  /** Offset after the last of these lines. */
  readonly byte: number;
  /** When the last of these lines was recorded. */
  readonly recordedUntil: number;
}

/** What the first bytes of a column file say. */
export interface ColumnHeader {
  /** Files are numbered in the order in which they were made; see `Kill`. */
  readonly order: number;
  readonly source: ColumnSource;
  readonly mergedFrom: readonly MergedFrom[];
  readonly rows: number;
  /** Rows, and after them what else has an id. */
  readonly slots: number;
  /** Of the columns of a segment that can still grow: see `part-file.ts`. Absent where it is full. */
  readonly part?: PartBasis;
  readonly sections: StoredSections;
}

/** What the columns of a segment that can still grow rest on. */
export interface PartBasis {
  /** What `basisOf` says of the column files in which their ids were looked up. */
  readonly files: number;
  /** How many prunes there had been. */
  readonly prunes: number;
  /** How long the segment was: longer than what the columns were made from, where a line after it is damaged. */
  readonly readBytes: number;
}

export type StoredSections = Readonly<Record<SectionName, StoredSection>>;

/** Where a section lies. */
export interface StoredSection {
  readonly offset: number;
  /** Of the stored bytes. */
  readonly length: number;
  /** CRC-32 of the stored bytes. */
  readonly crc: number;
}

/** How the names of column files end. */
export const COLUMNS_SUFFIX = ".col";

/** The file name of the column file of a segment. */
export function columnName({ writer, segment }: Pick<ColumnSource, "writer" | "segment">): string {
  return `${writer}-${String(segment).padStart(8, "0")}${COLUMNS_SUFFIX}`;
}

const NAME = /^([0-9a-z]+)-(\d{8,})\.col$/;

/** The segment that a file name says; null for a name that is no column file's. */
export function sourceOfName(name: string): Pick<ColumnSource, "writer" | "segment"> | null {
  const [, writer, segment] = NAME.exec(name) ?? [];
  return writer === undefined ? null : { writer, segment: Number(segment) };
}

/** A column file is not what was written, or not of this release. It is derived: it can be made again. */
export class ColumnFileError extends Error {}

/** A column file is as a release wrote it that knew more, or less, of the events. */
export class OtherReleaseError extends ColumnFileError {}

const FORMAT = "farthing-columns";
/** Raised with every change of what is stored, and of how events become rows or are merged. */
const FORMAT_VERSION = 3;
/** What the release that made a file could read: one that knows more of the events makes other rows of them. */
const KNOWS = crc32(JSON.stringify([CURRENT_VERSIONS, [...UPCASTERS.keys()]]));
/** Differs where column files of one release are of no use to another. */
export const RELEASE: number = crc32(JSON.stringify([FORMAT_VERSION, KNOWS]));
/** `farthing`, the length of the header's text and its CRC-32. */
const MAGIC = Buffer.from("farthing", "latin1");
const PREFIX_BYTES = MAGIC.length + 8;
/** Far more than any header has: what says so is damaged. */
const HEADER_BYTES_MAX = 2 ** 24;

/** The bytes of a column file. */
export function encodeColumnFile(
  header: Omit<ColumnHeader, "sections">,
  sections: Readonly<Record<SectionName, Uint8Array>>,
): Uint8Array {
  const bodies: Uint8Array[] = [];
  const stored: Partial<Record<SectionName, StoredSection>> = {};
  let offset = 0;
  for (const name of SECTIONS) {
    const body = padded(COMPRESSED.includes(name) ? deflateRawSync(sections[name], { level: 1 }) : sections[name]);
    stored[name] = { offset, length: body.length, crc: crc32(body) };
    bodies.push(body);
    offset += body.length;
  }
  // Offsets count from the end of the header, so that they do not depend on its length.
  const json = JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, knows: KNOWS, ...header, sections: stored });
  const text = Buffer.from(json.padEnd(json.length + (-Buffer.byteLength(json) & 7)), "utf8");
  const prefix = Buffer.concat([MAGIC, Buffer.alloc(8)]);
  prefix.writeUInt32LE(text.length, MAGIC.length);
  prefix.writeUInt32LE(crc32(text), MAGIC.length + 4);
  return Buffer.concat([prefix, text, ...bodies]);
}

/** A header, where the sections begin, and the crc that tells this file from every other of its segment. */
export interface ReadHeader {
  readonly header: ColumnHeader;
  readonly sectionsStart: number;
  readonly crc: number;
}

/** How many bytes hold the header; null where even that needs more bytes than these first ones. */
export function headerLength(first: Uint8Array): number | null {
  if (first.length < PREFIX_BYTES) return null;
  const bytes = bufferOf(first);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new ColumnFileError("it is not a column file");
  const length = bytes.readUInt32LE(MAGIC.length);
  if (length > HEADER_BYTES_MAX) throw new ColumnFileError("the length of its header cannot be");
  return PREFIX_BYTES + length;
}

/**
 * Reads the header out of the first bytes of a file.
 *
 * @throws ColumnFileError for other bytes, and another version of the format.
 */
export function decodeHeader(first: Uint8Array): ReadHeader {
  const length = headerLength(first);
  if (length === null || first.length < length) throw new ColumnFileError("its header is cut off");
  const bytes = bufferOf(first);
  const text = bytes.subarray(PREFIX_BYTES, length);
  const crc = bytes.readUInt32LE(MAGIC.length + 4);
  if (crc32(text) !== crc) throw new ColumnFileError("the checksum of its header does not match");
  const json = JSON.parse(text.toString("utf8")) as ColumnHeader & Readonly<Record<string, unknown>>;
  if (json["format"] !== FORMAT || json["version"] !== FORMAT_VERSION || json["knows"] !== KNOWS) {
    throw new OtherReleaseError("it was made by another release");
  }
  return { header: json, sectionsStart: length, crc };
}

/** Where some sections lie in a file, from the start of the first to the end of the last. */
export function extentOf(
  { header, sectionsStart }: ReadHeader,
  names: readonly SectionName[],
): { readonly start: number; readonly end: number } {
  const sections = names.map((name) => header.sections[name]);
  return {
    start: sectionsStart + Math.min(...sections.map(({ offset }) => offset)),
    end: sectionsStart + Math.max(...sections.map(({ offset, length }) => offset + length)),
  };
}

/** A stored section, not yet inflated, out of bytes that begin at an offset of the file. */
export function sectionOf(
  { header, sectionsStart }: ReadHeader,
  name: SectionName,
  bytes: Uint8Array,
  bytesStart: number,
): Uint8Array {
  const { offset, length, crc } = header.sections[name];
  const start = sectionsStart + offset - bytesStart;
  const stored = bytes.subarray(start, start + length);
  if (stored.length !== length) throw new ColumnFileError(`its section "${name}" is cut off`);
  if (crc32(stored) !== crc) throw new ColumnFileError(`the checksum of its section "${name}" does not match`);
  return stored;
}

const INFLATED_PIECE_MIN = 16_384;
const INFLATED_PIECE_MAX = 8_388_608;

/** The bytes of a section as they were before it was stored. */
export function inflated(name: SectionName, stored: Uint8Array): Uint8Array {
  if (!COMPRESSED.includes(name)) return stored;
  // Output is gathered in pieces of this size: in small ones a large section is copied many times.
  const chunkSize = Math.min(Math.max(4 * stored.length, INFLATED_PIECE_MIN), INFLATED_PIECE_MAX);
  return inflateRawSync(stored, { chunkSize });
}

function padded(bytes: Uint8Array): Uint8Array {
  const padding = -bytes.length & 7;
  return padding === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(padding)]);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
