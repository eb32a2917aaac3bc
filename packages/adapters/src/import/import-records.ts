import type { Ledger, PriceBook } from "@farthing/ledger";
import { isJsonObject, type JsonObject } from "../ndjson/json-object.ts";
import { AppendQueue } from "./append-queue.ts";
import { formOf, type OtherForm } from "./file-form.ts";
import type { ImportReport } from "./import-report.ts";
import { jsonRecords } from "./json-records.ts";
import { type RecordReading, skippedRecord, type UnclearReason } from "./record-reading.ts";
import { type LinePlace, type ReasonedLines, ReasonLog, SkipLog } from "./skip.ts";
import { type StatedByModel, StatedCosts } from "./stated-by-model.ts";

/** A file of records. */
export interface RecordFile {
  /** What the report calls it. */
  readonly name: string;
  /** Its bytes from the beginning, in pieces of any size; asked for as often as the import says that it reads a file. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface RecordProgress {
  readonly records: number;
  readonly calls: number;
}

/** What an import of another program's records brought. */
export interface RecordsReport extends ImportReport {
  /** Calls in the ledger without usage, at unknown cost, by why it is not known. */
  readonly unclear: ReasonedLines<UnclearReason>;
  /** Calls whose record says nothing of cached tokens: their whole prompt counts as uncached. */
  readonly cacheUntold: number;
  /** What the records state that calls cost, beside the price of the same tokens. */
  readonly stated: readonly StatedByModel[];
}

interface Reading {
  readonly ledger: Pick<Ledger, "append">;
  readonly book: PriceBook;
  /** Names that a page gives its list of records. */
  readonly lists: readonly string[];
  /** What to bring instead of a file in another form. */
  readonly instead: (form: OtherForm) => string;
  readonly read: (record: JsonObject) => RecordReading;
  readonly onProgress?: ((progress: RecordProgress) => void) | undefined;
}

/** Imports the records of files. What is no record of a call is counted and named; nothing of it is lost silently. */
export async function importRecords(files: readonly RecordFile[], options: Reading): Promise<RecordsReport> {
  const { ledger, book, onProgress } = options;
  const skips = new SkipLog();
  const unclear = new ReasonLog<UnclearReason>();
  const stated = new StatedCosts();
  const queue = new AppendQueue(ledger, skips);
  let [records, calls, cacheUntold] = [0, 0, 0];
  for (const file of files) {
    for await (const group of recordsOf(file, options)) {
      for (const { line, reading } of group) {
        const place: LinePlace = { file: file.name, line };
        records += 1;
        if (reading.skip !== null) skips.add(reading.skip, place);
        if (reading.unclear !== null) unclear.add(reading.unclear, place);
        if (reading.cacheUntold) cacheUntold += 1;
        if (reading.stated !== null) stated.add(reading.stated, reading.events[0], book);
        if (reading.events.length > 0) calls += 1;
        for (const event of reading.events) queue.add(event, place);
        if (queue.isFull) await queue.flush();
      }
      onProgress?.({ records, calls });
    }
  }
  await queue.flush();
  return {
    lines: records,
    snapshots: calls,
    outcomes: queue.counts,
    skipped: skips.report(),
    unknownModels: queue.unknownModels,
    unclear: unclear.report(),
    cacheUntold,
    stated: stated.report(),
  };
}

interface ReadRecord {
  readonly line: number;
  readonly reading: RecordReading;
}

async function* recordsOf(file: RecordFile, options: Reading): AsyncGenerator<readonly ReadRecord[]> {
  const { form, whole } = await formOf(file.open());
  if (form !== null) {
    yield [{ line: 1, reading: skippedRecord("unknown-format", `it is ${form}: ${options.instead(form)}`) }];
    return;
  }
  for await (const group of jsonRecords(whole, options.lists)) {
    yield group.map(({ line, value }) => ({ line, reading: readingOf(value, options) }));
  }
}

function readingOf(value: unknown, { read }: Reading): RecordReading {
  if (value === undefined) return skippedRecord("malformed-json", "not JSON, or cut off");
  if (!isJsonObject(value)) return skippedRecord("not-an-object", "a record must be a JSON object");
  return read(value);
}
