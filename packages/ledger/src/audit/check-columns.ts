import { basename, join } from "node:path";
import { LedgerError } from "../errors.ts";
import { canonicalJson } from "../events/canonical.ts";
import { idHash } from "../events/id-hash.ts";
import { buildRows } from "../rows/build-rows.ts";
import type { RequestRows } from "../rows/request-rows.ts";
import { ColumnFileError, OtherReleaseError } from "../store/columns/column-file.ts";
import { partColumns } from "../store/columns/build-part.ts";
import { columnPath, columnsFolder, openColumns, type ColumnsFolder } from "../store/columns/columns-folder.ts";
import { partName } from "../store/columns/part-file.ts";
import { readBytes, StoredColumns } from "../store/columns/stored-columns.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { LockOptions } from "../store/file/lock.ts";
import { systemCode } from "../store/file/unavailable.ts";
import { openView } from "../store/view/open-view.ts";
import type { LedgerView, ViewFile } from "../store/view/view.ts";
import { checkCatalogue } from "./check-catalogue.ts";
import { checkSlots } from "./check-slots.ts";
import type { Problems } from "./problem.ts";

/** Rows whose lines are read at once. */
const ROWS_AT_ONCE = 256;

export interface CheckColumnsOptions extends LockOptions {
  /** Whether every row is held against the lines it was made from. */
  readonly deep: boolean;
}

/** Checks every byte of every column file, and that it was made from the segment that is there. */
export async function checkColumns(root: string, options: CheckColumnsOptions, problems: Problems): Promise<void> {
  const { fileSystem, deep } = options;
  let folder: ColumnsFolder;
  try {
    folder = await openColumns(root, fileSystem, { check: true });
  } catch (error) {
    // A segment, or the record of what was pruned, cannot be read: that has been named.
    if (error instanceof LedgerError) return;
    throw error;
  }
  for (const path of folder.useless) {
    const fault = faultOf(path, options);
    const isDamaged = fault instanceof ColumnFileError && !(fault instanceof OtherReleaseError);
    const what = fault?.message ?? "it was not made from the segments that are there";
    problems.add(isDamaged ? "damaged-columns" : "stale-columns", { file: path }, `the column file: ${what}`);
  }
  // One that only went out of use says nothing wrong: nobody reads it.
  for (const path of folder.uselessParts) {
    const fault = faultOf(path, options);
    if (fault === null || fault instanceof OtherReleaseError) continue;
    problems.add("damaged-columns", { file: path }, `the columns of a growing segment: ${fault.message}`);
  }
  await checkCatalogue(root, folder.files, fileSystem, problems);
  if (!deep) return;
  await checkRows(root, options, problems);
  await checkSlots(root, fileSystem, problems);
  await checkParts(root, folder, fileSystem, problems);
}

/** Whether each part file says what is made of the lines that it stands for. */
async function checkParts(
  root: string,
  folder: ColumnsFolder,
  fileSystem: FileSystem,
  problems: Problems,
): Promise<void> {
  for (const part of folder.parts) {
    const { source, order } = part.header;
    const file = join(columnsFolder(root), partName(source));
    const log = folder.logs.find(({ writer }) => writer === source.writer);
    if (log === undefined) continue;
    try {
      const earlier = { ...folder, files: folder.files.filter((each) => each.order <= order) };
      const bytes = await partColumns(root, log, source.segment, source.bytes, earlier, { fileSystem, hashOf: idHash });
      if (textOfFile(part) !== textOfFile(StoredColumns.open(readBytes(bytes))))
        problems.add("wrong-row", { file }, "it does not say what the beginning of its segment says");
    } catch (error) {
      // A line or a file that cannot be read has been named.
      if (error instanceof LedgerError || error instanceof ColumnFileError || systemCode(error) !== null) continue;
      throw error;
    }
  }
}

/** Everything a column file says, in the same words whatever compressed it. */
function textOfFile(file: StoredColumns): string {
  const { header, facts, kills } = file;
  const rows = file.rows({ details: true });
  const index = file.index();
  return canonicalJson({
    head: [header.source, header.mergedFrom, header.rows, header.slots, facts],
    kills: [[...kills.orders], [...kills.slots]],
    rows: Array.from({ length: rows.count }, (_, row) => textOfRow(rows, row)),
    places: Array.from({ length: header.slots }, (_, slot) => index.places(slot)),
  });
}

/** What is wrong with a column file by itself. */
function faultOf(path: string, { fileSystem }: LockOptions): Error | null {
  try {
    StoredColumns.open((buffer, at) => fileSystem.readNow(path, buffer, at)).check();
    return null;
  } catch (error) {
    if (error instanceof ColumnFileError) return error;
    throw error;
  }
}

async function checkRows(root: string, { fileSystem, processes }: LockOptions, problems: Problems): Promise<void> {
  let view: LedgerView;
  try {
    view = await openView([root], { columns: "use", fileSystem, processes });
  } catch (error) {
    if (error instanceof LedgerError) return;
    throw error;
  }
  for (const file of view.files) {
    const what = await whatIsWrong(view, file);
    if (what !== null) problems.add("wrong-row", { file: pathOf(root, file) }, what);
  }
}

/** What a file says that the log does not; null where they agree, or the log cannot be read there. */
async function whatIsWrong(view: LedgerView, file: ViewFile): Promise<string | null> {
  try {
    const wrong = await countWrongRows(view, file);
    return wrong === 0 ? null : `${String(wrong)} of its rows do not say what the log says`;
  } catch (error) {
    // A line was damaged after the file was made of it, and has been named: the file may be all that is left of it.
    if (error instanceof LedgerError || systemCode(error) !== null) return null;
    return `its rows cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function countWrongRows(view: LedgerView, file: ViewFile): Promise<number> {
  const batch = await file.open({ details: true });
  const { rows, dead } = batch;
  const alive = Array.from({ length: rows.count }, (_, row) => row).filter((row) => dead === null || dead[row] === 0);
  let wrong = 0;
  for (let start = 0; start < alive.length; start += ROWS_AT_ONCE) {
    const some = alive.slice(start, start + ROWS_AT_ONCE);
    const again = buildRows(await view.events(batch, some));
    const stored = new Set(some.map((row) => textOfRow(rows, row)));
    for (let row = 0; row < again.count; row += 1) if (!stored.has(textOfRow(again, row))) wrong += 1;
  }
  return wrong;
}

/** Everything a row says. */
function textOfRow(rows: RequestRows, row: number): string {
  const details = rows.details();
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, thinking, webSearchRequests } = rows;
  const counts = [uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, thinking, webSearchRequests];
  const startedAt = rows.startedAt[row] ?? NaN;
  return canonicalJson([
    [
      details.id(row),
      rows.occurredAt[row],
      Number.isNaN(startedAt) ? null : startedAt,
      ...counts.map((column) => column[row]),
    ],
    [rows.terms.at(rows.termsOf[row] ?? 0), rows.contexts.at(rows.contextOf[row] ?? 0)],
    [rows.furtherParts.get(row) ?? [], details.prompt(row), details.failure(row), details.shape(row)],
    [details.message(row), details.request(row), details.previousMessage(row), details.otherIds(row)],
    [details.firstTokenAt(row), details.attempt(row), details.webFetchRequests(row), details.cacheMissReason(row)],
  ]);
}

/** A file's key begins with the name of its segment. */
function pathOf(root: string, { key }: ViewFile): string {
  const [, writer = "", segment = ""] = /^([0-9a-z]+)-(\d+)\./.exec(key) ?? [];
  return writer === "" ? join(root, basename(key)) : columnPath(root, writer, Number(segment));
}
