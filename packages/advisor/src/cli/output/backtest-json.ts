import { formatInstant, formatUsd, ratio, type BillingBasis, type Instant, type Position } from "@farthing/ledger";
import type { Backtest, ChangeComparison, Comparison, Part, WorkloadPart } from "../../backtest/backtest.ts";
import type { SavingRange } from "../../portfolio/saving-range.ts";
import { asOfText } from "../../report/words.ts";

/** A backtest, and what was asked for. */
export interface BacktestAnswer {
  readonly backtest: Backtest;
  readonly question: {
    readonly example: boolean;
    readonly now: Instant;
    readonly since: Instant | null;
    readonly until: Instant | null;
    readonly timeZone: string;
    readonly asOf: Position | Instant | null;
    /** Where only the newest responses were looked at, when the first of them started; else null. */
    readonly from: Instant | null;
    readonly basis: BillingBasis;
    readonly discountPercent: string | null;
    /** Null where the split was given as a time. */
    readonly trainShare: number | null;
  };
  readonly priceBookHash: string;
  /** Prints it again. */
  readonly command: string;
}

export function backtestToJson({ backtest, question, priceBookHash, command }: BacktestAnswer): object {
  const { since, until, timeZone, asOf } = question;
  return {
    command,
    example: question.example,
    now: formatInstant(question.now),
    period: { since: instant(since), until: instant(until), timeZone, asOf: asOf === null ? null : asOfText(asOf) },
    billing: { basis: question.basis, discountPercent: question.discountPercent },
    split: { at: formatInstant(backtest.split), trainShare: question.trainShare, from: instant(question.from) },
    before: part(backtest.before),
    after: part(backtest.after),
    realisedBy: "replay",
    overall: comparison(backtest.overall),
    strategies: backtest.strategies.map(({ strategy, compared, left, ...rest }) => ({
      strategy,
      compared,
      left,
      ...comparison(rest),
    })),
    changes: backtest.changes.map(change),
    arrived: backtest.arrived.map(workload),
    gone: backtest.gone.map(workload),
    abstained: backtest.abstained,
    priceBook: priceBookHash,
  };
}

function change(compared: ChangeComparison): object {
  const { id, plan, share, billed, applied, wordsAfter, shortfall } = compared;
  return {
    id,
    strategy: plan.strategy,
    workload: plan.workload,
    subject: plan.subject === "" ? null : plan.subject,
    title: plan.title,
    answersUnchanged: plan.answersUnchanged,
    share: range(share),
    rate: ratio(share.expected, billed.before),
    billed: { before: formatUsd(billed.before), after: formatUsd(billed.after) },
    ...comparison(compared),
    applied,
    wordsAfter,
    shortfall,
  };
}

function comparison({ projected, realised, inRange }: Comparison): object {
  return {
    projected: projected === null ? null : range(projected),
    realised: realised === null ? null : formatUsd(realised),
    inRange,
  };
}

function part({ responses, usd, days, first, last }: Part): object {
  return { requests: responses, usd: formatUsd(usd), days, first: instant(first), last: instant(last) };
}

function workload({ workload: name, responses, usd }: WorkloadPart): object {
  return { workload: name, requests: responses, usd: formatUsd(usd) };
}

function range({ low, expected, high }: SavingRange): object {
  return { low: formatUsd(low), expected: formatUsd(expected), high: formatUsd(high) };
}

function instant(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
