import type { BillLine, BillReportKind } from "@farthing/ledger";

/** Which side of the bill a report tells. */
export type BillSideName = "usage" | "cost";

/** One time of a page, and what could be read of it. */
export interface PageBucket {
  /** As ISO 8601 in UTC with milliseconds. */
  readonly from: string;
  readonly until: string;
  readonly lines: readonly BillLine[];
  /** Names of the dimensions its rows have, with a value or without one. */
  readonly groupedBy: readonly string[];
  /** Whether a row of it could not be read. */
  readonly hasBadRow: boolean;
}

/** One page of a report. */
export interface Page {
  /** The file it stands in. */
  readonly name: string;
  readonly kind: BillReportKind;
  readonly buckets: readonly PageBucket[];
  readonly hasMore: boolean;
  /** When the figures were computed; null where the report does not tell. */
  readonly refreshedAt: string | null;
}

/** Something that could not be read. */
export interface BillProblem {
  readonly file: string;
  /** Where it stands in the file, such as `data[3].results[0]`; null for the whole file. */
  readonly place: string | null;
  readonly why: string;
}

export interface ParsedPages {
  readonly pages: readonly Page[];
  readonly problems: readonly BillProblem[];
}
