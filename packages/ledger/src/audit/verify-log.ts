import { join } from "node:path";
import { LedgerError } from "../errors.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { Pruned } from "../store/file/pruned.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { systemCode, unavailable } from "../store/file/unavailable.ts";
import { LogCheck, type LogSummary, type UnendedLine } from "./log-check.ts";
import type { Problems } from "./problem.ts";
import { scanLines } from "./scan-lines.ts";

export interface LogToVerify {
  readonly fileSystem: FileSystem;
  /** The folder of the segments. */
  readonly folder: string;
  readonly writer: string;
  /** Of its segments, in order. */
  readonly numbers: readonly number[];
  readonly deep: boolean;
  /** Which of its segments were dropped. */
  readonly pruned: Pruned;
  /** Whether a live process may be appending to the log now. */
  readonly isBeingWritten: () => Promise<boolean>;
  readonly onBytes: (count: number) => void;
}

/** Checks every line of a log, from segment to segment. */
export async function verifyLog(log: LogToVerify, problems: Problems): Promise<LogSummary> {
  const { fileSystem, folder, writer, numbers, deep, pruned, onBytes } = log;
  const check = new LogCheck(writer, deep, problems);
  let expected = 1;
  let size = 0;
  for (const number of numbers) {
    for (; expected < number; expected += 1) {
      if (pruned.headAfter(writer, expected) !== null) continue;
      const file = join(folder, segmentName(writer, expected));
      problems.add("missing-segment", { file }, "the file is not there, and a later one of its log is");
    }
    expected = number + 1;
    const file = join(folder, segmentName(writer, number));
    check.enter(file, number === numbers.at(-1), pruned.headAfter(writer, number - 1));
    size = 0;
    await scan(fileSystem, file, check, problems, (count) => {
      size += count;
      onBytes(count);
    });
  }
  const { summary, unended } = check.end();
  if (unended !== null) await nameUnended(unended, size, log, problems);
  return summary;
}

async function scan(
  fileSystem: FileSystem,
  path: string,
  check: LogCheck,
  problems: Problems,
  onBytes: (count: number) => void,
): Promise<void> {
  let scanned = 0;
  try {
    const file = await fileSystem.open(path, "read");
    try {
      await scanLines(file, check.visit, (count) => {
        scanned += count;
        onBytes(count);
      });
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") {
      problems.add("missing-segment", { file: path }, "the file is not there");
      return;
    }
    const failure = unavailable(path, error);
    if (!(failure instanceof LedgerError) && !(failure instanceof RangeError)) throw failure;
    problems.add("unreadable", { file: path, byte: scanned }, failure.message);
  }
}

/** The end of a log without a newline: still growing, or cut off by a crash. */
async function nameUnended(
  { place, whole }: UnendedLine,
  size: number,
  { fileSystem, isBeingWritten }: LogToVerify,
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
