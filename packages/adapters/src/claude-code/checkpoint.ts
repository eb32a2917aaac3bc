import { isJsonObject, type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** Raised when an import would find more in lines already read; then every file is read anew. */
const IMPORTER_VERSION = 1;

/** How far a file was read. */
export interface ReadMark {
  /** After the newline of the last complete line. */
  readonly offset: number;
  /** Complete lines up to there. */
  readonly lines: number;
  /** See `fingerprint`: with other bytes before the offset it is another file. */
  readonly fingerprint: string;
}

/** Marks by absolute path. */
export type ReadMarks = ReadonlyMap<string, ReadMark>;

/** The form in which marks are kept beside the ledger. */
export function checkpointDocument(marks: ReadMarks): JsonObject {
  return { importer: IMPORTER_VERSION, files: Object.fromEntries(marks) };
}

/** Reads a checkpoint. A mark that is not understood is left out: its file is read anew, which changes nothing. */
export function readMarks(document: unknown): Map<string, ReadMark> {
  const marks = new Map<string, ReadMark>();
  if (!isJsonObject(document) || ownValue(document, "importer") !== IMPORTER_VERSION) return marks;
  for (const [path, value] of Object.entries(ownObject(document, "files") ?? {})) {
    const mark = readMark(value);
    if (mark !== null) marks.set(path, mark);
  }
  return marks;
}

function readMark(value: unknown): ReadMark | null {
  if (!isJsonObject(value)) return null;
  const offset = ownValue(value, "offset");
  const lines = ownValue(value, "lines");
  const fingerprint = ownText(value, "fingerprint");
  return isCount(offset) && isCount(lines) && fingerprint !== null ? { offset, lines, fingerprint } : null;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
