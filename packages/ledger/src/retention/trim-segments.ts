import { join } from "node:path";
import type { LedgerEvent } from "../events/event.ts";
import { eventsDropped, NOTHING_DROPPED, sumOf, withEventDropped, type Dropped } from "../events/dropped.ts";
import { latest } from "../events/joins.ts";
import { isEventOf } from "../events/known-event.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { headAfter, NO_LINES, type ChainHead } from "../store/file/frame.ts";
import type { Lock } from "../store/file/held-lock.ts";
import { PrunedIdsBuilder } from "../store/file/pruned-ids.ts";
import { readLog, type Log } from "../store/file/read-log.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { deleteDropped } from "./drop-segments.ts";
import { LackedLines } from "./lacked-lines.ts";
import { RollupLog } from "./rollup-log.ts";
import { writeRecord } from "./write-record.ts";

/** A segment that is to go, to which nobody appends any more. */
export interface SegmentToTrim {
  readonly log: Log;
  readonly segment: number;
  readonly bytes: number;
  /** Lines that begin at this byte or after it are lost with it; those before are elsewhere. */
  readonly keptElsewhere: number;
  /** By the id of a shared ledger: lines that begin at this byte or after it are not there. */
  readonly lackedFrom: ReadonlyMap<string, number>;
}

export interface TrimOptions {
  readonly fileSystem: FileSystem;
  /** The prune's. */
  readonly lock: Lock;
  /** Names the log of what is carried over. */
  readonly newUuid: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the ledger: with it, ids of losses are those of no other host. */
  readonly ledger: string;
}

/**
 * Drops segments as a prune does, without sums in their place. What is lost with them is counted in an `EventsDropped`
 * event, named after the first of those segments. It counts from when on they no longer do, and not before: a crash at any
 * point leaves either the lines or their count. Carried over are other such events, and what decides how the events that stay count:
 * prices and corrections. Only who holds the prune's lock may do this.
 *
 * @returns The segments that are damaged, and stay: repairing them may bring lines back.
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function trimSegments<S extends SegmentToTrim>(
  root: string,
  segments: readonly S[],
  { fileSystem, lock, newUuid, now, ledger }: TrimOptions,
): Promise<readonly S[]> {
  const log = new RollupLog(fileSystem, join(root, "segments"), `rollup${newUuid().replaceAll("-", "").slice(-12)}`);
  const damaged: S[] = [];
  const dropped: (SegmentToTrim & { readonly head: ChainHead })[] = [];
  const losses: (Pick<FoundLines, "lost" | "lostUntil"> & { readonly id: string })[] = [];
  let newest: string | null = null;
  const trimmed = { lines: 0, lost: 0 };
  const lacked = new LackedLines();
  for (const segment of segments) {
    const found = await read(fileSystem, segment);
    if (found === null) {
      damaged.push(segment);
      continue;
    }
    for (const { event, at } of found.carried) await log.add(event, at);
    if (found.lost.count > 0)
      losses.push({ ...found, id: `dropped:${ledger}/${segment.log.writer}-${String(segment.segment)}` });
    dropped.push({ ...segment, head: found.head });
    newest = latest(newest, found.newest);
    lacked.addAll(found.lacked);
    trimmed.lines += found.lines;
    trimmed.lost += found.lost.count;
  }
  if (dropped.length === 0) return damaged;
  const [first] = losses;
  if (first !== undefined) {
    const lost = losses.map((each) => each.lost).reduce(sumOf);
    const lostUntil = losses.map((each) => each.lostUntil).reduce(latest);
    await log.add(eventsDropped(lost, first.id, Date.parse(lostUntil ?? "")), now());
  }
  if (log.head.seq > 0) await log.finish();
  await writeRecord(
    root,
    new PrunedIdsBuilder().bytes(),
    {
      at: Math.max(now(), log.head.at ?? 0),
      before: newest ?? new Date(0).toISOString(),
      log: { writer: log.writer, segments: log.segments, seq: log.head.seq, chain: log.head.chain },
      dropped: dropped.map(({ log: { writer }, segment, bytes, head }) => ({ writer, segment, bytes, ...head })),
      requests: 0,
      trimmed,
      ...lacked.forRecord(),
    },
    { fileSystem, lock },
  );
  await deleteDropped(fileSystem, root, lock);
  return damaged;
}

/** What of a segment has to be known before it goes. */
interface FoundLines {
  /** Where its log stands at its end. */
  readonly head: ChainHead;
  readonly carried: readonly { readonly event: LedgerEvent; readonly at: number | null }[];
  /** All lines but those. */
  readonly lines: number;
  /** Those of them that are nowhere else, and when the newest of these occurred. */
  readonly lost: Dropped;
  readonly lostUntil: string | null;
  /** Those that are not lost, and that a shared ledger has not. */
  readonly lacked: LackedLines;
  /** When the newest of the lines occurred. */
  readonly newest: string | null;
}

/** Null for a segment of which a line cannot be read, or does not follow the one before. */
async function read(
  fileSystem: FileSystem,
  { log, segment, bytes, keptElsewhere, lackedFrom }: SegmentToTrim,
): Promise<FoundLines | null> {
  const path = join(log.folder, segmentName(log.writer, segment));
  let isDamaged = false;
  let head = NO_LINES;
  let lines = 0;
  let lost = NOTHING_DROPPED;
  let lostUntil: string | null = null;
  let newest: string | null = null;
  const lacked = new LackedLines();
  const carried: { readonly event: LedgerEvent; readonly at: number | null }[] = [];
  const report = ({ file }: { readonly file: string }): void => {
    isDamaged ||= file === path;
  };
  for await (const entries of readLog(fileSystem, log, { segment, byte: 0, line: 1 }, report)) {
    const own = entries.filter(({ next }) => next.segment === segment);
    for (const { frame, byte } of own) {
      const { event, at } = frame;
      head = headAfter(head, frame);
      if (isCarried(event)) {
        carried.push({ event, at });
        continue;
      }
      lines += 1;
      newest = latest(newest, event.occurredAt);
      if (byte < keptElsewhere) {
        for (const [ledger, from] of lackedFrom) if (byte >= from) lacked.add(ledger, event);
        continue;
      }
      lost = withEventDropped(lost, event);
      lostUntil = latest(lostUntil, event.occurredAt);
    }
    if ((own.at(-1)?.next.byte ?? Infinity) >= bytes) break;
  }
  return isDamaged || head.seq === 0 ? null : { head, carried, lines, lost, lostUntil, lacked, newest };
}

function isCarried(event: LedgerEvent): boolean {
  return (["EventsDropped", "PriceSet", "UsageCorrected"] as const).some((type) => isEventOf(event, type));
}
