import { join } from "node:path";
import { LedgerError } from "../errors.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { PruneRecord } from "../store/file/prune-record.ts";
import { Pruned } from "../store/file/pruned.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { systemCode, unavailable } from "../store/file/unavailable.ts";
import { LogCheck } from "./log-check.ts";
import type { ChainLink, LogSummary, UnendedLine } from "./log-summary.ts";
import { Problems, type FoundProblems } from "./problem.ts";
import { scanLines, type LineInBuffer } from "./scan-lines.ts";

/** A log to read, in words that a thread can be told. */
export interface LogToScan {
  /** The folder of the segments. */
  readonly folder: string;
  readonly writer: string;
  /** Of its segments, in order. */
  readonly numbers: readonly number[];
  readonly deep: boolean;
  /** Which segments of the ledger were dropped. */
  readonly prunes: readonly PruneRecord[];
  /** How many problems of each severity are told in full. */
  readonly problemsMax: number;
  /** Lines of this segment from this byte on are not looked at; absent to look at all. */
  readonly until?: { readonly segment: number; readonly byte: number };
}

/** What reading a log found, in words that a thread can tell. */
export interface ScannedLog {
  readonly summary: LogSummary;
  readonly unended: UnendedLine | null;
  readonly links: readonly ChainLink[];
  /** Of its last segment, in bytes. */
  readonly size: number;
  readonly found: FoundProblems;
}

/** Reads a log and holds every line against its checksums and the line before, from segment to segment. */
export async function scanLog(
  { folder, writer, numbers, deep, prunes, problemsMax, until }: LogToScan,
  fileSystem: FileSystem,
  onBytes: (count: number) => void,
): Promise<ScannedLog> {
  const pruned = new Pruned(prunes);
  const problems = new Problems(problemsMax);
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
    const end = until?.segment === number ? until.byte : Infinity;
    await scan(fileSystem, file, check, end, problems, (count) => {
      size += count;
      onBytes(count);
    });
  }
  return { ...check.end(), size, found: problems.found() };
}

async function scan(
  fileSystem: FileSystem,
  path: string,
  check: LogCheck,
  end: number,
  problems: Problems,
  onBytes: (count: number) => void,
): Promise<void> {
  let scanned = 0;
  try {
    const file = await fileSystem.open(path, "read");
    try {
      const visit = end === Infinity ? check.visit : upTo(end, check);
      await scanLines(file, visit, (count) => {
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

/** Looks at the lines that begin before a byte. */
function upTo(end: number, check: LogCheck): (line: LineInBuffer) => void {
  return (line) => {
    if (line.byte < end) check.visit(line);
  };
}
