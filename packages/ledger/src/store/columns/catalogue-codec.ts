import { crc32 } from "node:zlib";
import type { FileState } from "../file/file-system.ts";
import { Kills } from "./build-columns.ts";
import { ListedFacts, ListedHeader, type Batches, type CommonFacts, type Lists } from "./catalogue-entry.ts";
import {
  ColumnFileError,
  columnName,
  OtherReleaseError,
  RELEASE,
  SECTIONS,
  type MergedFrom,
  type SectionName,
  type StoredSection,
  type StoredSections,
} from "./column-file.ts";
import type { ColumnFacts } from "./encode-columns.ts";
import { ColumnReader, ColumnWriter } from "./number-codec.ts";
import { withLines, withoutLines, type ApartLines } from "./report-lines.ts";
import { startsOf } from "./runs.ts";
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

/** What a catalogue holds. */
export interface CatalogueContent {
  readonly entries: readonly CatalogueEntry[];
  /** Ids that were looked up in every file of the entries. */
  readonly ids: readonly string[];
  /** For each entry, where it has which of them. */
  readonly found: readonly (readonly FoundId[])[];
  /** Whether every segment of which lines were merged into one of the files has a file among them. */
  readonly restsOnItself: boolean;
}

/** A slot that has an id, by the id's place in a list of them. */
interface FoundId {
  readonly id: number;
  readonly slot: number;
}

const NONE_FOUND: readonly FoundId[] = [];

interface Texts {
  readonly writers: readonly string[];
  readonly chains: readonly string[];
  readonly facts: readonly CommonFacts[];
  /** By entry, the places of the report lines that follow. */
  readonly reportLines: readonly ApartLines["places"][];
  readonly ids: readonly string[];
  readonly restsOnItself: boolean;
}

/** An offset, a length and a checksum. */
const SECTION_NUMBERS = 3;
/** Raised with every change of what follows the release. */
const VERSION = 4;
const MAGIC = Buffer.from("farthing-catalog", "latin1");
/** With the version, the release of the column files, and the CRC-32 of what follows; a multiple of eight. */
const PREFIX_BYTES = MAGIC.length + 16;

/** The bytes of a catalogue. */
export function encodeCatalogue({ entries, ids, found }: Omit<CatalogueContent, "restsOnItself">): Uint8Array {
  const headers = entries.map(({ head }) => head.header);
  const merged = headers.flatMap(({ mergedFrom }) => mergedFrom);
  const names = new Set(headers.map(({ source }) => columnName(source)));
  const writers = [...new Set([...headers.map(({ source }) => source.writer), ...merged.map(({ writer }) => writer)])];
  const numbers = new Map(writers.map((writer, number) => [writer, number]));
  const numberOf = (writer: string): number => numbers.get(writer) ?? NaN;
  const facts = entries.map((entry) => commonOf(entry.head.facts));
  const apart = facts.map(({ others }) => withoutLines(others));
  const texts: Texts = {
    writers,
    chains: headers.map(({ source }) => source.head.chain),
    facts: facts.map((each, entry) => ({ ...each, others: apart[entry]?.events ?? [] })),
    reportLines: apart.map(({ places }) => places),
    ids,
    restsOnItself: merged.every((from) => names.has(columnName(from))),
  };
  const out = new ColumnWriter();
  addJson(out, texts);
  const reportBytes = Buffer.concat(apart.map(({ bytes }) => bytes));
  out.numbers([reportBytes.length]);
  out.raw(reportBytes);
  addJson(
    out,
    entries.map(({ head }) => head.facts.batches),
  );
  const rows = entries.map((entry) => [numberOf(entry.head.header.source.writer), ...numbersOf(entry)]);
  out.numbers([rows[0]?.length ?? 0]);
  for (let column = 0; column < (rows[0]?.length ?? 0); column += 1) out.numbers(rows.map((row) => row[column] ?? NaN));
  out.numbers(headers.flatMap(({ sections }) => SECTIONS.flatMap((name) => numbersOfSection(sections[name]))));
  out.numbers(headers.map(({ mergedFrom }) => mergedFrom.length));
  out.numbers(merged.map(({ writer }) => numberOf(writer)));
  out.numbers(merged.map(({ segment }) => segment));
  out.numbers(merged.map(({ byte }) => byte));
  out.numbers(merged.map(({ recordedUntil }) => recordedUntil));
  out.numbers(entries.map(({ head }) => head.kills.orders.length));
  out.numbers(entries.flatMap(({ head }) => [...head.kills.orders]));
  out.numbers(entries.flatMap(({ head }) => [...head.kills.slots]));
  out.numbers(found.map((each) => each.length));
  out.numbers(found.flatMap((each) => each.map(({ id }) => id)));
  out.numbers(found.flatMap((each) => each.map(({ slot }) => slot)));
  const body = out.bytes();
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(VERSION, MAGIC.length);
  prefix.writeUInt32LE(RELEASE, MAGIC.length + 4);
  prefix.writeUInt32LE(crc32(body), MAGIC.length + 8);
  return Buffer.concat([prefix, body]);
}

/**
 * Reads what `encodeCatalogue` made.
 *
 * @throws ColumnFileError for other bytes, and those of another release.
 */
export function decodeCatalogue(bytes: Uint8Array): CatalogueContent {
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
  const lines = nextBytes(from);
  let linesAt = 0;
  const factsWithLines = texts.facts.map((facts, entry): CommonFacts => {
    const places = texts.reportLines[entry] ?? [];
    const length = places.reduce((total, [, bytes]) => total + bytes, 0);
    const others = withLines({ events: facts.others, places, bytes: lines.subarray(linesAt, linesAt + length) });
    linesAt += length;
    return { ...facts, others };
  });
  const batchesJson = nextBytes(from);
  let batches: readonly Batches[] | null = null;
  const batchesOf = (entry: number): Batches => {
    batches ??= JSON.parse(batchesJson.toString("utf8")) as readonly Batches[];
    return batches[entry] ?? [];
  };
  const [width = 0] = from.uint32();
  const columns = Array.from({ length: width }, () => from.doubles());
  const sections = from.uint32();
  const mergedStarts = startsOf(from.uint32());
  const merged = { writers: from.uint32(), segments: from.uint32(), bytes: from.doubles(), until: from.doubles() };
  const killStarts = startsOf(from.uint32());
  const kills = { orders: from.uint32(), slots: from.uint32() };
  const foundStarts = startsOf(from.uint32());
  const found = { ids: from.uint32(), slots: from.uint32() };
  const mergedFrom = (entry: number): MergedFrom[] => {
    const list: MergedFrom[] = [];
    for (let at = mergedStarts[entry] ?? 0; at < (mergedStarts[entry + 1] ?? 0); at += 1) {
      list.push({
        writer: texts.writers[merged.writers[at] ?? 0] ?? "",
        segment: merged.segments[at] ?? 0,
        byte: merged.bytes[at] ?? 0,
        recordedUntil: merged.until[at] ?? 0,
      });
    }
    return list;
  };
  const entries = factsWithLines.map((facts, entry): CatalogueEntry => {
    const [killsFrom, killsUntil] = [killStarts[entry] ?? 0, killStarts[entry + 1] ?? 0];
    let at = 0;
    const next = (): number => columns[at++]?.[entry] ?? NaN;
    return entryOf(
      next,
      {
        writer: texts.writers[next()] ?? "",
        chain: texts.chains[entry] ?? "",
        kills: new Kills(kills.orders.subarray(killsFrom, killsUntil), kills.slots.subarray(killsFrom, killsUntil)),
        facts: new ListedFacts(facts, () => batchesOf(entry)),
      },
      {
        mergedFrom: () => mergedFrom(entry),
        sections: () => sectionsAt(sections, entry * SECTIONS.length * SECTION_NUMBERS),
      },
    );
  });
  return {
    entries,
    ids: texts.ids,
    restsOnItself: texts.restsOnItself,
    found: entries.map((_, entry) => {
      const [start = 0, end = 0] = [foundStarts[entry], foundStarts[entry + 1]];
      if (start === end) return NONE_FOUND;
      const ids: FoundId[] = [];
      for (let at = start; at < end; at += 1) {
        ids.push({ id: found.ids[at] ?? 0, slot: found.slots[at] ?? 0 });
      }
      return ids;
    }),
  };
}

function addJson(out: ColumnWriter, value: unknown): void {
  const json = Buffer.from(JSON.stringify(value), "utf8");
  out.numbers([json.length]);
  out.raw(json);
}

/** Bytes with their length before them, such as `addJson` adds. */
function nextBytes(from: ColumnReader): Buffer {
  const [length = 0] = from.uint32();
  const { buffer, byteOffset } = from.raw(length);
  return Buffer.from(buffer, byteOffset, length);
}

function commonOf({ others, unknown, damage, conflicts }: ColumnFacts): CommonFacts {
  return { others, unknown, damage, conflicts };
}

/** Everything of an entry that is a number and there once; NaN for what there is not. */
function numbersOf({ head, states }: CatalogueEntry): number[] {
  const { crc, sectionsStart, header } = head;
  const { source, order, rows, slots } = header;
  return [
    [states.columns.bytes, states.columns.modifiedAt, states.segment.bytes, states.segment.modifiedAt],
    [crc, sectionsStart, order, rows, slots],
    [source.segment, source.bytes, source.ending, source.recordedFrom, source.recordedUntil],
    [source.end?.segment ?? NaN, source.end?.byte ?? NaN, source.end?.line ?? NaN],
    [source.head.seq, source.head.at ?? NaN],
  ].flat();
}

function numbersOfSection({ offset, length, crc }: StoredSection): number[] {
  return [offset, length, crc];
}

function sectionsAt(numbers: Uint32Array, start: number): StoredSections {
  const sections: Partial<Record<SectionName, StoredSection>> = {};
  for (const [index, name] of SECTIONS.entries()) {
    const at = start + index * SECTION_NUMBERS;
    sections[name] = { offset: numbers[at] ?? 0, length: numbers[at + 1] ?? 0, crc: numbers[at + 2] ?? 0 };
  }
  return sections as StoredSections;
}

interface Rest extends Pick<ColumnHead, "kills" | "facts"> {
  readonly writer: string;
  readonly chain: string;
}

/** An entry of the numbers that `numbersOf` gave, one after the other, and of the rest. */
function entryOf(next: () => number, { writer, chain, kills, facts }: Rest, lists: Lists): CatalogueEntry {
  const states = {
    columns: { bytes: next(), modifiedAt: next() },
    segment: { bytes: next(), modifiedAt: next() },
  };
  const [crc, sectionsStart, order, rows, slots] = [next(), next(), next(), next(), next()];
  const source = {
    writer,
    segment: next(),
    bytes: next(),
    ending: next(),
    recordedFrom: next(),
    recordedUntil: next(),
  };
  const end = { segment: next(), byte: next(), line: next() };
  const [seq, recordedAt] = [next(), next()];
  const header = new ListedHeader(
    order,
    {
      ...source,
      end: Number.isNaN(end.segment) ? null : end,
      head: { seq, chain, at: Number.isNaN(recordedAt) ? null : recordedAt },
    },
    rows,
    slots,
    lists,
  );
  return { head: { header, sectionsStart, crc, kills, facts }, states };
}
