import { join } from "node:path";
import { LedgerUnavailableError } from "../errors.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { systemCode } from "../store/file/unavailable.ts";
import type { TaskThread, Threads } from "../store/file/threads.ts";
import type { LogSummary } from "./log-summary.ts";
import type { Problems } from "./problem.ts";
import type { LogToScan, ScannedLog } from "./scan-log.ts";
import { takeScanned, verifyLog, type LogToVerify } from "./verify-log.ts";

/** The module of a thread, beside this one in whatever both were built into. */
const MODULE = new URL("scan-log-thread.js", import.meta.url);

/**
 * Checks logs, several at once where there are processors for that. What is found, and in which order, does not depend on it.
 *
 * @param threads Null to check one log after the other, in this thread.
 * @throws LedgerUnavailableError where a thread ended before it said what it found.
 */
export async function verifyLogs(
  logs: readonly LogToVerify[],
  threads: Threads | null,
  problems: Problems,
): Promise<readonly LogSummary[]> {
  const scanned = threads === null ? null : await scanInThreads(logs, threads);
  const summaries: LogSummary[] = [];
  for (const [index, log] of logs.entries()) {
    const found = scanned?.[index];
    summaries.push(await (found === undefined ? verifyLog(log, problems) : takeScanned(log, found, problems)));
  }
  return summaries;
}

/** What was found in each log; null where threads would spare nothing, or cannot be had. */
async function scanInThreads(logs: readonly LogToVerify[], threads: Threads): Promise<readonly ScannedLog[] | null> {
  const sizes = logs.map(bytesOf);
  const count = Math.min(threads.processors, logs.length);
  if (count < 2 || sizes.reduce((sum, size) => sum + size, 0) < threads.bytesMin) return null;
  // The longest first, so that none of them is begun when all else is done.
  const waiting = [...logs.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  const scanned: ScannedLog[] = [];
  const started: TaskThread[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const thread = await threads.start(MODULE);
      if (thread === null) return null;
      started.push(thread);
    }
    await Promise.all(
      started.map(async (thread) => {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          const log = logs[index];
          if (log !== undefined) scanned[index] = await scanIn(thread, log);
        }
      }),
    );
  } finally {
    await Promise.all(started.map((thread) => thread.end()));
  }
  return scanned;
}

async function scanIn(thread: TaskThread, log: LogToVerify): Promise<ScannedLog> {
  const { folder, writer, numbers, deep, prunes, problemsMax } = log;
  const task: LogToScan = { folder, writer, numbers, deep, prunes, problemsMax };
  try {
    // The module answers with nothing else.
    return (await thread.run(task, log.onBytes)) as ScannedLog;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LedgerUnavailableError(
      folder,
      `the log of writer "${writer}" could not be checked to its end, so nothing is known of the ledger: ${why}`,
      { cause: error },
    );
  }
}

/** As far as the system tells: it only decides how logs are checked. */
function bytesOf({ fileSystem, folder, writer, numbers }: LogToVerify): number {
  try {
    return numbers.reduce(
      (sum, number) => sum + (fileSystem.stateNow(join(folder, segmentName(writer, number)))?.bytes ?? 0),
      0,
    );
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return 0;
  }
}
