import {
  compare,
  money,
  sum,
  ZERO,
  type Calendar,
  type Instant,
  type LedgerSettings,
  type Money,
  type PriceBook,
} from "@farthing/ledger";
import type { Advice, Recommendation } from "../portfolio/advice.ts";
import { advise } from "../portfolio/advise.ts";
import { SharedPrefixes } from "../replay/shared-prefixes.ts";
import { RESAMPLING_DAYS_MIN } from "../thresholds.ts";
import { traceFromCalls, type AskedCall } from "../trace/from-account.ts";
import { splitTrace, type SplitTrace } from "../trace/split-trace.ts";
import type { Trace } from "../trace/trace.ts";
import type {
  Backtest,
  ChangeComparison,
  Comparison,
  Part,
  Shortfall,
  StrategyComparison,
  WorkloadPart,
} from "./backtest.ts";
import { addRanges, carriedOver, isWithin } from "../portfolio/carried-over.ts";
import { GONE, realisedSavings, type Realised, type RealisedContext } from "./realised-savings.ts";

export interface BacktestContext {
  readonly book: PriceBook;
  readonly calendar: Calendar;
  readonly billing: LedgerSettings["billing"];
}

/**
 * Advises on the requests that started before an instant, and replays those from it on with these very changes.
 *
 * The advice is given as of the split: of models and prices it knows those in force then, and no later request. Only how
 * workloads are told apart follows from all requests, so that each has one name on both sides.
 */
export function runBacktest(calls: readonly AskedCall[], split: Instant, context: BacktestContext): Backtest {
  const { book, calendar, billing } = context;
  const parts = splitTrace(traceFromCalls(calls, book), split);
  const [before, after] = [partOf(parts.before, calendar), partOf(parts.after, calendar)];
  const advice = advise(parts.before, { book, calendar, now: split, billing, total: before.usd, only: null });
  const realised = realisedOf(advice, {
    parts,
    book,
    billing,
    now: split,
    enoughDays: after.days >= RESAMPLING_DAYS_MIN,
  });
  const enoughDays = Math.min(before.days, after.days) >= RESAMPLING_DAYS_MIN;
  const togetherWith = replayedTogether(parts.before, advice);
  const changes = advice.recommendations.map((recommendation) =>
    changeOf(recommendation, realised.get(recommendation) ?? GONE, { parts, togetherWith, enoughDays }),
  );
  return {
    split,
    before,
    after,
    overall: overallOf(advice, changes, enoughDays),
    strategies: strategiesOf(changes, enoughDays),
    changes,
    arrived: onlyIn(parts.after, parts.before),
    gone: onlyIn(parts.before, parts.after),
    abstained: shortfallsOf(before, after, changes),
  };
}

function realisedOf(advice: Advice, context: Omit<RealisedContext, "shared">): ReadonlyMap<Recommendation, Realised> {
  const { before, after } = context.parts;
  const shared = new SharedPrefixes(after);
  const places = new Map([...before.workloads.keys()].map((workload, place) => [workload, place]));
  const placeOf = (workload: string): number => places.get(workload) ?? places.size;
  const groups = shared.groups().map((workloads) => workloads.toSorted((a, b) => placeOf(a) - placeOf(b)));
  const advised = new Set(advice.recommendations.map(({ plan }) => plan.workload));
  return new Map(
    groups
      .filter((workloads) => workloads.some((workload) => advised.has(workload)))
      .flatMap((workloads) => [...realisedSavings(workloads, advice, { ...context, shared })]),
  );
}

function changeOf(
  { id, plan, share }: Recommendation,
  { realised, applied, wordsAfter, shortfall }: Realised,
  {
    parts,
    togetherWith,
    enoughDays,
  }: {
    readonly parts: SplitTrace;
    readonly togetherWith: (workload: string) => readonly string[];
    readonly enoughDays: boolean;
  },
): ChangeComparison {
  const bill = (trace: Trace): Money => sum(togetherWith(plan.workload).map((workload) => billedOf(trace, workload)));
  const billed = { before: bill(parts.before), after: bill(parts.after) };
  const projected = carriedOver(share, billed.before, billed.after);
  return { id, plan, share, billed, applied, wordsAfter, shortfall, ...compared(projected, realised, enoughDays) };
}

/** The workloads that a workload was replayed together with: a change to one of them is felt by all. */
function replayedTogether(trace: Trace, { gaps }: Advice): (workload: string) => readonly string[] {
  const byBlocks = new Set(gaps.flatMap(({ workload, knowledge }) => (knowledge === "blocks" ? [workload] : [])));
  const groups = new SharedPrefixes(trace).groups();
  return (workload) =>
    byBlocks.has(workload)
      ? (groups.find((group) => group.includes(workload)) ?? []).filter((other) => byBlocks.has(other))
      : [workload];
}

function strategiesOf(changes: readonly ChangeComparison[], enoughDays: boolean): readonly StrategyComparison[] {
  return groupsOf(changes, ({ plan }) => plan.strategy)
    .map(([strategy, own]) => {
      const { ranges, saved, left } = comparable(own);
      const range = ranges.length === 0 ? null : addRanges(ranges);
      return { strategy, compared: ranges.length, left, ...compared(range, range === null ? null : saved, enoughDays) };
    })
    .sort(
      (a, b) =>
        compare(b.projected?.expected ?? ZERO, a.projected?.expected ?? ZERO) || (a.strategy < b.strategy ? -1 : 1),
    );
}

/** The range of the whole is that of the joint saving, in proportion to what of it could be compared. */
function overallOf({ joint }: Advice, changes: readonly ChangeComparison[], enoughDays: boolean): Comparison {
  const { ranges, saved } = comparable(changes);
  const range = carriedOver(joint.all, joint.all.expected, addRanges(ranges).expected);
  return ranges.length === 0 ? compared(null, null, false) : compared(range, saved, enoughDays);
}

function compared(projected: Comparison["projected"], realised: Money | null, enoughDays: boolean): Comparison {
  const inRange = projected === null || realised === null || !enoughDays ? null : isWithin(realised, projected);
  return { projected, realised, inRange };
}

/** The changes of which both sides are known, added up, and how many are left. */
function comparable(changes: readonly ChangeComparison[]): {
  readonly ranges: readonly NonNullable<Comparison["projected"]>[];
  readonly saved: Money;
  readonly left: number;
} {
  const both = changes.flatMap(({ projected, realised }) =>
    projected === null || realised === null ? [] : [{ projected, realised }],
  );
  return {
    ranges: both.map(({ projected }) => projected),
    saved: sum(both.map(({ realised }) => realised)),
    left: changes.length - both.length,
  };
}

function groupsOf<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly [string, readonly T[]])[] {
  return [...new Set(all.map(keyOf))].map((key) => [key, all.filter((one) => keyOf(one) === key)]);
}

function partOf({ requests }: Trace, calendar: Calendar): Part {
  return {
    responses: requests.length,
    usd: sum(requests.flatMap(({ billed }) => (billed.total === null ? [] : [billed.total]))),
    days: new Set(requests.map(({ occurredAt }) => calendar.day(occurredAt))).size,
    first: requests[0]?.startedAt ?? null,
    last: requests.at(-1)?.startedAt ?? null,
  };
}

function billedOf(trace: Trace, workload: string): Money {
  const members = trace.workloads.get(workload) ?? [];
  return money(members.reduce((total, index) => total + (trace.requests[index]?.billed.total ?? 0n), 0n));
}

function onlyIn(trace: Trace, other: Trace): readonly WorkloadPart[] {
  return [...trace.workloads]
    .filter(([workload]) => !other.workloads.has(workload))
    .map(([workload, { length: responses }]) => ({ workload, responses, usd: billedOf(trace, workload) }))
    .sort((a, b) => compare(b.usd, a.usd) || (a.workload < b.workload ? -1 : 1));
}

function shortfallsOf(before: Part, after: Part, changes: readonly ChangeComparison[]): readonly Shortfall[] {
  const sides = [
    { ...before, where: "before the split" },
    { ...after, where: "from the split on" },
  ];
  const empty = sides.filter(({ responses }) => responses === 0);
  if (empty.length > 0) {
    return empty.map(({ where }) => ({
      reason: "no-responses",
      observed: `no response ${where}`,
      needed: "responses on both sides of the split",
    }));
  }
  if (changes.length === 0) {
    const observed = "the requests before the split give no advice";
    return [{ reason: "no-advice", observed, needed: "a change worth a line" }];
  }
  return sides
    .filter(({ days }) => days < RESAMPLING_DAYS_MIN)
    .map(({ days, where }) => ({
      reason: "too-few-days",
      observed: `${String(days)} ${days === 1 ? "day" : "days"} with use ${where}, so no verdict on the range`,
      needed: `${String(RESAMPLING_DAYS_MIN)} days`,
    }));
}
