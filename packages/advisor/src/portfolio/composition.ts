import { money, subtract, sum, ZERO, type Calendar, type Money } from "@farthing/ledger";
import type { Replayable, ReplayResult } from "../replay/replay.ts";
import type { KeptReplays } from "../replay/kept-replays.ts";
import type { Plan } from "../strategies/strategy.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { Trace } from "../trace/trace.ts";
import type { SavingEvidence } from "./saving-range.ts";

/** What composed plans save in one workload, all together and each on top of those before it. */
export interface Composition {
  readonly plans: readonly Plan[];
  /** In the order of `plans`; their expected savings sum to `joint` exactly. */
  readonly shares: readonly SavingEvidence[];
  readonly joint: SavingEvidence;
}

/** Replays plans composed one after another. */
export function compose(replays: KeptReplays, plans: readonly Plan[], days: DaysWithUse): Composition {
  const upTo = (count: number, scenario: Scenario): ReplayResult => replays.of(plans.slice(0, count), scenario);
  const between = (from: number, to: number): SavingEvidence => {
    const saved = (scenario: Scenario): Money => money(upTo(from, scenario).total - upTo(to, scenario).total);
    const restsOnReads = plans.slice(from, to).some((plan) => plan.needsReplay);
    return {
      pessimistic: subtract(saved("pessimistic"), restsOnReads ? replays.margin : ZERO),
      expected: saved("expected"),
      optimistic: saved("optimistic"),
      byDay: savedByDay(replays.subject, plans.slice(from, to), days, upTo(from, "expected"), upTo(to, "expected")),
    };
  };
  return { plans, shares: plans.map((_, index) => between(index, index + 1)), joint: between(0, plans.length) };
}

/** Evidence of several workloads together, day by day: exact, so that sums of sums are the sum. */
export function addEvidence(all: readonly SavingEvidence[], days: number): SavingEvidence {
  const total = (pick: (evidence: SavingEvidence) => Money): Money =>
    all.reduce((sum, evidence) => money(sum + pick(evidence)), ZERO);
  return {
    pessimistic: total((evidence) => evidence.pessimistic),
    expected: total((evidence) => evidence.expected),
    optimistic: total((evidence) => evidence.optimistic),
    byDay: Array.from({ length: days }, (_, day) => {
      const saved = all.flatMap((evidence) => evidence.byDay[day] ?? []);
      return saved.length === 0 ? null : sum(saved);
    }),
  };
}

/** The days with use of a whole trace, so that all workloads count the same days. */
export interface DaysWithUse {
  readonly count: number;
  /** `YYYY-MM-DD`, in order. */
  readonly days: readonly string[];
  /** The number of a request's day, by the request's place in the trace. */
  readonly byRequest: readonly number[];
}

export function daysWithUse(trace: Trace, calendar: Calendar): DaysWithUse {
  const days = trace.requests.map((request) => calendar.day(request.occurredAt));
  const inOrder = [...new Set(days)].sort();
  const numbers = new Map(inOrder.map((day, number) => [day, number]));
  return { count: inOrder.length, days: inOrder, byRequest: days.map((day) => numbers.get(day) ?? 0) };
}

/** Null on days without a request of a workload that the plans are about, or that comes to cost something else. */
function savedByDay(
  { trace, members }: Pick<Replayable, "trace" | "members">,
  plans: readonly Plan[],
  days: DaysWithUse,
  before: ReplayResult,
  after: ReplayResult,
): readonly (Money | null)[] {
  const byDay = Array.from({ length: days.count }, (): Money | null => null);
  const workloads = new Set(plans.map(({ workload }) => workload));
  for (const [place, index] of members.entries()) {
    const saved = (before.costs[place] ?? 0n) - (after.costs[place] ?? 0n);
    if (saved === 0n && !workloads.has(trace.requests[index]?.workload ?? "")) continue;
    const day = days.byRequest[index] ?? 0;
    byDay[day] = money((byDay[day] ?? 0n) + saved);
  }
  return byDay;
}
