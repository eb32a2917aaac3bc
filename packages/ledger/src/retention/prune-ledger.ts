import { join } from "node:path";
import { v7 } from "uuid";
import { LedgerUnavailableError } from "../errors.ts";
import { formatInstant, type Instant } from "../instant.ts";
import { readForwardStates } from "../outbox/forward-state.ts";
import { reachedLedgers, type ReachedLedger } from "../outbox/reached-ledgers.ts";
import { readPersonalLabels } from "../settings/read-settings.ts";
import { COLUMNS_LOCK } from "../store/columns/build-missing.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { openFolderToRead, refuseReplica, takeNetworkLock } from "../store/file/ledger-folder.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { takeLock, withLock, type Lock } from "../store/file/lock.ts";
import { nodeProcesses, systemNow, type Processes } from "../store/file/processes.ts";
import { PrunedIds, PrunedIdsBuilder } from "../store/file/pruned-ids.ts";
import type { PruneRecord } from "../store/file/prune-record.ts";
import { openPrunedIds } from "../store/file/pruned.ts";
import { deleteDropped } from "./drop-segments.ts";
import { endSegment } from "./end-segment.ts";
import { LackedLines } from "./lacked-lines.ts";
import { RollupLog } from "./rollup-log.ts";
import { columnFilesIn, removeMadeMeanwhile } from "./made-meanwhile.ts";
import { writeRecord } from "./write-record.ts";
import { LINES_IN_MEMORY, sumUp } from "./sum-up.ts";
import { surveyLogs, type SegmentSurvey, type Survey } from "./survey.ts";
import { waitedForBy, WaitingLines, type LinesWaiting } from "./waiting-lines.ts";

export interface PruneOptions {
  /** The detail of requests that were complete before this instant goes. */
  readonly before: Instant;
  /** Only tells what would be done. Default: false. */
  readonly dryRun?: boolean;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /** Names what is new. Default: UUID v7. */
  readonly newUuid?: () => string;
  /** The time, in milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
  /** Of requests seen several times, so many lines are remembered at once; for more, all is read again. Default: 8,388,608. */
  readonly linesInMemory?: number;
  /** Hears how many bytes of the segments that go were read, and of how many. Default: nobody does. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a prune did, or would do. */
export interface PruneResult {
  readonly before: Instant;
  /** Requests whose detail went. */
  readonly requests: number;
  /** What stands in their place: sums of requests that are alike. */
  readonly rollups: number;
  /** Other events of the segments that went, which were kept as they were. */
  readonly carried: number;
  /** Segments that went. */
  readonly segments: number;
  /** Bytes of them, and bytes that came in their place. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Lines of requests of before the instant that stay in segments that are newer for the most part, damaged or in use. */
  readonly linesLeft: number;
  /**
   * Those that stay because they have to be forwarded first, by database; a line can wait for several. Databases that never
   * answered are not waited for: the folder is forwarded to them with its sums only where `withSums` says so.
   */
  readonly waitingFor: readonly LinesWaiting[];
}

/**
 * Replaces the detail of old requests by sums. What is spent by every dimension that is kept stays the same, as does
 * every event that is no request, and every request that was corrected or of which final snapshots disagree.
 *
 * Whole segments go: those of which at least half is older than the instant, and to which nobody appends. What of them
 * is newer is written again. Others may read and append meanwhile. After a crash at any point the ledger holds either
 * all of the detail or all of the sums.
 *
 * What has not been forwarded yet to a database that has some of the folder stays, for sums are not sent to it. One that was
 * forgotten is waited for only by lines that were in no database then, and are in none still.
 *
 * @throws LedgerNotFoundError, LedgerFormatError
 * @throws LedgerLockedError while another process prunes.
 * @throws LedgerUnavailableError when the operating system refuses; once the sums count, only deleting is left to do,
 *   and the next prune does it.
 */
export async function pruneLedger(root: string, options: PruneOptions): Promise<PruneResult> {
  const { fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
  const { manifest } = await openFolderToRead(root, fileSystem);
  await refuseReplica(root, fileSystem);
  const personalLabels = readPersonalLabels(manifest.data.settings["personalLabels"]);
  const network = await takeNetworkLock(root, { fileSystem, processes });
  try {
    const { now = systemNow } = options;
    const lock = await takeLock(root, "prune.lock", { fileSystem, processes, now });
    try {
      const { newUuid = v7, dryRun = false, onProgress = () => undefined, before } = options;
      const { linesInMemory = LINES_IN_MEMORY } = options;
      const all = { lock, before, dryRun, fileSystem, processes, newUuid, now, linesInMemory, onProgress };
      return await new Prune(root, all, personalLabels).run();
    } finally {
      await lock.release();
    }
  } finally {
    await network?.release();
  }
}

interface Pruning extends Required<PruneOptions> {
  readonly lock: Lock;
}

class Prune {
  readonly #root: string;
  readonly #folder: string;
  readonly #options: Pruning;
  readonly #personalLabels: readonly string[];

  constructor(root: string, options: Pruning, personalLabels: readonly string[]) {
    this.#root = root;
    this.#folder = join(root, "segments");
    this.#options = options;
    this.#personalLabels = personalLabels;
  }

  async run(): Promise<PruneResult> {
    const { fileSystem, lock, before, dryRun } = this.#options;
    if (!dryRun) await deleteDropped(fileSystem, this.#root, lock);
    const columns = await columnFilesIn(this.#root, fileSystem);
    const survey = await surveyLogs(fileSystem, await listLogs(fileSystem, this.#folder), before);
    const ledgers = await this.#ledgers();
    const waiting = new WaitingLines(ledgers);
    const dropped: SegmentSurvey[] = [];
    for (const segment of survey.segments.filter(isOld))
      if (!waiting.take(segment) && (segment.isSealed || (await endSegment(this.#root, segment, this.#options))))
        dropped.push(segment);
    const waitingFor = waiting.all();
    const others = survey.segments.filter((each) => !waiting.has(each));
    const linesLeft = sum(others.filter((each) => !dropped.includes(each)).map((each) => each.requestsBefore));
    if (dropped.length === 0) return { ...NOTHING, before, linesLeft, waitingFor };

    const made = await this.#replace(survey, { dropped, ledgers, columns });
    // Where all that is old is kept for a reason, it can stay where it is.
    if (made.requests === 0)
      return { ...NOTHING, before, linesLeft: sum(others.map((each) => each.requestsBefore)), waitingFor };
    if (!dryRun) await deleteDropped(fileSystem, this.#root, lock);
    return {
      before,
      ...made,
      segments: dropped.length,
      bytesBefore: sum(dropped.map(({ bytes }) => bytes)),
      linesLeft,
      waitingFor,
    };
  }

  /** The shared ledgers that the folder was ever forwarded to. */
  async #ledgers(): Promise<readonly ReachedLedger[]> {
    return reachedLedgers(await readForwardStates(this.#root, this.#options.fileSystem));
  }

  /** Writes what takes the place of the segments, and then the record that makes it count. */
  async #replace(
    survey: Survey,
    { dropped, ledgers, columns }: Dropping,
  ): Promise<Pick<PruneResult, "requests" | "rollups" | "carried" | "bytesAfter">> {
    const { fileSystem, dryRun, newUuid, now } = this.#options;
    const ids = new PrunedIdsBuilder();
    const writer = `rollup${newUuid().replaceAll("-", "").slice(-12)}`;
    const log = new RollupLog(dryRun ? null : fileSystem, this.#folder, writer);
    const lacked = new LackedLines();
    let carried = 0;
    const pruned = await openPrunedIds(fileSystem, this.#root);
    const personalLabels = this.#personalLabels;
    const made = await sumUp(
      survey,
      dropped,
      { ...this.#options, folder: this.#folder, pruned, personalLabels, name: writer },
      {
        async take(request, lines) {
          ids.add(request.id);
          for (const { ledger, reach } of ledgers)
            if (lines.every(({ place: { writer: by, segment, byte } }) => byte >= reach(by, segment)))
              lacked.add(ledger, request);
        },
        async keep({ event, at }) {
          carried += 1;
          await log.add(event, at);
        },
        async passOver() {
          // Nothing is lost with it.
        },
        write: (sum) => log.add(sum, now()),
      },
    );
    await log.finish();
    const bytes = ids.bytes();
    if (!dryRun && made.requests > 0) {
      const record = (): Promise<void> =>
        this.#record({ dropped, columns }, log, bytes, { requests: made.requests, ...lacked.forRecord() });
      // Nobody makes column files meanwhile, and none holds what is pruned when the record is there.
      await withLock(this.#root, COLUMNS_LOCK, this.#options, record, Infinity);
    }
    return { ...made, carried, bytesAfter: log.bytes + bytes.length };
  }

  async #record(
    { dropped, columns }: Omit<Dropping, "ledgers">,
    log: RollupLog,
    ids: Uint8Array,
    made: Pick<PruneRecord, "requests" | "lackedBy">,
  ): Promise<void> {
    const { fileSystem, lock, before, now } = this.#options;
    const root = this.#root;
    const ledgers = await this.#ledgers();
    const [waiting] = dropped.flatMap((each) => waitedForBy(ledgers, each));
    if (waiting !== undefined) {
      const to = waiting.to.join(", ");
      throw new LedgerUnavailableError(root, `began to be forwarded to ${to} while it was pruned; prune it again`);
    }
    await writeRecord(
      root,
      ids,
      {
        // Never before the sums, also where the clock was set back.
        at: Math.max(now(), log.head.at ?? 0),
        before: formatInstant(before),
        log: { writer: log.writer, segments: log.segments, seq: log.head.seq, chain: log.head.chain },
        dropped: dropped.map(({ log: { writer }, segment, bytes, head }) => ({ writer, segment, bytes, ...head })),
        ...made,
      },
      {
        fileSystem,
        lock,
        async beforeItCounts(idsPath) {
          await removeMadeMeanwhile(root, columns, await PrunedIds.open(fileSystem, [idsPath]), fileSystem);
        },
      },
    );
  }
}

/** Segments that go, where the folder was forwarded to by then, and the column files there were. */
interface Dropping {
  readonly dropped: readonly SegmentSurvey[];
  readonly ledgers: readonly ReachedLedger[];
  readonly columns: ReadonlySet<string>;
}

/** Whether a segment is sound, and for the most part of before the instant. */
function isOld({ isDamaged, bytes, bytesBefore }: SegmentSurvey): boolean {
  return !isDamaged && bytesBefore > 0 && bytesBefore * 2 >= bytes;
}

const NOTHING: Omit<PruneResult, "before" | "linesLeft" | "waitingFor"> = {
  requests: 0,
  rollups: 0,
  carried: 0,
  segments: 0,
  bytesBefore: 0,
  bytesAfter: 0,
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
