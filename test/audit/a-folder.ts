import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifyLedger, type LedgerEvent, type Problem, type VerifyOptions } from "@farthing/ledger";
import { anUnknownEvent } from "../support/builders.ts";
import { EMPTY_LOG, logLines } from "../support/log-lines.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

export const WRITER = "0c6f0e6d2b11";
const OTHER = "1c6f0e6d2b11";

export interface Folder {
  readonly path: string;
  /** Paths of the segments, by writer and number. */
  readonly segments: readonly string[];
}

/** Small events of different lengths. */
export function someEvents(prefix: string, count: number): LedgerEvent[] {
  return Array.from({ length: count }, (_, index) =>
    anUnknownEvent({ id: `${prefix}${String(index)}`, text: "ü".repeat(index % 5) }),
  );
}

/** A ledger folder that holds a log in segments of these many lines, and another log of one segment with one line. */
export function aFolder(linesPerSegment: readonly number[] = [2, 3]): Folder {
  const path = join(temporaryFolder(), "ledger");
  mkdirSync(join(path, "segments"), { recursive: true });
  const id = "01a0a6f3-7d3e-7c1b-9a55-0c6f0e6d2b11";
  writeFileSync(join(path, "ledger.json"), JSON.stringify({ format: "farthing-ledger", version: 1, id, settings: {} }));
  let head = EMPTY_LOG;
  const segments = linesPerSegment.map((count, index) => {
    const made = logLines(WRITER, someEvents(`s${String(index)}-`, count), head);
    head = made.head;
    const file = segmentPath(path, WRITER, index + 1);
    writeFileSync(file, made.lines.join(""));
    return file;
  });
  const other = segmentPath(path, OTHER, 1);
  writeFileSync(other, logLines(OTHER, someEvents("other-", 1)).lines.join(""));
  return { path, segments: [...segments, other] };
}

function segmentPath(path: string, writer: string, segment: number): string {
  return join(path, "segments", `${writer}-${String(segment).padStart(8, "0")}.ndjson`);
}

/** The lines of a file, without their newlines. */
export function linesOf(file: string): string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

/** Replaces the lines of a file. */
export function writeLines(file: string, lines: readonly string[]): void {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
}

/** The chain value that a line ends with. */
export function chainIn(line: string): string {
  return line.slice(-66, -2);
}

/** What `verifyLedger` finds, as `kind file:line`; the segments of the two logs are `0-n` and `1-n`. */
export async function problemsOf(path: string, options: VerifyOptions = {}): Promise<string[]> {
  const { problems } = await verifyLedger(path, options);
  return problems.map(named);
}

export function named({ kind, file, line }: Problem): string {
  const name = (file.split("/").at(-1) ?? "").replace(/^([01])c6f0e6d2b11-0*(\d+)\.ndjson$/, "$1-$2");
  return `${kind} ${name}${line === null ? "" : `:${String(line)}`}`;
}
