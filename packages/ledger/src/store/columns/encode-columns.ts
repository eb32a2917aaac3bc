import { canonicalJson } from "../../events/canonical.ts";
import type { KnownEvent } from "../../events/event.ts";
import type { RequestRows } from "../../rows/request-rows.ts";
import type { RowDraft } from "../../rows/row-draft.ts";
import { Kills, type BuiltColumns, type Kill } from "./build-columns.ts";
import { encodeColumnFile, type ColumnSource, type PartBasis } from "./column-file.ts";
import { encodeDetails } from "./detail-sections.ts";
import type { IdIndex } from "./id-index.ts";
import { encodePlaces } from "./line-places.ts";
import { bytesOf, ColumnReader, ColumnWriter, type NumberColumn } from "./number-codec.ts";
import { withLines, withoutLines, type ApartLines } from "./report-lines.ts";
import { encodeRows } from "./row-sections.ts";

/** What a column file says beside its rows. */
export interface ColumnFacts {
  /** Known events that are not requests, by slot after the rows. */
  readonly others: readonly KnownEvent[];
  /** `Type@version` and id of unknown events, by slot after the others. */
  readonly unknown: readonly (readonly [kind: string, id: string])[];
  /** Damage in the segment. */
  readonly damage: readonly { readonly line: number; readonly byte: number; readonly why: string }[];
  /** Rows of which final snapshots disagree, with their ids. */
  readonly conflicts: readonly (readonly [row: number, id: string])[];
  /** Of a part file: slots, with their ids, that corrections in the column files before it name. */
  readonly corrected?: readonly (readonly [slot: number, id: string])[];
  /** The batches that rows are of, in order of name, and of how many each. */
  readonly batches: readonly (readonly [batch: string, rows: number])[];
}

/** The bytes of a column file; `part` where they are those of a segment that can still grow. */
export function encodeColumns(columns: BuiltColumns, source: ColumnSource, part?: PartBasis): Uint8Array {
  const { order, mergedFrom, rows } = columns;
  const header = { order, source, mergedFrom, rows: rows.count, slots: columns.places.length };
  return encodeColumnFile(part === undefined ? header : { ...header, part }, {
    kills: encodeKills(columns.kills),
    facts: encodeFacts(factsOf(columns)),
    hashes: bytesOf(columns.index.high),
    ...encodeRows(rows),
    entries: encodeEntries(columns.index),
    places: encodePlaces(columns.places),
    ...encodeDetails(columns.drafts, columns.tables.prompts),
  });
}

function factsOf({ rows, drafts, others, unknown, damage, corrected }: BuiltColumns): ColumnFacts {
  return {
    ...(corrected === undefined ? {} : { corrected }),
    others,
    unknown,
    damage: damage.map(({ line, byte, why }) => ({ line, byte, why })),
    conflicts: conflictsOf(rows),
    batches: batchesOf(drafts),
  };
}

/** One line of JSON, which has no line breaks inside; after it the lines of reports. */
const END_OF_JSON = 0x0a;

/** Facts as they are stored. */
type StoredFacts = ColumnFacts & { readonly reportLines?: ApartLines["places"] };

function encodeFacts(facts: ColumnFacts): Uint8Array {
  const { events, places, bytes } = withoutLines(facts.others);
  if (places.length === 0) return Buffer.from(canonicalJson(facts), "utf8");
  const stored: StoredFacts = { ...facts, others: events, reportLines: places };
  return Buffer.concat([Buffer.from(canonicalJson(stored), "utf8"), Uint8Array.of(END_OF_JSON), bytes]);
}

export function decodeFacts(bytes: Uint8Array): ColumnFacts {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = stored.indexOf(END_OF_JSON);
  if (end === -1) return JSON.parse(stored.toString("utf8")) as ColumnFacts;
  const { reportLines = [], ...facts } = JSON.parse(stored.toString("utf8", 0, end)) as StoredFacts;
  const others = withLines({ events: facts.others, places: reportLines, bytes: bytes.subarray(end + 1) });
  return { ...facts, others };
}

function conflictsOf(rows: RequestRows): [number, string][] {
  const conflicts: [number, string][] = [];
  const details = rows.details();
  for (let row = 0; row < rows.count; row += 1) {
    if (rows.terms.at(rows.termsOf[row] ?? 0).hasConflicts) conflicts.push([row, details.id(row)]);
  }
  return conflicts;
}

function batchesOf(drafts: readonly RowDraft[]): [string, number][] {
  const batches = new Map<string, number>();
  for (const { otherIds } of drafts) {
    if (otherIds.batch !== null) batches.set(otherIds.batch, (batches.get(otherIds.batch) ?? 0) + 1);
  }
  return [...batches].sort(([a], [b]) => (a < b ? -1 : 1));
}

function encodeKills(kills: readonly Kill[]): Uint8Array {
  const out = new ColumnWriter();
  out.numbers(kills.map(({ order }) => order));
  out.numbers(kills.map(({ slot }) => slot));
  return out.bytes();
}

export function decodeKills(bytes: Uint8Array): Kills {
  const from = new ColumnReader(bytes);
  return new Kills(from.uint32(), from.uint32());
}

function encodeEntries({ low, slots }: IdIndex): Uint8Array {
  const out = new ColumnWriter();
  out.numbers(low);
  out.numbers(slots);
  return out.bytes();
}

export function decodeEntries(bytes: Uint8Array): { readonly low: NumberColumn; readonly slots: NumberColumn } {
  const from = new ColumnReader(bytes);
  return { low: from.numbers(), slots: from.numbers() };
}
