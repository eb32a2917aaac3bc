import type { BillCoverage } from "./bill-coverage.ts";
import type {
  BillingBasis,
  Instant,
  LineItemName,
  Money,
  OutcomesResult,
  Position,
  ReratedRow,
  SpendTokens,
  UnpricedRow,
} from "@farthing/ledger";
import type { ContractTerms } from "../contract/contract.ts";
import type { FollowUp } from "../follow-up/follow-up.ts";
import type { Recommendation } from "../portfolio/advice.ts";
import type { Abstention, PlanLimits } from "../strategies/strategy.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import type { ClosedFigure } from "./closed-periods.ts";
import type { CacheTimeline } from "./cache-timelines.ts";
import type { RecordedService } from "./recorded-hours.ts";
import type { ResentSlice } from "./resent.ts";
import type { SpendOverTime } from "./spend-over-time.ts";
import type { Slice } from "./totals.ts";

/** Everything a renderer shows. Amounts are exact unless they are a range; ranges are estimates. */
export interface Report {
  readonly example: boolean;
  /** Whether only some recommendations were asked for. */
  readonly subset: boolean;
  /** The most that a change might risk, and take, to be proposed; null where anything was. */
  readonly limits: PlanLimits | null;
  readonly now: Instant;
  readonly period: Period;
  readonly total: Total;
  readonly billing: Billing;
  /** What was agreed on beyond list prices; null where nothing is set. */
  readonly contract: ContractTerms | null;
  readonly coverage: Coverage;
  /** Closed periods in the report's time; none where only some requests are asked about. */
  readonly closed: readonly ClosedFigure[];
  readonly where: WhereItWent;
  /** Null where it was not asked for. */
  readonly spendOverTime: SpendOverTime | null;
  /** What a success cost, by the model asked first and workload; null where no outcome was recorded. */
  readonly outcomes: OutcomesResult | null;
  readonly advice: AdviceBasis;
  readonly gaps: readonly ReplayGap[];
  readonly joint: {
    readonly answersUnchanged: SavingRange;
    readonly needsQualityTest: SavingRange;
    readonly all: SavingRange;
    /** What the recommendations would claim one by one; they overlap, so it is never a saving. */
    readonly claimedOneByOne: Money;
    /** Thirty times the mean of the full days among the last 30; null while these are too few to say. */
    readonly perMonth: SavingRange | null;
  };
  readonly recommendations: readonly Recommendation[];
  /** What became of decisions on advice; null where there are none. */
  readonly followUp: FollowUp | null;
  /** Of the workloads that there is caching advice for. */
  readonly cacheTimelines: readonly CacheTimeline[];
  readonly abstained: readonly DatedAbstention[];
  readonly due: readonly Due[];
  readonly findings: readonly Finding[];
  /** By model, what prices that became known later changed of its cost. */
  readonly rerated: readonly ReratedRow[];
  readonly priceBookHash: string;
}

export interface Period {
  /** As asked for; null where the whole ledger was. */
  readonly since: Instant | null;
  readonly until: Instant | null;
  /** Of the responses reported on; null where there are none. */
  readonly first: Instant | null;
  readonly last: Instant | null;
  readonly timeZone: string;
  /** What had been recorded then was looked at: an instant, or a position; null for all there is. */
  readonly asOf: Position | Instant | null;
  readonly daysWithUse: number;
  /** From the first day with use to the last, both counted. */
  readonly calendarDays: number;
  /** Days with use among the last 30 before now, today left out. */
  readonly fullDaysOfLast30: number;
}

export interface Total {
  readonly usd: Money;
  /** Billed responses, unpriced ones included. */
  readonly responses: number;
  /** Null where they were not asked for: services have very many. */
  readonly sessions: number | null;
  readonly projects: number;
  readonly services: number;
  readonly tokens: SpendTokens;
  /** Whether every response is from Claude Code. */
  readonly claudeCodeOnly: boolean;
}

export interface Billing {
  readonly basis: BillingBasis;
  /** Negotiated discount on list prices in percent, decimal; null where none is set. */
  readonly discountPercent: string | null;
}

export interface Coverage {
  /** Responses of the whole ledger, whatever the period and the filters. */
  readonly recorded: number;
  /** Responses whose output is only a lower bound: the total is "at least". */
  readonly lowerBoundOutput: number;
  /** Responses whose start time is an estimate. */
  readonly estimatedStart: number;
  readonly unpriced: readonly UnpricedRow[];
  /** Attempts without an answer that may have been billed. */
  readonly failedAtUnknownCost: number;
  /** Responses somebody else pays for, or nobody. */
  readonly notBilled: number;
  /** Damaged lines of the ledger that were left out. */
  readonly damagedLines: number;
  /** Responses on the prepaid priority tier, whose list price is notional. */
  readonly notional: number;
  /** How much of the bill is recorded; absent where nothing is known of the bill. */
  readonly bill?: BillCoverage;
  /** Services that say when they record; others say nothing of it. */
  readonly services: readonly RecordedService[];
}

/** Where the money went. Slices of one list are disjoint; lists overlap each other. */
export interface WhereItWent {
  readonly byItem: readonly { readonly item: LineItemName; readonly usd: Money }[];
  readonly byWorkload: readonly Slice[];
  /** By the model that answered. */
  readonly byModel: readonly Slice[];
  /** The dearest; null where they were not asked for. */
  readonly bySession: readonly Slice[] | null;
  readonly longContext: { readonly usd: Money; readonly responses: number };
  /** Of the responses that the advice rests on. */
  readonly resent: readonly ResentSlice[];
}

/**
 * Which responses savings, replay gaps, abstentions and re-sent context are of: all of the report, unless these are
 * too many to replay, or newer ones have come since.
 */
export interface AdviceBasis {
  readonly responses: number;
  /** What those with a price came to; savings are parts of this. */
  readonly usd: Money;
  /** Local days on which they were complete. */
  readonly days: number;
  /** Where only the newest were looked at, when the first of them started; else null. */
  readonly from: Instant | null;
  /** When they were looked at, where more have come since; null where they are of this very ledger. */
  readonly savedAt: Instant | null;
  /** Up to where the ledger was read then; null where they are of this very ledger. */
  readonly position: Position | null;
  /** Responses of the report that have come since. */
  readonly newer: number;
  /** Responses that were made for a trial, which no advice is about. */
  readonly trialCalls: number;
}

/** Why there is no advice, and when there may be. */
export interface DatedAbstention extends Omit<Abstention, "growth"> {
  /** Null where waiting changes nothing. */
  readonly answerBy: Instant | null;
}

/** A date by which something must be done. */
export type Due = ModelRetires | BatchResultsExpire;

/** Results of a batch that were not read are deleted then: what they cost is in no figure. */
export interface BatchResultsExpire {
  readonly kind: "batch-results-expire";
  readonly at: Instant;
  readonly batch: string;
  readonly service: string | null;
  readonly submittedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly requests: number;
  /** Of how many of them the result was read. */
  readonly recorded: number;
}

export interface ModelRetires {
  readonly kind: "model-retires";
  readonly at: Instant;
  readonly model: string;
  readonly workloads: readonly string[];
  readonly responses: number;
  /** The newest response it was used for. */
  readonly lastUsedAt: Instant;
}

/** Something seen that is not a change to make. */
export interface Finding {
  readonly kind:
    | "output-lower-bound"
    | "unpriced"
    | "cost-unknown"
    | "conflict"
    | "damage"
    | "newer-events"
    | "notional-priority"
    | "re-rated"
    | "long-context"
    | "resent-context"
    | "starts-estimated"
    | "usage-assumption"
    | "transcripts-expire"
    | "batch-results-deleted"
    | "batch-items-free";
  readonly text: string;
  readonly responses: number;
  /** What it comes to, where it is an amount. */
  readonly usd: Money | null;
}
