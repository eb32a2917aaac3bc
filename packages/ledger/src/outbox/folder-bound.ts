import { join } from "node:path";
import { v7 } from "uuid";
import { InvalidSettingError } from "../errors.ts";
import { deleteDropped } from "../retention/drop-segments.ts";
import { endSegment } from "../retention/end-segment.ts";
import { trimSegments, type SegmentToTrim } from "../retention/trim-segments.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { takeLockIfFree } from "../store/file/lock.ts";
import { namesIn } from "../store/file/names-in.ts";
import type { Processes } from "../store/file/processes.ts";
import { isRollupWriter } from "../store/file/pruned.ts";
import { segmentName, segmentOfName } from "../store/file/segment-name.ts";
import { isOutbox } from "./outbox-mark.ts";
import { readForwardStates } from "./forward-state.ts";
import { reachedLedgers, type ReachedLedger } from "./reached-ledgers.ts";

export interface FolderBoundOptions {
  /** How much the segments of the folder may take together. */
  readonly maxBytes: number;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Of what was forwarded an eighth of the bound goes too, so that not every segment costs a record of its own. */
const SPARE = 1 / 8;
/** The newest, and the one before, of which the writer may still have to make lines durable. */
export const KEPT_SEGMENTS = 2;

interface Candidate extends SegmentToTrim {
  readonly name: string;
  /** Whether every line is in each ledger that the folder is forwarded to. */
  readonly isForwarded: boolean;
  /** When it was last written to, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** Keeps a folder whose events are forwarded from growing without end. `ForwardOptions.maxBytes` says how. */
export class FolderBound {
  readonly #root: string;
  readonly #folder: string;
  readonly #ledger: string;
  readonly #options: FolderBoundOptions;
  /** By the writers of logs: segments before this one get no more lines, and none of them has to be made durable. */
  readonly #endedBefore = new Map<string, number>();
  /** Damaged segments, which stay. */
  readonly #staying = new Set<string>();

  /** @throws InvalidSettingError for a bound that is not above 0. */
  constructor({ path, id }: { readonly path: string; readonly id: string }, options: FolderBoundOptions) {
    const { maxBytes } = options;
    if (!(maxBytes > 0))
      throw new InvalidSettingError("maxBytes", `${String(maxBytes)} is not a number of bytes above 0`);
    this.#root = path;
    this.#folder = join(path, "segments");
    this.#ledger = id;
    this.#options = options;
  }

  /**
   * Drops the oldest segments where there are too many: only those that were forwarded, or others where these are not enough.
   *
   * @returns Whether the folder is within the bound now, or nothing more may go.
   * @throws LedgerFormatError, LedgerUnavailableError
   */
  async keep(which: "forwarded" | "any"): Promise<boolean> {
    const { fileSystem, maxBytes } = this.#options;
    if ((await this.#bytes()) <= maxBytes) return true;
    const reached = reachedLedgers(await readForwardStates(this.#root, fileSystem));
    const targets = reached.filter(({ forgotten }) => forgotten === null);
    // What a ledger held before it was forwarded is not what filled it up because a database was away.
    const mayLose = (await isOutbox(this.#root, fileSystem)) || targets.some(({ caughtUp }) => caughtUp);
    if (targets.length === 0 && !mayLose) return true;
    const lock = await takeLockIfFree(this.#root, "prune.lock", this.#options);
    if (lock === null) return true;
    try {
      await deleteDropped(fileSystem, this.#root, lock);
      const options = { ...this.#options, lock, newUuid: v7, ledger: this.#ledger };
      let hasEnded = false;
      for (;;) {
        const chosen = await this.#choose(reached, mayLose && which === "any" && hasEnded);
        if (chosen.length === 0) {
          const isWithin = (await this.#bytes()) <= maxBytes;
          if (isWithin || hasEnded) return !mayLose || isWithin;
          await this.#endLogs();
          hasEnded = true;
          continue;
        }
        const damaged = await trimSegments(this.#root, chosen, options);
        for (const { name } of damaged) this.#staying.add(name);
        const isWithin = (await this.#bytes()) <= maxBytes;
        if (isWithin || (damaged.length === 0 && !(mayLose && which === "any"))) return !mayLose || isWithin;
      }
    } finally {
      await lock.release();
    }
  }

  async #choose(reached: readonly ReachedLedger[], mayLose: boolean): Promise<readonly Candidate[]> {
    const { maxBytes } = this.#options;
    let bytes = await this.#bytes();
    if (bytes <= maxBytes) return [];
    const candidates = await this.#candidates(reached);
    const chosen: Candidate[] = [];
    const choose = (some: readonly Candidate[], until: number): void => {
      for (const each of some) {
        if (bytes <= until) return;
        chosen.push(each);
        bytes -= each.bytes;
      }
    };
    choose(
      candidates.filter(({ isForwarded }) => isForwarded),
      maxBytes * (1 - SPARE),
    );
    if (mayLose) {
      choose(
        candidates.filter(({ isForwarded }) => !isForwarded),
        maxBytes,
      );
    }
    return chosen;
  }

  /** The segments that may go, the oldest first. */
  async #candidates(reached: readonly ReachedLedger[]): Promise<readonly Candidate[]> {
    const { fileSystem } = this.#options;
    const candidates: Candidate[] = [];
    for (const log of await listLogs(fileSystem, this.#folder)) {
      if (isRollupWriter(log.writer)) continue;
      const ended = this.#endedBefore.get(log.writer) ?? 0;
      const kept = new Set(log.segments.slice(-KEPT_SEGMENTS));
      for (const segment of log.segments) {
        if (kept.has(segment) && segment >= ended) continue;
        const name = segmentName(log.writer, segment);
        const state = fileSystem.stateNow(join(this.#folder, name));
        if (state === null || state.bytes === 0 || this.#staying.has(name)) continue;
        const known = placesOf(reached, { writer: log.writer, segment });
        candidates.push({ log, segment, name, ...state, ...known, isForwarded: known.forwarded >= state.bytes });
      }
    }
    return candidates.sort((a, b) => a.modifiedAt - b.modifiedAt || a.segment - b.segment);
  }

  /** Ends the segments of logs that nobody appends to, so that these may go whole. */
  async #endLogs(): Promise<void> {
    const { fileSystem } = this.#options;
    for (const log of await listLogs(fileSystem, this.#folder)) {
      const newest = log.segments.at(-1);
      if (newest === undefined || isRollupWriter(log.writer)) continue;
      const bytes = fileSystem.stateNow(join(this.#folder, segmentName(log.writer, newest)))?.bytes ?? 0;
      if (bytes === 0 && this.#endedBefore.get(log.writer) === newest) continue;
      if (!(await endSegment(this.#root, { log, segment: newest, bytes }, this.#options))) continue;
      this.#endedBefore.set(log.writer, bytes === 0 ? newest : newest + 1);
    }
  }

  async #bytes(): Promise<number> {
    const { fileSystem } = this.#options;
    const names = await namesIn(this.#folder, fileSystem);
    return names
      .filter((name) => segmentOfName(name) !== null)
      .reduce((sum, name) => sum + (fileSystem.stateNow(join(this.#folder, name))?.bytes ?? 0), 0);
  }
}

/** Up to which byte the lines of a segment are in all ledgers that the folder is forwarded to, and in which they are. */
function placesOf(
  reached: readonly ReachedLedger[],
  { writer, segment }: { readonly writer: string; readonly segment: number },
): Pick<SegmentToTrim, "keptElsewhere" | "lackedFrom"> & { readonly forwarded: number } {
  const lackedFrom = new Map(reached.map(({ ledger, reach }) => [ledger, reach(writer, segment)]));
  const reachOf = ({ ledger }: ReachedLedger): number => lackedFrom.get(ledger) ?? 0;
  const targets = reached.filter(({ forgotten }) => forgotten === null).map(reachOf);
  const forwarded = targets.length === 0 ? 0 : Math.min(...targets);
  // What any has is not lost, be it forgotten: those that have it not are told, each of its own. It is no reason to go first.
  return { forwarded, keptElsewhere: Math.max(0, ...reached.map(reachOf)), lackedFrom };
}
