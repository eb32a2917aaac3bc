import { formatInstant } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import { recommendationToJson, replayGapToJson } from "./report-json.ts";
import type { Report } from "./report.ts";

/** One recommendation with what it rests on, as a JSON document. */
export function explanationToJson(report: Report, recommendation: Recommendation, command: string): object {
  const { workload } = recommendation.plan;
  const gap = report.gaps.find((each) => each.workload === workload);
  return {
    command,
    example: report.example,
    now: formatInstant(report.now),
    timeZone: report.period.timeZone,
    asOf: report.advice.savedAt === null ? null : formatInstant(report.advice.savedAt),
    number: report.recommendations.indexOf(recommendation) + 1,
    recommendation: recommendationToJson(recommendation),
    replayGap: gap === undefined ? null : replayGapToJson(gap),
    cacheTimeline: report.cacheTimelines.find((each) => each.workload === workload) ?? null,
    priceBook: report.priceBookHash,
  };
}
