import { type Ledger, listPriceBook, type PriceBook } from "@farthing/ledger";
import type { OtherForm } from "../import/file-form.ts";
import { importRecords, type RecordFile, type RecordProgress, type RecordsReport } from "../import/import-records.ts";
import { eventsOfLitellm } from "./events-of-record.ts";

export interface ImportLitellmOptions {
  readonly ledger: Pick<Ledger, "append">;
  /**
   * Rows of the table `LiteLLM_SpendLogs`, or logged payloads: a JSON array, pages of an endpoint, or one in each line. Each is
   * read once.
   */
  readonly files: readonly RecordFile[];
  /** What stated costs are held against. Default: list prices. */
  readonly book?: PriceBook;
  /** Called about once per piece of a file. */
  readonly onProgress?: (progress: RecordProgress) => void;
}

/** Names that pages of LiteLLM's endpoints give their rows. */
const LISTS = ["data"];

/**
 * Imports calls of Claude that LiteLLM logged, with what it reckons that they cost beside them. Repeating it changes
 * nothing. Prompts and answers are left out, and so is who a user is.
 *
 * @throws LedgerError where the ledger cannot be written to, and what reading a file throws; what was appended before
 *   stays.
 */
export function importLitellm(options: ImportLitellmOptions): Promise<RecordsReport> {
  const { ledger, files, book = listPriceBook(), onProgress } = options;
  return importRecords(files, {
    ledger,
    book,
    lists: LISTS,
    instead: insteadOf,
    read: (row) => eventsOfLitellm(row, book),
    onProgress,
  });
}

function insteadOf(form: OtherForm): string {
  if (form === "gzip") return "unpack it first";
  return "bring rows as JSON, from GET /spend/logs?summarize=false or the database's row_to_json";
}
