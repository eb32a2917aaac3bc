import { type Ledger, listPriceBook, type PriceBook } from "@farthing/ledger";
import type { OtherForm } from "../import/file-form.ts";
import { importRecords, type RecordFile, type RecordProgress, type RecordsReport } from "../import/import-records.ts";
import { eventsOfGeneration } from "./events-of-generation.ts";
import { nestedGenerations } from "./nested-generations.ts";
import { sumsAmong } from "./sums.ts";

export interface ImportLangfuseOptions {
  readonly ledger: Pick<Ledger, "append">;
  /**
   * Observations, as the public API answers them, as they are exported or written into a bucket: a JSON array, pages, or
   * one in each line. Each is read twice, to find generations that sum up others: files with parts of one trace belong
   * together.
   */
  readonly files: readonly RecordFile[];
  /** What stated costs are held against. Default: list prices. */
  readonly book?: PriceBook;
  /** Called about once per piece of a file. */
  readonly onProgress?: (progress: RecordProgress) => void;
}

/** Names that pages of observations, and a trace, give them. */
const LISTS = ["data", "observations"];

/**
 * Imports calls of Claude that Langfuse holds as generations, with what it shows as their cost beside them. Repeating it
 * changes nothing. Prompts and answers are left out, and so is who a user is.
 *
 * @throws LedgerError where the ledger cannot be written to, and what reading a file throws; what was appended before
 *   stays.
 */
export async function importLangfuse(options: ImportLangfuseOptions): Promise<RecordsReport> {
  const { ledger, files, book = listPriceBook(), onProgress } = options;
  const sums = sumsAmong(await nestedGenerations(files, LISTS));
  return importRecords(files, {
    ledger,
    book,
    lists: LISTS,
    instead: insteadOf,
    read: (row) => eventsOfGeneration(row, sums, book),
    onProgress,
  });
}

function insteadOf(form: OtherForm): string {
  if (form === "gzip") return "unpack it first";
  return "export JSON or JSONL, or fetch GET /api/public/observations?type=GENERATION";
}
