import { money, type Money } from "@farthing/ledger";

/** Every limit at which the advisor speaks up or stays silent, in one place. */

/** What is assumed at the low end of a range, as expected, and at its high end. */
interface AcrossRange {
  readonly pessimistic: number;
  readonly expected: number;
  readonly optimistic: number;
}

/** Past this difference between replayed and billed dollars there is no cache advice for a workload. */
export const REPLAY_GAP_LIMIT = 0.05;

/** Nor past this share of the bill by which single steps differ from it, however well they cancel out. */
export const REPLAY_DIFFERENCES_LIMIT = 0.1;

/** Past this share of a workload's steps that no rule explains there is no cache advice for it either. */
export const UNEXPLAINED_STEPS_LIMIT = 0.05;

/** From this share of fingerprinted prompts on, under one key, a workload is replayed from them. */
export const FINGERPRINTED_SHARE_MIN = 0.95;

/**
 * So much longer than a model's minimum has to be what was never cached, at the low end of a range: that it is long enough
 * to be cached is an estimate.
 */
export const CACHE_MINIMUM_MARGIN = 0.05;

/** Steps within the lifetime from which the reuse of a workload's prefixes can be judged. */
export const REUSE_STEPS_MIN = 5;

/** Fewer requests than this that were asked a second time are chance. */
export const DUPLICATES_MIN = 10;

/** How long an answer may be kept and given again. How long it stays true only its user knows: an assumption. */
export const KEPT_FOR_MS: AcrossRange = {
  pessimistic: 60 * 60 * 1000,
  expected: 24 * 60 * 60 * 1000,
  optimistic: Number.POSITIVE_INFINITY,
};

/** The same request within this time after an answer that was left, or cut off, is a second attempt. */
export const RETRIED_WITHIN_MS: number = 10 * 60 * 1000;

/** Fewer answers than this that were left, or left and asked again, are accidents. */
export const RETRIED_MIN = 10;

/** Streams that were left are mentioned from this share of what their workload cost on. */
export const ABANDONED_SHARE_MIN = 0.05;

/** Fewer answers than this that were cut off at `max_tokens` are accidents; and below this share they are not mentioned. */
export const TRUNCATED_MIN = 10;
export const TRUNCATED_SHARE_MIN = 0.05;

/** So many answers have to come without a call before tools count as never called. */
export const TOOLS_UNCALLED_MIN = 100;

/** From this share of a prompt on, tools are worth a line although some of them are called. */
export const TOOLS_SHARE_MIN = 0.2;

/** Fewer steps with a long context than this are not worth a habit. */
export const LONG_STEPS_MIN = 20;

/** Fewer tasks of a model than this say nothing of what a success costs with it. */
export const OUTCOME_TASKS_MIN = 30;

/** Dismissed advice is given again once it saves so many times as much a day with use as when it was dismissed. */
export const DISMISSED_GROWTH_MIN = 1.5;

/** Fewer of a user's own samples than this, answered by both models, narrow no range. */
export const TRIAL_SAMPLES_MIN = 20;

/** Where more than this share of a model's answers in a trial was cut off, refused or failed, the others narrow no range. */
export const TRIAL_UNANSWERED_SHARE_MAX = 0.05;

/** Fewer web searches than this are not worth a limit. */
export const SEARCHES_MIN = 100;

/** A limit on web searches leaves this share of the requests that search as they are. */
export const SEARCHES_KEPT_SHARE = 0.5;

/** Of a workload so many requests, the newest, are looked at to find what its prompts share. */
export const ANALYSED_MAX = 20_000;

/** From this share of growing conversations on a breakpoint on the newest message is always proposed; below, never. */
export const NEWEST_REUSE_MAX = 0.5;
export const NEWEST_REUSE_MIN = 0.1;

/** A block that changes in fewer requests than this share does not stand in the way of a cache. */
export const VOLATILE_SHARE_MIN = 0.1;

/** So many requests have to write what another was writing already before waiting for it is worth a line. */
export const PARALLEL_WRITES_MIN = 10;

/** Fewer responses than this and a workload is not judged. */
export const RESPONSES_MIN = 20;

/** More system prompts, or output limits, than this with all else alike are something that changes, and no workloads. */
export const ALIKE_MAX = 16;

/** From this many days with use on, the days themselves are resampled for the range. */
export const RESAMPLING_DAYS_MIN = 7;

/** A forecast is made from at most this many full days, the newest, and needs `RESAMPLING_DAYS_MIN` of them. */
export const FORECAST_DAYS_MAX = 28;

/** From this many full days on, a forecast takes weekends for other days than those from Monday to Friday. */
export const FORECAST_WEEKENDS_DAYS_MIN = 14;

/** With fewer responses than this on a side, its cost per request and its cache hit rate are not judged. */
export const GATE_RESPONSES_MIN = 30;

/** Sessions, days or single requests that a side must have: of one alone it cannot be told what is chance. */
export const GATE_CLUSTERS_MIN = 2;

/** A monthly figure needs this many full days among the last `MONTHLY_WINDOW_DAYS`. */
export const MONTHLY_FULL_DAYS_MIN = 14;
export const MONTHLY_WINDOW_DAYS = 30;

/** Ranges cover this share of what may be expected. */
export const RANGE_COVERAGE = 0.8;

/** A prompt longer than this counts as a long context. */
export const LONG_CONTEXT_TOKENS = 100_000;

/** A report lists at most this many sessions, the dearest: a large ledger has hundreds of thousands. */
export const SESSIONS_LISTED_MAX = 1_000;

/** Up to so many days a report lists what each of them cost; of more, months. */
export const DAYS_LISTED_MAX = 400;

/** So many of the dearest workloads are told apart in what each day cost. */
export const DAILY_WORKLOADS_MAX = 6;

/**
 * Re-sent context below this is noise of the prompt's structure, such as a moved breakpoint, and not reported.
 * The largest minimum of a cacheable prefix.
 */
export const RESENT_TOKENS_MIN = 4_096;

/** A break longer than this is not one that a habit could have avoided. */
export const AVOIDABLE_BREAK_MS: number = 60 * 60 * 1000;

/** The share of shorter breaks that a habit avoids: at worst none of them. Nobody has measured it: an assumption. */
export const AVOIDED_BREAKS: AcrossRange = { pessimistic: 0, expected: 0.3, optimistic: 0.8 };

/** Retirements are announced this long before they come. */
export const DUE_WITHIN_DAYS = 90;

/** A source that recorded in fewer different hours than this has no rhythm yet that a silence could break. */
export const RHYTHM_HOURS_MIN = 10;

/** A host that forwards says so at least every half hour; one not heard of for longer than this is in trouble, or off. */
export const HOST_SILENT_MS: number = 65 * 60 * 1000;

/** Events that everybody may see only later than this wait for a transaction that somebody forgot. */
export const HELD_BACK_MS: number = 60 * 1000;

/** A figure that is to stand does not do without events that are held back for longer than a commit takes. */
export const HELD_BACK_CLOSING_MS: number = 5 * 1000;

/** Events that wait for longer than this are not on their way. */
export const FORWARDING_LATE_MS: number = 10 * 60 * 1000;

/** A silence is out of rhythm past so many times the longest pause before, and past a day. */
export const SILENCE_FACTOR = 3;
export const SILENCE_MIN_MS: number = 24 * 60 * 60 * 1000;

/** After a longer silence a source has ended, and needs no attention. */
export const SILENCE_ENDED_MS: number = 30 * 24 * 60 * 60 * 1000;

/** Dropped events need attention for so long; after that whatever dropped them has been changed, or will not be. */
export const DROPPED_RECENT_MS: number = 7 * 24 * 60 * 60 * 1000;

/** List prices change every few months; older ones may be out of date. */
export const PRICES_OLD_MS: number = 90 * 24 * 60 * 60 * 1000;

/** With less free space than this, a ledger can soon not be appended to. */
export const FREE_BYTES_MIN = 1_000_000_000;

/** Transcripts that no import has read for so long are not being imported. */
export const UNREAD_MS: number = 24 * 60 * 60 * 1000;

/** Unread results of a batch need attention when they are deleted so soon. */
export const BATCH_EXPIRES_SOON_MS: number = 7 * 24 * 60 * 60 * 1000;

/** Clocks of different machines differ by less. */
export const CLOCK_TOLERANCE_MS: number = 5 * 60 * 1000;

/** What work has to be like before a model of a cheaper line is proposed for it. */
export interface PlainWork {
  /** Nearly all answers are at most this long, thinking included. */
  readonly answerTokensMax: number;
  /** Thinking is at most this share of the output. */
  readonly thinkingShareMax: number;
  /** Whether only single requests that are asked alike qualify, such as classification, extraction and summaries. */
  readonly singleAndAlike: boolean;
}

/** Work that the smallest models are made for. */
export const SIMPLE_WORK: PlainWork = { answerTokensMax: 1_000, thinkingShareMax: 0.05, singleAndAlike: true };

/** Work that hardly thinks and answers briefly, and yet asks the largest models. */
export const MODERATE_WORK: PlainWork = { answerTokensMax: 4_000, thinkingShareMax: 0.25, singleAndAlike: false };

/** The share of requests that a habit must cover to be one, and the exceptions that are left. */
export const NEARLY_ALL_SHARE = 0.95;
export const RARE_SHARE = 0.02;

/** From this share of the output on, thinking is worth a lower effort or a smaller budget. */
export const THINKING_SHARE_MIN = 0.5;

/** A thinking budget is used up from this share of it on, and limits from this share of such answers on. */
export const BUDGET_USED_UP_SHARE = 0.9;
export const BUDGET_LIMITS_SHARE_MIN = 0.25;

/** Requests that follow one another within this time belong to one burst. */
export const BURST_PAUSE_MS: number = 10 * 60 * 1000;

/** A burst has at least so many requests, and there are at least so many of them. */
export const BURST_REQUESTS_MIN = 20;
export const BURSTS_MIN = 3;

/** Bursts fill at most this share of the time: people ask all day long. */
export const BURSTS_TIME_SHARE_MAX = 0.15;

/** Pauses are regular where nearly all are within this share of their median, for so many days. */
export const REGULAR_PAUSE_TOLERANCE = 0.1;
export const REGULAR_DAYS_MIN = 3;

const MATERIAL_SHARE_PERCENT = 1n;
const MATERIAL_USD: Money = money(20_000_000_000_000n);
const MATERIAL_SHARE_OF_SMALL_BILL_PERCENT = 2n;

/**
 * The smallest saving worth a line: the larger of 1 % of the total and $20. For bills under $1,000, where $20 would
 * silence everything, 2 % of the total takes the place of the $20 (docs/decisions/0002-materiality.md).
 */
export function materiality(total: Money): Money {
  const share = (total * MATERIAL_SHARE_PERCENT) / 100n;
  const small = (total * MATERIAL_SHARE_OF_SMALL_BILL_PERCENT) / 100n;
  const floor = small < MATERIAL_USD ? small : MATERIAL_USD;
  return money(share > floor ? share : floor);
}
