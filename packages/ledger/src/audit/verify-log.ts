import type { FileSystem } from "../store/file/file-system.ts";
import type { Problems } from "./problem.ts";
import type { LogSummary, UnendedLine } from "./log-summary.ts";
import { scanLog, type LogToScan, type ScannedLog } from "./scan-log.ts";

export interface LogToVerify extends LogToScan {
  readonly fileSystem: FileSystem;
  /** Whether a live process may be appending to the log now. */
  readonly isBeingWritten: () => Promise<boolean>;
  readonly onBytes: (count: number) => void;
}

/** Checks every line of a log, from segment to segment. */
export async function verifyLog(log: LogToVerify, problems: Problems): Promise<LogSummary> {
  return takeScanned(log, await scanLog(log, log.fileSystem, log.onBytes), problems);
}

/** Takes over what reading a log found, and finds out what became of its end meanwhile. */
export async function takeScanned(
  log: Pick<LogToVerify, "fileSystem" | "isBeingWritten">,
  { summary, unended, size, found }: ScannedLog,
  problems: Problems,
): Promise<LogSummary> {
  problems.take(found);
  if (unended !== null) await nameUnended(unended, size, log, problems);
  return summary;
}

/** The end of a log without a newline: still growing, or cut off by a crash. */
async function nameUnended(
  { place, whole }: UnendedLine,
  size: number,
  { fileSystem, isBeingWritten }: Pick<LogToVerify, "fileSystem" | "isBeingWritten">,
  problems: Problems,
): Promise<void> {
  if ((await isBeingWritten()) || (await sizeOf(fileSystem, place.file)) !== size) {
    problems.add("line-being-written", place, "the last line has no end yet; its writer is at work");
  } else if (whole) {
    problems.add("unended-line", place, "the last line is whole but for its newline, and is not read without it");
  } else {
    problems.add("torn-line", place, "the last line was cut off by a crash; it was never acknowledged");
  }
}

async function sizeOf(fileSystem: FileSystem, path: string): Promise<number> {
  const file = await fileSystem.open(path, "read");
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}
