import { crc32 } from "node:zlib";
import type { CommonFacts } from "./catalogue-entry.ts";
import {
  MAGIC,
  NUMBER_COLUMNS,
  PREFIX_BYTES,
  STATE_COLUMNS,
  VERSION,
  type CatalogueEntry,
  type FoundId,
  type Texts,
} from "./catalogue-format.ts";
import { columnName, RELEASE, SECTIONS, type StoredSection } from "./column-file.ts";
import type { ColumnFacts } from "./encode-columns.ts";
import { ColumnWriter } from "./number-codec.ts";
import { withoutLines } from "./report-lines.ts";
import { keyOf } from "./stored-columns.ts";

/** What a catalogue is made of. */
export interface CatalogueContent {
  readonly entries: readonly CatalogueEntry[];
  /** Ids that were looked up in every file of the entries. */
  readonly ids: readonly string[];
  /** For each entry, where it has which of them. */
  readonly found: readonly (readonly FoundId[])[];
}

const NONE_FOUND: readonly FoundId[] = [];

/** The bytes of a catalogue. */
export function encodeCatalogue(content: CatalogueContent): Uint8Array {
  const inOrder = content.entries.map((_, entry) => entry).sort((a, b) => orderIn(content, a) - orderIn(content, b));
  const entries = inOrder.flatMap((entry) => content.entries[entry] ?? []);
  const found = inOrder.map((entry) => content.found[entry] ?? NONE_FOUND);
  const headers = entries.map(({ head }) => head.header);
  const merged = headers.flatMap(({ mergedFrom }) => mergedFrom);
  const names = headers.map(({ source }) => columnName(source));
  const held = new Set(names);
  const writers = [...new Set([...headers.map(({ source }) => source.writer), ...merged.map(({ writer }) => writer)])];
  const numbers = new Map(writers.map((writer, number) => [writer, number]));
  const numberOf = (writer: string): number => numbers.get(writer) ?? NaN;
  const facts = entries.map((entry) => commonOf(entry.head.facts));
  const apart = facts.map(({ others }) => withoutLines(others));
  const texts: Texts = {
    names,
    keys: entries.map(({ head }) => keyOf(head)),
    writers,
    facts: facts.flatMap((each, entry) =>
      isEmpty(each) ? [] : [[entry, { ...each, others: apart[entry]?.events ?? [] }] as const],
    ),
    reportLines: apart.flatMap(({ places }, entry) => (places.length === 0 ? [] : [[entry, places] as const])),
    ids: content.ids,
    restsOnItself: merged.every((from) => held.has(columnName(from))),
  };
  const out = new ColumnWriter();
  addJson(out, texts);
  addBytes(out, Buffer.concat(apart.map(({ bytes }) => bytes)));
  addJson(
    out,
    headers.map(({ source }) => source.head.chain),
  );
  addJson(
    out,
    entries.map(({ head }) => head.facts.batches),
  );
  for (const columnOf of [...STATE_COLUMNS, ...NUMBER_COLUMNS].map(([, of]) => of)) {
    out.numbers(entries.map((entry) => columnOf(entry, numberOf)));
  }
  out.numbers(headers.flatMap(({ sections }) => SECTIONS.flatMap((name) => numbersOfSection(sections[name]))));
  out.numbers(headers.map(({ mergedFrom }) => mergedFrom.length));
  out.numbers(merged.map(({ writer }) => numberOf(writer)));
  out.numbers(merged.map(({ segment }) => segment));
  out.numbers(merged.map(({ byte }) => byte));
  out.numbers(merged.map(({ recordedUntil }) => recordedUntil));
  out.numbers(entries.map(({ head }) => head.kills.orders.length));
  out.numbers(entries.flatMap(({ head }) => [...head.kills.orders]));
  out.numbers(entries.flatMap(({ head }) => [...head.kills.slots]));
  const dead = deadSlots(entries);
  out.numbers(dead.map((slots) => slots.length));
  out.numbers(dead.flat());
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

function orderIn({ entries }: CatalogueContent, entry: number): number {
  return entries[entry]?.head.header.order ?? NaN;
}

/** By entry, slots that the files of others say do not count any more. */
function deadSlots(entries: readonly CatalogueEntry[]): number[][] {
  const dead = entries.map(() => new Set<number>());
  const byOrder = new Map(entries.map(({ head }, entry) => [head.header.order, dead[entry]]));
  for (const { head } of entries) for (const { order, slot } of head.kills) byOrder.get(order)?.add(slot);
  return dead.map((slots) => [...slots].sort((a, b) => a - b));
}

function isEmpty({ others, unknown, damage, conflicts }: CommonFacts): boolean {
  return others.length + unknown.length + damage.length + conflicts.length === 0;
}

function addJson(out: ColumnWriter, value: unknown): void {
  addBytes(out, Buffer.from(JSON.stringify(value), "utf8"));
}

function addBytes(out: ColumnWriter, bytes: Uint8Array): void {
  out.numbers([bytes.length]);
  out.raw(bytes);
}

function commonOf({ others, unknown, damage, conflicts }: ColumnFacts): CommonFacts {
  return { others, unknown, damage, conflicts };
}

function numbersOfSection({ offset, length, crc }: StoredSection): number[] {
  return [offset, length, crc];
}
