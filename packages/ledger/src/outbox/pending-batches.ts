import { encodeEvent } from "../events/codec.ts";
import { isEventOf } from "../events/known-event.ts";
import type { LedgerEvent } from "../events/event.ts";
import type { Pseudonymize } from "../privacy/pseudonymize.ts";
import type { Position, RecordedEvent } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { decodePosition } from "../store/file/position.ts";
import { readPruned } from "../store/file/pruned.ts";
import type { EventLine } from "../store/postgres/event-rows.ts";

/** Events that are sent in one statement. */
export interface PendingBatch {
  readonly lines: readonly EventLine[];
  /** After the newest of them, and after all that is not to be sent before it. */
  readonly position: Position;
  /** When the newest of them occurred; null where none is to be sent. */
  readonly newestAt: string | null;
}

const BATCH_EVENTS = 1000;
const BATCH_CHARACTERS = 1_048_576;

export interface PendingOptions {
  /** What an event becomes before it leaves the host. */
  readonly pseudonymize: Pseudonymize;
  /** Of later prunes than these many, sums are not sent: what they are the sums of was. */
  readonly prunes: number;
  readonly fileSystem: FileSystem;
}

/** The events of a folder after a position, in batches. */
export async function* pendingBatches(
  events: AsyncIterable<RecordedEvent>,
  root: string,
  after: Position,
  options: PendingOptions,
): AsyncGenerator<PendingBatch, void> {
  let lines: EventLine[] = [];
  let characters = 0;
  let position = after;
  let newestAt: string | null = null;
  const take = (): PendingBatch => {
    const batch = { lines, position, newestAt };
    [lines, characters, newestAt] = [[], 0, null];
    return batch;
  };
  for await (const recorded of events) {
    const { event } = recorded;
    const isSent = !(await isSumOfForwarded(event, position, recorded.position, root, options));
    ({ position } = recorded);
    if (!isSent) continue;
    const json = encodeEvent(options.pseudonymize(event));
    lines.push({ id: event.id, occurredAt: event.occurredAt, json });
    characters += json.length;
    if (newestAt === null || event.occurredAt > newestAt) newestAt = event.occurredAt;
    if (lines.length >= BATCH_EVENTS || characters >= BATCH_CHARACTERS) yield take();
  }
  if (position !== after || lines.length > 0) yield take();
}

/** Whether an event holds the sums of others that were forwarded one by one, before they were pruned here. */
async function isSumOfForwarded(
  event: LedgerEvent,
  before: Position,
  after: Position,
  root: string,
  { prunes, fileSystem }: PendingOptions,
): Promise<boolean> {
  if (!isEventOf(event, "UsageRolledUp")) return false;
  const places = decodePosition(before);
  const moved = [...decodePosition(after)].find(([writer, { segment, byte }]) => {
    const place = places.get(writer);
    return place?.segment !== segment || place.byte !== byte;
  });
  const { records } = await readPruned(fileSystem, root);
  const record = records.find(({ log }) => log.writer === moved?.[0]);
  return record !== undefined && record.number > prunes;
}
