import {
  sum,
  type Calendar,
  type Instant,
  type LedgerSettings,
  type Money,
  type OutcomeRow,
  type PriceBook,
  type TrialRecorded,
} from "@farthing/ledger";
import type { Advice, AdviceContext } from "../portfolio/advice.ts";
import type { PlanLimits } from "../strategies/strategy.ts";
import { advise } from "../portfolio/advise.ts";
import { NO_LIMITS } from "../portfolio/propose-changes.ts";
import type { Decision } from "../follow-up/decision.ts";
import { followAccepted, followUpOf, settledBy } from "../follow-up/follow-up-on.ts";
import type { Followed, FollowUp } from "../follow-up/follow-up.ts";
import type { Trace } from "../trace/trace.ts";
import { adviceEra } from "./advice-era.ts";
import { cacheTimelines, type CacheTimeline } from "./cache-timelines.ts";
import { resentContextOf, type ResentSlice } from "./resent.ts";

/**
 * What a report says because responses were replayed.
 *
 * A plain value of strings, numbers, amounts, lists and records, so that it can be kept and shown again.
 */
export interface Analysis extends Advice {
  /** How many responses were looked at, those without a price included. */
  readonly responses: number;
  /** What those with a price came to. Shares are shares of this. */
  readonly usd: Money;
  /** When the first of them started, where older ones were left out because there are too many; else null. */
  readonly from: Instant | null;
  readonly resent: readonly ResentSlice[];
  /** What became of decisions on advice; null where there are none. */
  readonly followUp: FollowUp | null;
  /** Responses that were not looked at because they were made for a trial. */
  readonly trialCalls: number;
  /** Of the workloads that there is caching advice for. */
  readonly cacheTimelines: readonly CacheTimeline[];
}

export interface AnalysisContext {
  readonly book: PriceBook;
  readonly calendar: Calendar;
  readonly now: Instant;
  readonly billing: LedgerSettings["billing"];
  /** Ids of the recommendations to replay together; null for all. */
  readonly only: readonly string[] | null;
  /** What a success cost, by model and workload; see `OUTCOMES_BY`. */
  readonly outcomes: readonly OutcomeRow[];
  /** What was tried on samples of the user's own; absent where nothing was. */
  readonly trials?: readonly TrialRecorded[];
  /** The most that a change may risk, and take; null where anything may be proposed. Default: null. */
  readonly limits?: PlanLimits | null;
  /** What has been decided on advice, by its id. Default: nothing. */
  readonly decisions?: ReadonlyMap<string, Decision>;
}

/** What is looked at, and how. */
export interface AnalysisSubject {
  readonly trace: Trace;
  /** Says that the trace holds the newest responses only: those that started then, or later. */
  readonly from: Instant | null;
  readonly context: AnalysisContext;
}

/** What advice is asked with, once what became of earlier advice is known. */
export interface AdviceQuestion {
  readonly context: AdviceContext;
  readonly followed: readonly Followed[];
  readonly usd: Money;
}

/** Replays a trace. `from` says that it holds the newest responses only: those that started then, or later. */
export function analyse(trace: Trace, from: Instant | null, context: AnalysisContext): Analysis {
  const subject = { trace, from, context };
  const question = adviceQuestion(subject);
  return analysisOf(subject, question, advise(trace, question.context));
}

export function adviceQuestion({ trace, context }: AnalysisSubject): AdviceQuestion {
  const usd = sum(trace.requests.flatMap(({ billed }) => (billed.total === null ? [] : [billed.total])));
  const { decisions = new Map<string, Decision>() } = context;
  const followed = followAccepted(trace, decisions, context);
  return {
    usd,
    followed,
    context: {
      ...context,
      limits: context.limits ?? NO_LIMITS,
      settled: settledBy(followed, decisions),
      // Within an era the very instant makes no difference, so that what is kept is what would be found again.
      now: adviceEra(context.now, context.book),
      total: usd,
    },
  };
}

/** All that is said of a trace, around the advice on it. */
export function analysisOf(
  { trace, from, context }: AnalysisSubject,
  { usd, followed }: AdviceQuestion,
  advice: Advice,
): Analysis {
  const { decisions = new Map<string, Decision>() } = context;
  return {
    responses: trace.requests.length,
    usd,
    from,
    trialCalls: trace.trialCalls ?? 0,
    resent: resentContextOf(trace, context.book),
    cacheTimelines: cacheTimelines(trace, advice.recommendations, context.calendar),
    ...advice,
    followUp: decisions.size === 0 ? null : followUpOf(followed, decisions, advice.recommendations),
  };
}
