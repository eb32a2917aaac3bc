import assert from "node:assert/strict";
import { money, subtract, sum, ZERO, type Money } from "@farthing/ledger";
import { KeptReplays } from "../replay/kept-replays.ts";
import type { Replayable } from "../replay/replay.ts";
import type { SharedPrefixes } from "../replay/shared-prefixes.ts";
import { isRecognised } from "../strategies/recognition.ts";
import { recognitionOf } from "../strategies/registry.ts";
import { factsOf, type Abstention, type Plan } from "../strategies/strategy.ts";
import { materiality } from "../thresholds.ts";
import type { MovedAnswers } from "../trace/counterfactual-request.ts";
import type { Trace } from "../trace/trace.ts";
import { mayCostMore, overlaps, tooSmall, wouldCostMore } from "./abstentions.ts";
import { adviceId } from "./advice-id.ts";
import type { AdviceContext, Recommendation } from "./advice.ts";
import { arithmeticOf } from "./arithmetic.ts";
import { beforeChange } from "./before-change.ts";
import { compose, type Composition, type DaysWithUse } from "./composition.ts";
import type { Proposals } from "./propose-changes.ts";
import { savingRange, type SavingEvidence } from "./saving-range.ts";
import { heardPlans, NOTHING_SETTLED } from "./settled-advice.ts";
import { selectPlans } from "./select-plans.ts";

/** Changes to some workloads, composed and replayed together. */
export interface JointAdvice {
  readonly recommendations: readonly Recommendation[];
  readonly composition: Composition;
  readonly abstained: readonly Abstention[];
}

/**
 * Composes changes to workloads that share prefixes, or to a single one.
 *
 * What one of them no longer writes another can no longer read, so that all are replayed for every change to any.
 */
export function adviseTogether(
  proposals: readonly Proposals[],
  shared: SharedPrefixes,
  days: DaysWithUse,
  context: AdviceContext,
): JointAdvice {
  const replays = new KeptReplays(together(proposals, shared), context.book, marginOf(proposals));
  const proposed = proposals.flatMap((each) => (proposals.length === 1 ? each.plans : withinMembers(each)));
  const threshold = materiality(context.total);
  const alone = (plan: Plan): SavingEvidence => compose(replays, [plan], days).joint;
  const { settled: decided = NOTHING_SETTLED } = context;
  const { plans, returned } = heardPlans(proposed, decided, days.count, (plan) => savingRange(alone(plan)));
  const savedBy = (set: readonly Plan[]): Money =>
    subtract(replays.of([], "expected").total, replays.of(set, "expected").total);
  const chosen = selectPlans(replays, plans, (set) => {
    const saved = set.map((_, place) => subtract(savedBy(set.slice(0, place + 1)), savedBy(set.slice(0, place))));
    return saved.every((share) => share > ZERO && share >= threshold) && isSafe(compose(replays, set, days));
  });
  const composition = compose(replays, chosen, days);
  const arithmetic = arithmeticOf(replays, chosen);
  const settled = new Set(chosen.map((plan) => plan.conflictGroup ?? plan));
  const others = plans.filter((plan) => !settled.has(plan.conflictGroup ?? plan));
  return {
    recommendations: chosen.map((plan, place) => ({
      ...recommend(plan, place, composition, alone(plan), replays),
      arithmetic: arithmetic[place] ?? assert.fail("each chosen plan has its arithmetic"),
      ...followedBy(plan, replays.subject.trace, days, context),
      returned: returned.get(adviceId(plan.strategy, plan.workload, plan.subject)) ?? null,
    })),
    composition,
    abstained: [
      ...others.flatMap((plan) => {
        const saved = savedBy([plan]);
        if (saved < ZERO) return [wouldCostMore(plan, saved)];
        return saved < threshold ? [] : [notRecommended(plan, alone(plan))];
      }),
      ...largestTooSmall(others, (plan) => savedBy([plan]), threshold),
    ],
  };
}

/** Of the plans of each workload that save something, and too little, the one that saves most. */
function largestTooSmall(
  plans: readonly Plan[],
  savedBy: (plan: Plan) => Money,
  threshold: Money,
): readonly Abstention[] {
  const largest = new Map<string, { readonly plan: Plan; readonly saved: Money }>();
  for (const plan of plans) {
    const saved = savedBy(plan);
    if (saved <= ZERO || saved >= threshold || saved <= (largest.get(plan.workload)?.saved ?? ZERO)) continue;
    largest.set(plan.workload, { plan, saved });
  }
  return [...largest.values()].map(({ plan, saved }) => tooSmall(plan, saved, threshold));
}

/** What the replays of some workloads differ by from their bills. */
function marginOf(proposals: readonly Proposals[]): Money {
  return sum(
    proposals.map(({ gap: { predicted, billed } }) =>
      money(predicted > billed ? predicted - billed : billed - predicted),
    ),
  );
}

/** The requests of all workloads; what others that share prefixes send is replayed beside them. */
export function together(
  proposals: readonly Pick<Proposals, "workload" | "subject">[],
  shared: SharedPrefixes,
): Replayable {
  const [first] = proposals;
  if (first === undefined) throw new RangeError("there is no workload to advise on");
  if (proposals.length === 1) return first.subject;
  return {
    ...first.subject,
    members: proposals.flatMap(({ subject }) => subject.members).sort((a, b) => a - b),
    neighbours: shared.neighboursOf(proposals.map(({ workload }) => workload)),
  };
}

/** Plans that leave the requests of other workloads alone. */
export function withinMembers({ plans, subject }: Pick<Proposals, "plans" | "subject">): readonly Plan[] {
  const members = new Set(subject.members);
  return plans.map((plan) => ({
    ...plan,
    breakEven: (outcome) => plan.breakEven(outcome),
    rewrite: (request, rewriting) => (members.has(request.origin) ? plan.rewrite(request, rewriting) : [request]),
  }));
}

/** What the requests that a plan is about are like without it, or why none shows that. */
function followedBy(
  { strategy: name, workload, subject, target = "" }: Plan,
  trace: Trace,
  days: DaysWithUse,
  { strategies }: AdviceContext,
): Pick<Recommendation, "before" | "unseen"> {
  const recognition = recognitionOf(name, { subject, target }, strategies);
  if (!isRecognised(recognition)) return { before: null, unseen: recognition.unseen };
  const members = trace.workloads.get(workload) ?? [];
  return { before: beforeChange(trace, members, recognition, (place) => days.byRequest[place] ?? 0), unseen: null };
}

/** Whether no plan of a set could lose money within its range. */
function isSafe({ shares }: Composition): boolean {
  return shares.every((share) => savingRange(share).low > ZERO);
}

/** Why a plan that saves enough on its own is not recommended. */
function notRecommended(plan: Plan, alone: SavingEvidence): Abstention {
  const range = savingRange(alone);
  return range.low > ZERO ? overlaps(plan, alone.expected) : mayCostMore(plan, range);
}

function recommend(
  plan: Plan,
  place: number,
  { plans, shares }: Composition,
  alone: SavingEvidence,
  replays: KeptReplays,
): Omit<Recommendation, "arithmetic" | "before" | "unseen" | "returned"> {
  const share = shares[place] ?? { pessimistic: ZERO, expected: ZERO, optimistic: ZERO, byDay: [] };
  const earlier = replays.of(plans.slice(0, place), "expected");
  const later = replays.of(plans.slice(0, place + 1), "expected");
  return {
    id: adviceId(plan.strategy, plan.workload, plan.subject),
    plan: factsOf(plan),
    alone: savingRange(alone),
    share: savingRange(share),
    breakEven: plan.breakEven({
      saving: share.expected,
      pessimisticSaving: share.pessimistic,
      before: costOfChanged(earlier.costs, later.costs),
      moved: withoutEarlier(later.moved, earlier.moved),
    }),
  };
}

/** What requests cost before a change that makes them cost something else. */
function costOfChanged(before: BigInt64Array, after: BigInt64Array): Money {
  return money(before.reduce((sum, cost, place) => (cost === after[place] ? sum : sum + cost), 0n));
}

/** The answers that one plan moves, where those before it moved some of another model. */
function withoutEarlier(all: MovedAnswers, earlier: MovedAnswers): MovedAnswers {
  return {
    output: subtract(all.output, earlier.output),
    tokens: all.tokens - earlier.tokens,
    answers: all.answers - earlier.answers,
  };
}
