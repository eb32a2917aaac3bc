import { z } from "zod";
import { command, count, priceBook, schemaVersion, time, timeZone, type Fields } from "./fields.ts";
import {
  cacheTimelineRow,
  recommendationRow,
  replayGapRow,
  type CacheTimelineRow,
  type RecommendationRow,
  type ReplayGapRow,
} from "./report-savings.ts";

/** One recommendation with what it rests on. */
export interface ExplanationDocument {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly example: boolean;
  readonly now: string;
  readonly timeZone: string;
  readonly asOf: string | null;
  readonly number: number;
  readonly recommendation: RecommendationRow;
  readonly replayGap: ReplayGapRow | null;
  readonly cacheTimeline: CacheTimelineRow | null;
  readonly priceBook: string;
}

/** The document of `farthing report --explain ID`. */
export const explanationSchema: z.ZodType<ExplanationDocument> = z.object({
  schemaVersion,
  command,
  example: z.boolean().describe("Whether this is about the bundled example data"),
  now: time.describe("When it was asked for"),
  timeZone,
  asOf: time.nullable().describe("Of when the recommendation is, where more has come since; else null"),
  number: count.describe("Its number in the report"),
  recommendation: recommendationRow.describe("The recommendation"),
  replayGap: replayGapRow
    .nullable()
    .describe("How well the caching rules reproduce the bill of its workload; null where it was not replayed"),
  cacheTimeline: cacheTimelineRow
    .nullable()
    .describe("What the workload's cache did as recorded; null where no caching advice is about it"),
  priceBook,
} satisfies Fields<ExplanationDocument>);
