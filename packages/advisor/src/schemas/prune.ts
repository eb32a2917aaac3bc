import { z } from "zod";
import { count, schemaVersion, time, type Fields } from "./fields.ts";

/** What a prune did. */
export interface PruneDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly dryRun: boolean;
  readonly before: string | null;
  readonly requests: number;
  readonly rollups: number;
  readonly carried: number;
  readonly segments: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly linesLeft: number;
  readonly rows: number;
  readonly hostReports: number;
  readonly partitions: number;
  readonly hostsBehind: readonly string[];
  readonly waitingFor: readonly { readonly to: string; readonly forgotten: boolean; readonly lines: number }[];
}

/** The document of `farthing prune`. */
export const pruneSchema: z.ZodType<PruneDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger, or where its database is"),
  dryRun: z.boolean().describe("Whether this only tells what would be done"),
  before: time
    .nullable()
    .describe("Requests that were complete before went; null where the disk limit asks for nothing"),
  requests: count.describe("Requests whose detail went"),
  rollups: count.describe("Sums in their place"),
  carried: count.describe("Other events of the segments that went; they are kept as they were"),
  segments: count.describe("Segments that went; a database has none"),
  bytesBefore: count.describe("Bytes of these segments, or rows"),
  bytesAfter: count.describe("Bytes of what is in their place"),
  linesLeft: count.describe(
    "Lines of older requests that stay, in segments that are newer for the most part or in use; in a database, of requests that are in dispute or corrected",
  ),
  rows: count.describe("Rows of a database that went; a folder has none"),
  hostReports: count.describe("What hosts had said of themselves in a database before, and went"),
  partitions: count.describe("Months of a database of which little was left, so that their partition went"),
  hostsBehind: z
    .array(z.string())
    .describe(
      "Hosts that have events which the database has not, by what they said last: what these say of requests that went will not count",
    ),
  waitingFor: z
    .array(
      z.object({
        to: z.string().describe("The database, without credentials"),
        forgotten: z.boolean().describe("Whether it was forgotten while some of these lines were in no database"),
        lines: count.describe("Lines of older requests in segments of which some are not there"),
      }),
    )
    .describe(
      "Databases that segments of a folder have to be forwarded to before their detail may go; a database has none",
    ),
} satisfies Fields<PruneDocument>);
