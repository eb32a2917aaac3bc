import { z } from "zod";
import type { PlanLimits } from "../strategies/strategy.ts";
import type { BatchResultsExpire, Finding, ModelRetires } from "../report/report.ts";
import { codes, command, count, priceBook, schemaVersion, time, usd, type Fields } from "./fields.ts";
import {
  reportBilling,
  reportCoverage,
  reportPeriod,
  reportTotal,
  type ReportBilling,
  type ReportCoverage,
  type ReportPeriod,
  type ReportTotal,
} from "./report-period.ts";
import {
  adviceBasis,
  jointSaving,
  listedRecommendation,
  replayGapRow,
  type AdviceBasisRow,
  type JointSaving,
  cacheTimelineRow,
  type CacheTimelineRow,
  type ListedRecommendation,
  type ReplayGapRow,
  limitsRow,
} from "./report-savings.ts";
import { followUpRow, type FollowUpRow } from "./follow-up.ts";
import { reportOutcomes, type ReportOutcomes } from "./report-outcomes.ts";
import { reportWhere, spendOverTimeRow, type ReportWhere, type SpendOverTimeRow } from "./report-where.ts";
import { closedFigureRow, type ClosedFigureRow } from "./closing.ts";
import { reportContractRow, type ReportContractRow } from "./contract.ts";
import { reportBillRow, type ReportBillRow } from "./report-bill.ts";
import { reratedCost, type ReratedCost } from "./spend.ts";

/** Why there is no advice. */
export interface AbstentionRow {
  readonly strategy: string;
  readonly workload: string;
  readonly reason: string;
  readonly observed: string;
  readonly needed: string | null;
  readonly answerBy: string | null;
}

/** A date by which something must be done. */
export type DueRow = ModelRetiresRow | BatchResultsExpireRow;

/** Results of a batch that were not read are deleted then. */
export interface BatchResultsExpireRow {
  readonly kind: BatchResultsExpire["kind"];
  readonly at: string;
  readonly batch: string;
  readonly service: string | null;
  readonly submittedAt: string | null;
  readonly endedAt: string | null;
  readonly requests: number;
  readonly recorded: number;
}

export interface ModelRetiresRow {
  readonly kind: ModelRetires["kind"];
  readonly at: string;
  readonly model: string;
  readonly workloads: readonly string[];
  readonly responses: number;
  readonly lastUsedAt: string;
}

/** Something seen that is not a change to make. */
export interface FindingRow {
  readonly kind: Finding["kind"];
  readonly text: string;
  readonly responses: number;
  readonly usd: string | null;
}

/** What was spent, where, and what would have cost less. */
export interface ReportDocument {
  readonly schemaVersion: 1;
  readonly command: string | null;
  readonly example: boolean;
  readonly subset: boolean;
  readonly limits: PlanLimits | null;
  readonly now: string;
  readonly period: ReportPeriod;
  readonly total: ReportTotal;
  readonly billing: ReportBilling;
  readonly contract?: ReportContractRow;
  readonly coverage: ReportCoverage;
  readonly closed?: readonly ClosedFigureRow[];
  readonly where: ReportWhere;
  readonly spendOverTime: SpendOverTimeRow | null;
  readonly outcomes: ReportOutcomes | null;
  readonly advice: AdviceBasisRow;
  readonly replayGap: readonly ReplayGapRow[];
  readonly joint: JointSaving;
  readonly recommendations: readonly ListedRecommendation[];
  readonly followUp?: FollowUpRow;
  readonly cacheTimelines: readonly CacheTimelineRow[];
  readonly abstained: readonly AbstentionRow[];
  readonly due: readonly DueRow[];
  readonly findings: readonly FindingRow[];
  readonly rerated: readonly ReratedCost[];
  readonly priceBook: string;
  readonly bill?: ReportBillRow;
}

const abstentionRow: z.ZodType<AbstentionRow> = z.object({
  strategy: z.string().describe("The strategy, or what else gives no answer"),
  workload: z.string().describe("The workload, or all"),
  reason: z.string().describe("Code of the reason"),
  observed: z.string().describe("What was seen"),
  needed: z.string().nullable().describe("What it would take; null where nothing would change it"),
  answerBy: time.nullable().describe("When there may be an answer; null where waiting changes nothing"),
} satisfies Fields<AbstentionRow>);

const batchResultsExpireRow: z.ZodType<BatchResultsExpireRow> = z.object({
  kind: codes<BatchResultsExpire["kind"]>({
    "batch-results-expire": "Results of a batch are deleted: what was not read by then is in no figure",
  }).describe("What happens then"),
  at: time.describe("When; where the batch's creation is not known, the earliest time"),
  batch: z.string().describe("The batch"),
  service: z.string().nullable().describe("The service that submitted it; null where that is not known"),
  submittedAt: time.nullable().describe("When it was created; null where that is not known"),
  endedAt: time.nullable().describe("When it ended; null where that was not seen"),
  requests: count.describe("Its requests"),
  recorded: count.describe("Those of them whose results were read"),
} satisfies Fields<BatchResultsExpireRow>);

const modelRetiresRow: z.ZodType<ModelRetiresRow> = z.object({
  kind: codes<ModelRetires["kind"]>({ "model-retires": "The model stops answering" }).describe("What happens then"),
  at: time.describe("When"),
  model: z.string().describe("The model concerned"),
  workloads: z.array(z.string()).describe("The workloads that use it"),
  responses: count.describe("Their responses of that model"),
  lastUsedAt: time.describe("When the newest of them was complete"),
} satisfies Fields<ModelRetiresRow>);

const dueRow: z.ZodType<DueRow> = z.union([modelRetiresRow, batchResultsExpireRow]);

const findingRow: z.ZodType<FindingRow> = z.object({
  kind: codes<Finding["kind"]>({
    "output-lower-bound": "Responses without a recorded end: their output may be higher",
    unpriced: "Responses without a price",
    "cost-unknown": "Attempts without an answer that may have been billed",
    conflict: "Responses recorded twice with different final usage",
    damage: "Damaged lines of the ledger",
    "newer-events": "Events of a newer release, not interpreted",
    "notional-priority": "Responses on the prepaid priority tier",
    "re-rated": "Prices that became known later changed what responses of a model cost",
    "long-context": "Responses with a long context",
    "resent-context": "Context that had been cached and was written again",
    "starts-estimated": "Start times that are estimates",
    "usage-assumption": "Usage that left something open",
    "transcripts-expire": "Claude Code deletes its transcripts",
    "batch-items-free": "Requests of batches that errored, were canceled or expired: they cost nothing",
    "batch-results-deleted": "Batches whose results were deleted before they were read",
  }).describe("What was seen"),
  text: z.string().describe("The finding in words"),
  responses: count.describe("Responses concerned; 0 where it is not about responses"),
  usd: usd.nullable().describe("What it comes to in US dollars; null where it is no amount"),
} satisfies Fields<FindingRow>);

/** The document of `farthing report`. */
export const reportSchema: z.ZodType<ReportDocument> = z.object({
  schemaVersion,
  command: command.nullable().describe("Prints the report again; null where no command line made it"),
  example: z.boolean().describe("Whether this is about the bundled example data"),
  subset: z.boolean().describe("Whether only some recommendations were asked for"),
  limits: limitsRow.nullable().describe("What was asked for at most; null where anything could be proposed"),
  now: time.describe("When the report was made"),
  period: reportPeriod.describe("The time asked for, and the days there is usage of"),
  total: reportTotal.describe("What everything in the report comes to"),
  billing: reportBilling.describe("How the usage is paid for"),
  contract: reportContractRow
    .exactOptional()
    .describe(
      "The total and the joint saving under the contract; absent where none is set, or not all is paid per token",
    ),
  coverage: reportCoverage.describe("What the total leaves out, or knows only in part"),
  closed: z
    .array(closedFigureRow)
    .exactOptional()
    .describe("Closed periods in the report's time, the earliest first; absent where there is none"),
  where: reportWhere.describe("Where the money went; lists overlap each other"),
  spendOverTime: spendOverTimeRow
    .nullable()
    .describe("What the total is day by day; null in a document that was made without it"),
  outcomes: reportOutcomes.nullable().describe("What tasks cost that outcomes were recorded of; null where none was"),
  advice: adviceBasis.describe("Which responses savings, replay gaps, abstentions and re-sent context are of"),
  replayGap: z.array(replayGapRow).describe("How well the caching rules reproduce the bill, by workload"),
  joint: jointSaving.describe("What all recommendations together would have saved in the period; a range at 80 %"),
  recommendations: z
    .array(listedRecommendation)
    .describe("Changes worth making: answers unchanged first, then by share"),
  followUp: followUpRow
    .exactOptional()
    .describe("What became of decisions on advice; absent where nobody has decided on any"),
  cacheTimelines: z
    .array(cacheTimelineRow)
    .describe("What the cache did as recorded, for each workload that there is caching advice for"),
  abstained: z.array(abstentionRow).describe("Where there is no advice, and why"),
  due: z.array(dueRow).describe("Dates by which something must be done"),
  findings: z.array(findingRow).describe("What else a reader must know"),
  rerated: z
    .array(reratedCost)
    .describe("What prices that became known later changed, by model; usage that had no price then is left out"),
  priceBook,
  bill: reportBillRow
    .exactOptional()
    .describe(
      "What the bill alone says; only there where it is known, no call is recorded and everything is asked about",
    ),
} satisfies Fields<ReportDocument>);
