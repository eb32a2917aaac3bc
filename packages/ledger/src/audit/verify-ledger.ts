import { join } from "node:path";
import { LedgerError, LedgerFormatError } from "../errors.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { openManifest } from "../store/file/manifest.ts";
import { nodeProcesses, type Processes } from "../store/file/processes.ts";
import { Pruned } from "../store/file/pruned.ts";
import { listCounting, type SegmentsByWriter } from "../store/file/list-segments.ts";
import { segmentOfName } from "../store/file/segment-name.ts";
import { nodeThreads, type Threads } from "../store/file/threads.ts";
import { checkCheckpoints } from "./check-checkpoints.ts";
import { checkColumns } from "./check-columns.ts";
import { checkPruned } from "./check-pruned.ts";
import { checkDocuments } from "./check-documents.ts";
import { namesIn } from "../store/file/names-in.ts";
import { notFound } from "../store/file/ledger-folder.ts";
import { listLocks, type LockFile } from "./locks.ts";
import { checkLeftovers } from "./leftovers.ts";
import type { LogSummary } from "./log-summary.ts";
import { Problems, type Problem, type Severity } from "./problem.ts";
import { verifyLogs } from "./verify-logs.ts";

/** What is wrong shows in the first of many problems. */
const PROBLEMS_MAX = 1000;

export interface VerifyOptions {
  /**
   * Also reads the event of every line, which a matching chain makes needless, and holds every row of the columns
   * against the lines it was made from, and every kept sum against the rows. Default: false.
   */
  readonly deep?: boolean;
  /** How many problems of each severity are told in full; all are counted. Default: 1000. */
  readonly problemsMax?: number;
  /** Hears of bytes of segments that were read, one read at a time or a few megabytes. */
  readonly onBytes?: (count: number) => void;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /**
   * What checks logs beside each other; null to check one after the other, in this thread. What is found does not
   * depend on it. Default: this machine's, or null where another `fileSystem` is given.
   */
  readonly threads?: Threads | null;
}

/** What a ledger's files are, held against what was written. */
export interface Verification {
  readonly path: string;
  /** Whether nothing is damaged; leftovers and notes do not count. */
  readonly isSound: boolean;
  /** Lines that hold an event which counts, of all logs. */
  readonly lines: number;
  readonly segments: number;
  readonly bytes: number;
  /** Recorded events that cannot be read, as far as the numbers of the lines tell. */
  readonly lost: number;
  /** In order of the writers' names. */
  readonly logs: readonly LogSummary[];
  /** The first of each severity, in order of file and place. */
  readonly problems: readonly Problem[];
  /** How many there are of each severity. */
  readonly counts: Readonly<Record<Severity, number>>;
}

/**
 * Checks every file of a ledger: names, every line's form, checksum, number, chain value and time, the
 * column files, and what interrupted processes left behind. Changes nothing; others may write meanwhile.
 *
 * A log that lost whole lines at its end looks like one that never had them: compare `head` with what was kept.
 *
 * @throws LedgerNotFoundError where there is none.
 * @throws LedgerFormatError for a folder that is no ledger, or one of a newer release.
 * @throws LedgerUnavailableError when a folder cannot be read; a segment that cannot is a problem. Also where a thread
 *   ended before it said what it found.
 */
export async function verifyLedger(path: string, options: VerifyOptions = {}): Promise<Verification> {
  const { fileSystem = nodeFileSystem, processes = nodeProcesses, deep = false, onBytes = () => undefined } = options;
  // Threads have the file system of this machine, and no other.
  const { threads = fileSystem === nodeFileSystem ? nodeThreads : null } = options;
  const problemsMax = options.problemsMax ?? PROBLEMS_MAX;
  const problems = new Problems(problemsMax);
  const folder = join(path, "segments");
  const { segments, pruned } = await listForAudit(path, fileSystem, problems);
  await checkManifest(path, fileSystem, segments.size > 0, problems);
  const how = { fileSystem, folder, deep, prunes: pruned.records, problemsMax, onBytes };
  const toVerify = Array.from(segments, ([writer, numbers]) => ({
    ...how,
    writer,
    numbers,
    isBeingWritten: async () => mayWrite(await listLocks(path, fileSystem, processes), writer),
  }));
  const logs = await verifyLogs(toVerify, threads, problems);
  await checkPruned(path, fileSystem, pruned, logs, problems);
  await checkColumns(path, { fileSystem, processes, deep }, problems);
  if (deep) await checkCheckpoints(path, { fileSystem, processes }, problems);
  await checkDocuments(path, fileSystem, problems);
  await checkLeftovers(path, fileSystem, processes, problems);
  const counts = problems.counts();
  return {
    path,
    isSound: counts.damage === 0,
    lines: total(logs, "lines"),
    segments: total(logs, "segments"),
    bytes: total(logs, "bytes"),
    lost: total(logs, "lost"),
    logs,
    problems: problems.list(),
    counts,
  };
}

/** The segments that are to be checked: those that count, or all where it is not known which were pruned. */
export async function listForAudit(
  path: string,
  fileSystem: FileSystem,
  problems: Problems,
): Promise<{ readonly segments: SegmentsByWriter; readonly pruned: Pruned }> {
  const folder = join(path, "segments");
  try {
    return await listCounting(fileSystem, folder);
  } catch (error) {
    if (!(error instanceof LedgerFormatError)) throw error;
    problems.add("prune-record", { file: error.path }, error.message);
  }
  const segments = new Map<string, readonly number[]>();
  for (const name of await namesIn(folder, fileSystem)) {
    const found = segmentOfName(name);
    if (found !== null) segments.set(found.writer, [...(segments.get(found.writer) ?? []), found.segment]);
  }
  return { segments, pruned: new Pruned([]) };
}

/** A ledger without a readable manifest is damaged where there are events, and no ledger where there are none. */
async function checkManifest(
  path: string,
  fileSystem: FileSystem,
  hasSegments: boolean,
  problems: Problems,
): Promise<void> {
  try {
    if ((await openManifest(path, fileSystem)) !== null) return;
  } catch (error) {
    if (!hasSegments || !(error instanceof LedgerError) || error.code !== "LEDGER_FORMAT") throw error;
    problems.add("manifest", { file: join(path, "ledger.json") }, error.message);
    return;
  }
  throw notFound(path);
}

/** Whether a live process holds the log of a writer. */
function mayWrite(locks: readonly LockFile[], writer: string): boolean {
  return locks.some(
    ({ name, isHeld }) => isHeld && (name === "writer.lock" || name === join("writers", `${writer}.lock`)),
  );
}

function total(logs: readonly LogSummary[], field: "lines" | "segments" | "bytes" | "lost"): number {
  return logs.reduce((sum, log) => sum + log[field], 0);
}
