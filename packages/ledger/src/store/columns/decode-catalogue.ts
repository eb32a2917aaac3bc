import { crc32 } from "node:zlib";
import {
  ListedHead,
  NO_FACTS,
  type Batches,
  type CommonFacts,
  type EntryNumbers,
  type EntryTables,
} from "./catalogue-entry.ts";
import {
  MAGIC,
  NUMBER_COLUMNS,
  PREFIX_BYTES,
  SECTION_NUMBERS,
  STATE_COLUMNS,
  VERSION,
  type EntryStates,
  type FoundId,
  type NumberOf,
  type StateNumbers,
  type Texts,
} from "./catalogue-format.ts";
import {
  ColumnFileError,
  OtherReleaseError,
  RELEASE,
  SECTIONS,
  type MergedFrom,
  type SectionName,
  type StoredSection,
  type StoredSections,
} from "./column-file.ts";
import { ColumnReader } from "./number-codec.ts";
import { withLines } from "./report-lines.ts";
import { startsOf } from "./runs.ts";
import type { ColumnHead } from "./stored-columns.ts";

/** What a catalogue holds, to be read as far as it is asked for. Entries are in the order in which their files were made. */
export interface StoredCatalogue {
  /** Names of the column files. */
  readonly names: readonly string[];
  /** Keys of the column files. */
  readonly keys: readonly string[];
  readonly states: StateNumbers;
  headOf(entry: number): ColumnHead;
  readonly ids: readonly string[];
  foundIn(entry: number): readonly FoundId[];
  /** Entries that have any of the ids. */
  readonly finding: readonly number[];
  /** Slots of an entry's file that files of the other entries say do not count any more, in order, each once. */
  deadOf(entry: number): Uint32Array;
  /** Whether every segment of which lines were merged into one of the files has a file among them. */
  readonly restsOnItself: boolean;
}

const NO_NUMBERS = new Float64Array();

/** One without entries. */
export const EMPTY_CATALOGUE: StoredCatalogue = {
  names: [],
  keys: [],
  states: {
    columnBytes: NO_NUMBERS,
    columnsModifiedAt: NO_NUMBERS,
    segmentBytes: NO_NUMBERS,
    segmentModifiedAt: NO_NUMBERS,
  },
  headOf: () => {
    throw new RangeError("it has no entries");
  },
  ids: [],
  foundIn: () => [],
  finding: [],
  deadOf: () => new Uint32Array(),
  restsOnItself: false,
};

/**
 * Reads what `encodeCatalogue` made.
 *
 * @throws ColumnFileError for other bytes, and those of another release.
 */
export function decodeCatalogue(bytes: Uint8Array): StoredCatalogue {
  const prefix = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (prefix.length < PREFIX_BYTES || !prefix.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ColumnFileError("it is not a catalogue");
  }
  const [version, release, crc] = [0, 4, 8].map((at) => prefix.readUInt32LE(MAGIC.length + at));
  const body = bytes.subarray(PREFIX_BYTES);
  if (crc !== crc32(body)) throw new ColumnFileError("its checksum does not match");
  if (version !== VERSION || release !== RELEASE) throw new OtherReleaseError("it was made by another release");
  const from = new ColumnReader(body);
  const texts = JSON.parse(nextBytes(from).toString("utf8")) as Texts;
  const { names, keys, ids, restsOnItself } = texts;
  const facts = factsByEntry(texts, nextBytes(from));
  const chainsOf = listLater(nextBytes(from)) as (entry: number) => string | undefined;
  const batchesOf = listLater(nextBytes(from)) as (entry: number) => Batches | undefined;
  const states = columnsOf<StateNumbers>(STATE_COLUMNS, from);
  const numbers = columnsOf<EntryNumbers>(NUMBER_COLUMNS, from);
  const sections = from.later((at) => at.uint32());
  const mergedCounts = from.later((at) => startsOf(at.uint32()));
  const merged = [from.later(doubles), from.later(doubles), from.later(doubles), from.later(doubles)] as const;
  const mergedFrom = (entry: number): MergedFrom[] => {
    const [writers, segments, mergedBytes, until] = merged.map((column) => column());
    const list: MergedFrom[] = [];
    const starts = mergedCounts();
    for (let at = starts[entry] ?? 0; at < (starts[entry + 1] ?? 0); at += 1) {
      list.push({
        writer: texts.writers[writers?.[at] ?? 0] ?? "",
        segment: segments?.[at] ?? 0,
        byte: mergedBytes?.[at] ?? 0,
        recordedUntil: until?.[at] ?? 0,
      });
    }
    return list;
  };
  const killStarts = startsOf(from.uint32());
  const killOrders = from.uint32();
  const killSlots = from.uint32();
  const deadStarts = startsOf(from.uint32());
  const dead = from.uint32();
  const foundCounts = from.uint32();
  const foundStarts = startsOf(foundCounts);
  const found = { ids: from.uint32(), slots: from.uint32() };
  const tables: EntryTables = {
    numbers,
    writers: texts.writers,
    killStarts,
    killOrders,
    killSlots,
    chainOf: (entry) => chainsOf(entry) ?? "",
    factsOf: (entry) => facts.get(entry) ?? NO_FACTS,
    batchesOf: (entry) => batchesOf(entry) ?? [],
    mergedFrom,
    sections: (entry) => sectionsAt(sections(), entry * SECTIONS.length * SECTION_NUMBERS),
  };
  return {
    names,
    keys,
    states,
    headOf: (entry) => new ListedHead(tables, entry),
    ids,
    restsOnItself,
    finding: found.ids.length === 0 ? [] : [...foundCounts.keys()].filter((entry) => (foundCounts[entry] ?? 0) > 0),
    foundIn(entry) {
      const list: FoundId[] = [];
      for (let at = foundStarts[entry] ?? 0; at < (foundStarts[entry + 1] ?? 0); at += 1) {
        list.push({ id: found.ids[at] ?? 0, slot: found.slots[at] ?? 0 });
      }
      return list;
    },
    deadOf: (entry) => dead.subarray(deadStarts[entry] ?? 0, deadStarts[entry + 1] ?? 0),
  };
}

function factsByEntry({ facts, reportLines }: Texts, lines: Uint8Array): ReadonlyMap<number, CommonFacts> {
  const byEntry = new Map(facts);
  let at = 0;
  for (const [entry, places] of reportLines) {
    const held = byEntry.get(entry) ?? NO_FACTS;
    const length = places.reduce((total, [, bytes]) => total + bytes, 0);
    const others = withLines({ events: held.others, places, bytes: lines.subarray(at, at + length) });
    byEntry.set(entry, { ...held, others });
    at += length;
  }
  return byEntry;
}

/** What a list of JSON says at a place, parsed when the first is asked for. */
function listLater(json: Buffer): (place: number) => unknown {
  let list: readonly unknown[] | null = null;
  return (place) => (list ??= JSON.parse(json.toString("utf8")) as readonly unknown[])[place];
}

function doubles(from: ColumnReader): Float64Array {
  return from.doubles();
}

function columnsOf<T>(columns: readonly (readonly [keyof T, NumberOf])[], from: ColumnReader): T {
  return Object.fromEntries(columns.map(([name]) => [name, from.doubles()])) as T;
}

/** Bytes with their length before them, as `addBytes` adds them. */
function nextBytes(from: ColumnReader): Buffer {
  const [length = 0] = from.uint32();
  const { buffer, byteOffset } = from.raw(length);
  return Buffer.from(buffer, byteOffset, length);
}

function sectionsAt(numbers: Uint32Array, start: number): StoredSections {
  const sections: Partial<Record<SectionName, StoredSection>> = {};
  for (const [index, name] of SECTIONS.entries()) {
    const at = start + index * SECTION_NUMBERS;
    sections[name] = { offset: numbers[at] ?? 0, length: numbers[at + 1] ?? 0, crc: numbers[at + 2] ?? 0 };
  }
  return sections as StoredSections;
}

/** The states that an entry names. */
export function statesAt(numbers: StateNumbers, entry: number): EntryStates {
  const { columnBytes, columnsModifiedAt, segmentBytes, segmentModifiedAt } = numbers;
  return {
    columns: { bytes: columnBytes[entry] ?? NaN, modifiedAt: columnsModifiedAt[entry] ?? NaN },
    segment: { bytes: segmentBytes[entry] ?? NaN, modifiedAt: segmentModifiedAt[entry] ?? NaN },
  };
}
