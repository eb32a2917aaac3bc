import type { LedgerEvent, PriceSet, RequestFailed, ResponseRecorded } from "../events/event.ts";
import { idHash } from "../events/id-hash.ts";
import { isEventOf, isResponse } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { headAfter, NO_LINES, type ChainHead } from "../store/file/frame.ts";
import { LOG_START } from "../store/file/position.ts";
import { readLog, type Log } from "../store/file/read-log.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { HashList } from "./hash-list.ts";

/** An event that a prune may roll up. */
export type Prunable = ResponseRecorded | RequestFailed;

/** What a prune has to know of a segment before it decides about it. */
export interface SegmentSurvey {
  readonly log: Log;
  readonly segment: number;
  /** Whether nothing will be appended to it any more. */
  readonly isSealed: boolean;
  /** Up to the end of its last whole line. */
  bytes: number;
  lines: number;
  /** When the first of them was recorded, in milliseconds since 1970; null where no line says. */
  since: number | null;
  /** Bytes and number of lines that hold requests of before the instant. */
  bytesBefore: number;
  requestsBefore: number;
  /** When the newest of its requests was complete; -Infinity where it has none. */
  newest: Instant;
  /** Whether a line of it cannot be read, or does not follow the one before. */
  isDamaged: boolean;
  /** Where its log stands at its end. */
  head: ChainHead;
  /** Hashes of the ids of its requests of before the instant; ascending, as are the others. */
  hashes: Float64Array;
  /** Hashes of the ids of its requests that were seen at the instant or later, and are not summed up. */
  laterHashes: Float64Array;
  /** Hashes of the ids of its other events. */
  otherHashes: Float64Array;
}

/** What is in the logs of a ledger. */
export interface Survey {
  readonly segments: readonly SegmentSurvey[];
  readonly priceSets: readonly PriceSet[];
  /** Ids of events that were taken back, by a correction that may itself have been taken back. */
  readonly corrected: ReadonlySet<string>;
}

/** Reads every line of the logs once. Keeps eight bytes per line. */
export async function surveyLogs(fileSystem: FileSystem, logs: readonly Log[], before: Instant): Promise<Survey> {
  const segments: SegmentSurvey[] = [];
  const priceSets: PriceSet[] = [];
  const corrected = new Set<string>();
  const noteOthers = (event: LedgerEvent): void => {
    if (isEventOf(event, "PriceSet")) priceSets.push(event);
    if (isEventOf(event, "UsageCorrected")) corrected.add(event.corrects);
  };
  for (const log of logs) segments.push(...(await surveyLog(fileSystem, log, before, noteOthers)));
  return { segments, priceSets: priceSets.filter(({ id }) => !corrected.has(id)), corrected };
}

/** Whether final snapshots of a request disagree. */
export function hasConflicts(request: Prunable): boolean {
  return isResponse(request) && request.conflicts.length > 0;
}

export function isPrunable(event: LedgerEvent): event is Prunable {
  return isResponse(event) || isEventOf(event, "RequestFailed");
}

async function surveyLog(
  fileSystem: FileSystem,
  log: Log,
  before: Instant,
  noteOthers: (event: LedgerEvent) => void,
): Promise<SegmentSurvey[]> {
  const surveys = new Map(log.segments.map((segment) => [segment, emptySurvey(log, segment)]));
  const damaged = new Set<string>();
  let current: SegmentSurvey | null = null;
  let lists = noHashes();
  const keep = (): void => {
    if (current === null) return;
    current.hashes = lists.hashes.sorted();
    current.laterHashes = lists.laterHashes.sorted();
    current.otherHashes = lists.otherHashes.sorted();
    lists = noHashes();
  };
  let head = NO_LINES;
  for await (const entries of readLog(fileSystem, log, LOG_START, ({ file }) => damaged.add(file))) {
    for (const { frame, next } of entries) {
      const survey = surveys.get(next.segment);
      if (survey === undefined) continue;
      if (survey !== current) {
        keep();
        current = survey;
      }
      const bytes = next.byte - survey.bytes;
      survey.bytes = next.byte;
      survey.lines += 1;
      survey.since ??= frame.at;
      survey.head = head = headAfter(head, frame);
      if (!isPrunable(frame.event)) {
        noteOthers(frame.event);
        lists.otherHashes.push(idHash(frame.event.id));
        continue;
      }
      const at = Date.parse(frame.event.occurredAt);
      survey.newest = Math.max(survey.newest, at);
      if (at >= before) {
        lists.laterHashes.push(idHash(frame.event.id));
        continue;
      }
      lists.hashes.push(idHash(frame.event.id));
      survey.bytesBefore += bytes;
      survey.requestsBefore += 1;
    }
  }
  keep();
  for (const [segment, survey] of surveys) {
    const name = segmentName(log.writer, segment);
    survey.isDamaged = [...damaged].some((file) => file.endsWith(name));
  }
  return [...surveys.values()];
}

function emptySurvey(log: Log, segment: number): SegmentSurvey {
  return {
    log,
    segment,
    isSealed: segment !== log.segments.at(-1),
    bytes: 0,
    lines: 0,
    since: null,
    bytesBefore: 0,
    requestsBefore: 0,
    newest: -Infinity,
    isDamaged: false,
    head: NO_LINES,
    hashes: NO_HASHES,
    laterHashes: NO_HASHES,
    otherHashes: NO_HASHES,
  };
}

const NO_HASHES = new Float64Array(0);

function noHashes(): Readonly<Record<"hashes" | "laterHashes" | "otherHashes", HashList>> {
  return { hashes: new HashList(), laterHashes: new HashList(), otherHashes: new HashList() };
}
