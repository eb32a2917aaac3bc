import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { LedgerUnavailableError } from "@farthing/ledger";
import { textOf, type LineTarget, type WriteResult } from "./line-target.ts";

/** A pipe in the place of the file is to be found out, and must not be waited for. Windows has no such flag. */
const NO_WAIT = process.platform === "win32" ? 0 : constants.O_NONBLOCK;
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | NO_WAIT;
const LINE_BREAK = 0x0a;

/**
 * The end of a file.
 *
 * Lines handed over together are one write, which the system appends as a whole: several processes can share a file.
 * The file is opened for each write, so that one that was moved away to be shipped is followed by a new one.
 */
export function fileTarget(path: string): LineTarget {
  const writeNow = (lines: readonly string[]): WriteResult => {
    let file: number | null = null;
    try {
      file = openSync(path, APPEND, 0o644);
      return append(file, lines);
    } catch (error) {
      return { written: 0, error: unavailable(path, error) };
    } finally {
      close(file);
    }
  };
  return {
    writeNow,
    write: (lines, done) => {
      done(writeNow(lines));
    },
    async sync() {
      try {
        await using file = await open(path, constants.O_RDWR);
        await file.datasync();
      } catch (error) {
        // Without a file there was nothing to write, or it was moved away with all that it held.
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw unavailable(path, error);
      }
    },
  };
}

function append(file: number, lines: readonly string[]): WriteResult {
  const stats = fstatSync(file);
  if (!stats.isFile()) throw new Error("not a regular file; give a stream, or stdout");
  const start = endsInLine(file, stats.size) ? "" : "\n";
  const bytes = Buffer.from(`${start}${textOf(lines)}`);
  const count = writeSync(file, bytes);
  if (count === bytes.length) return { written: lines.length, error: null };
  const written = bytes.subarray(start.length, count).reduce((sum, byte) => sum + (byte === LINE_BREAK ? 1 : 0), 0);
  // What is left of a line is closed by the next write.
  if (written === 0) throw new Error("only a part of a line was written");
  return { written, error: null };
}

/**
 * Whether the file ends with a whole line. A full disk or a killed process may have left a part of one; another process may
 * just be writing one, and then the line break that comes before the next makes a blank line, which readers pass over.
 */
function endsInLine(file: number, size: number): boolean {
  if (size === 0) return true;
  const last = new Uint8Array(1);
  return readSync(file, last, 0, 1, size - 1) === 1 && last[0] === LINE_BREAK;
}

function close(file: number | null): void {
  try {
    if (file !== null) closeSync(file);
  } catch {
    // It was written, and there is nothing that could be done about it.
  }
}

function unavailable(path: string, error: unknown): LedgerUnavailableError {
  const why = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailableError(path, why, { cause: error });
}
