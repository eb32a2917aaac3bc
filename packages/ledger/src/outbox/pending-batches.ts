import { join } from "node:path";
import { encodeEvent } from "../events/codec.ts";
import { eventsDropped } from "../events/dropped.ts";
import type { LedgerEvent } from "../events/event.ts";
import { isEventOf, isKnownEvent } from "../events/known-event.ts";
import type { Pseudonymize } from "../privacy/pseudonymize.ts";
import type { Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { Frame } from "../store/file/frame.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { mergeLogs } from "../store/file/merge-logs.ts";
import { LOG_START, decodePosition, encodePosition, type LogPlace } from "../store/file/position.ts";
import type { PruneRecord } from "../store/file/prune-record.ts";
import { openPrunedIds, readPruned } from "../store/file/pruned.ts";
import type { EventLine } from "../store/postgres/event-rows.ts";

/** Events that are sent in one statement. */
export interface PendingBatch {
  readonly lines: readonly EventLine[];
  /** After the newest of them, and after all that is not to be sent before it. */
  readonly position: Position;
  /** When the newest of them occurred; null where none is to be sent. */
  readonly newestAt: string | null;
  /** When the newest of them was recorded, in milliseconds since 1970; null where no line says. */
  readonly recordedAt: number | null;
  /** Prunes of which it is told from then on what it lacks. */
  readonly told: number;
}

const BATCH_EVENTS = 2000;
const BATCH_CHARACTERS = 4_194_304;

export interface PendingOptions {
  readonly fileSystem: FileSystem;
  /** What an event becomes before it leaves the host. */
  readonly pseudonymize: Pseudonymize;
  /** Of later prunes than these many, sums are not sent: what they are the sums of was. */
  readonly prunes: number;
  /** Of later prunes than these many, the shared ledger is told what it lacks of the lines that went. */
  readonly told: number;
  /** Id of the shared ledger. */
  readonly to: string;
  /** Id of the folder's ledger. */
  readonly from: string;
  /** Only what is before this position; default: everything. */
  readonly until?: Position | undefined;
}

/**
 * The events of a ledger's folder after a position, in batches. Damaged lines are passed over, as whoever reads the
 * folder does.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function* pendingBatches(
  root: string,
  after: Position,
  { fileSystem, pseudonymize, prunes, until, ...lacking }: PendingOptions,
): AsyncGenerator<PendingBatch, void> {
  const logs = await listLogs(fileSystem, join(root, "segments"));
  const pruned = await openPrunedIds(fileSystem, root);
  const { records } = await readPruned(fileSystem, root);
  const sums = new Set(records.filter(({ number }) => number > prunes).map(({ log }) => log.writer));
  let lines: EventLine[] = lackedLines(records, lacking);
  let characters = 0;
  let newestAt: string | null = null;
  let recordedAt: number | null = null;
  const end = until === undefined ? null : decodePosition(until);
  let places: ReadonlyMap<string, LogPlace> | null = null;
  const take = (): PendingBatch => {
    const position = places === null ? after : encodePosition(end === null ? places : upTo(places, end));
    const batch = { lines, position, newestAt, recordedAt, told: records.length };
    [lines, characters, newestAt, recordedAt] = [[], 0, null, null];
    return batch;
  };
  for await (const { writer, entry, places: next } of mergeLogs(fileSystem, logs, decodePosition(after), passOver)) {
    if (end !== null && isBehind(end.get(writer) ?? LOG_START, entry.next)) continue;
    places = next;
    const { event, at } = entry.frame;
    const isCountedInSum = pruned.mayHold(event.id) && isKnownEvent(event) && (await pruned.holds(event.id));
    // What was rolled up after it had been forwarded is there in detail.
    if (isCountedInSum || (sums.has(writer) && isEventOf(event, "UsageRolledUp"))) continue;
    const sent = pseudonymize(event);
    const json = (sent === event ? textIn(entry.frame) : null) ?? encodeEvent(sent);
    lines.push({ id: sent.id, occurredAt: sent.occurredAt, json });
    characters += json.length;
    if (at !== null) recordedAt = Math.max(at, recordedAt ?? at);
    if (newestAt === null || sent.occurredAt > newestAt) newestAt = sent.occurredAt;
    if (lines.length >= BATCH_EVENTS || characters >= BATCH_CHARACTERS) yield take();
  }
  if (places !== null || lines.length > 0) yield take();
}

function upTo(places: ReadonlyMap<string, LogPlace>, end: ReadonlyMap<string, LogPlace>): Map<string, LogPlace> {
  return new Map(
    [...places].flatMap(([writer, place]) => {
      const last = end.get(writer);
      if (last === undefined) return [];
      return [[writer, isBehind(last, place) ? last : place] as const];
    }),
  );
}

function isBehind(one: LogPlace, other: LogPlace): boolean {
  return one.segment < other.segment || (one.segment === other.segment && one.byte < other.byte);
}

/** What the shared ledger lacks of lines that went before it had them, as other ledgers have them or had them. */
function lackedLines(
  records: readonly PruneRecord[],
  { told, to, from }: Pick<PendingOptions, "told" | "to" | "from">,
): EventLine[] {
  return records.flatMap(({ number, lackedBy }) => {
    const lacked = number > told ? lackedBy?.[to] : undefined;
    if (lacked === undefined) return [];
    const event = eventsDropped(lacked, `dropped:${from}/${to}-${String(number)}`, Date.parse(lacked.until));
    return [{ id: event.id, occurredAt: event.occurredAt, json: encodeEvent(event) }];
  });
}

function passOver(): void {
  // `verify` says which.
}

/** What stands before and after the event in a line as this release writes it. */
const BEFORE = /^\{"writer":"[0-9a-z]+","seq":\d+,"event":/;
const AFTER = /,"at":\d+$/;

/**
 * The event's own text, where the line is as this release writes it: encoding the event again takes longer than all else.
 * Null for any other line, and for an event that an upcaster has changed.
 */
function textIn({ body, event }: Pick<Frame, "body" | "event">): string | null {
  const text = body.toString("utf8");
  const [before] = BEFORE.exec(text) ?? [];
  const [end] = AFTER.exec(text) ?? [];
  if (before === undefined || end === undefined) return null;
  const json = text.slice(before.length, -end.length);
  return isOfVersion(json, event) ? json : null;
}

/** The version is the last key of an event. */
function isOfVersion(json: string, { version }: LedgerEvent): boolean {
  return json.endsWith(`,"version":${String(version)}}`);
}
