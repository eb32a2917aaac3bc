import type { FileState } from "../file/file-system.ts";
import type { CommonFacts, EntryNumbers } from "./catalogue-entry.ts";
import type { ColumnHead } from "./stored-columns.ts";

/** A column file that was opened. */
export interface CatalogueEntry {
  readonly head: ColumnHead;
  /** As they were before the head was read. */
  readonly states: EntryStates;
}

/** The states of a column file and of its segment. */
export interface EntryStates {
  readonly columns: FileState;
  readonly segment: FileState;
}

/** The states of all entries, a column each. */
export interface StateNumbers {
  readonly columnBytes: Float64Array;
  readonly columnsModifiedAt: Float64Array;
  readonly segmentBytes: Float64Array;
  readonly segmentModifiedAt: Float64Array;
}

/** A slot that has an id, by the id's place in a list of them. */
export interface FoundId {
  readonly id: number;
  readonly slot: number;
}

/** What a catalogue says in JSON. */
export interface Texts {
  readonly names: readonly string[];
  readonly keys: readonly string[];
  readonly writers: readonly string[];
  /** Of the entries of which there is something to say. */
  readonly facts: readonly (readonly [entry: number, facts: CommonFacts])[];
  /** By entry, the places of the report lines that follow. */
  readonly reportLines: readonly (readonly [entry: number, places: LinePlaces])[];
  readonly ids: readonly string[];
  readonly restsOnItself: boolean;
}

type LinePlaces = readonly (readonly [event: number, byteLength: number])[];

/** An offset, a length and a checksum. */
export const SECTION_NUMBERS = 3;
/** Raised with every change of what follows the release. */
export const VERSION = 5;
export const MAGIC: Buffer = Buffer.from("farthing-catalog", "latin1");
/** With the version, the release of the column files, and the CRC-32 of what follows; a multiple of eight. */
export const PREFIX_BYTES: number = MAGIC.length + 16;

/** How a number of an entry is found; `numberOf` says the place of a writer in the list of them. */
export type NumberOf = (entry: CatalogueEntry, numberOf: (writer: string) => number) => number;

export const STATE_COLUMNS: readonly (readonly [keyof StateNumbers, NumberOf])[] = [
  ["columnBytes", ({ states }) => states.columns.bytes],
  ["columnsModifiedAt", ({ states }) => states.columns.modifiedAt],
  ["segmentBytes", ({ states }) => states.segment.bytes],
  ["segmentModifiedAt", ({ states }) => states.segment.modifiedAt],
];

export const NUMBER_COLUMNS: readonly (readonly [keyof EntryNumbers, NumberOf])[] = [
  ["writer", ({ head }, numberOf) => numberOf(head.header.source.writer)],
  ["segment", ({ head }) => head.header.source.segment],
  ["bytes", ({ head }) => head.header.source.bytes],
  ["ending", ({ head }) => head.header.source.ending],
  ["recordedFrom", ({ head }) => head.header.source.recordedFrom],
  ["recordedUntil", ({ head }) => head.header.source.recordedUntil],
  ["endSegment", ({ head }) => head.header.source.end?.segment ?? NaN],
  ["endByte", ({ head }) => head.header.source.end?.byte ?? NaN],
  ["endLine", ({ head }) => head.header.source.end?.line ?? NaN],
  ["seq", ({ head }) => head.header.source.head.seq],
  ["recordedAt", ({ head }) => head.header.source.head.at ?? NaN],
  ["crc", ({ head }) => head.crc],
  ["sectionsStart", ({ head }) => head.sectionsStart],
  ["order", ({ head }) => head.header.order],
  ["rows", ({ head }) => head.header.rows],
  ["slots", ({ head }) => head.header.slots],
];
