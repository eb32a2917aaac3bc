import { subtract, ZERO, type Instant, type LedgerSettings, type PriceBook } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import { together, withinMembers } from "../portfolio/advise-together.ts";
import { replayGroups } from "../portfolio/replay-groups.ts";
import { basisOf, unproved } from "../portfolio/propose-changes.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import { KeptReplays } from "../replay/kept-replays.ts";
import { replaySubject, type ReplaySubject } from "../replay/replay-subject.ts";
import type { SharedPrefixes } from "../replay/shared-prefixes.ts";
import type { Plan, Situation } from "../strategies/strategy.ts";
import { RESPONSES_MIN } from "../thresholds.ts";
import type { PromptKnowledge } from "../trace/counterfactual-request.ts";
import type { SplitTrace } from "../trace/split-trace.ts";
import type { Trace } from "../trace/trace.ts";
import { applyAdvice, type AppliedRecommendation } from "./apply-advice.ts";
import type { ChangeComparison, Shortfall } from "./backtest.ts";

/** What became of one recommendation from the split on. */
export type Realised = Pick<ChangeComparison, "realised" | "applied" | "wordsAfter" | "shortfall">;

/** What the later requests are replayed with. */
export interface RealisedContext {
  readonly parts: SplitTrace;
  /** Of the later requests. */
  readonly shared: SharedPrefixes;
  readonly book: PriceBook;
  readonly billing: LedgerSettings["billing"];
  /** When the advice was given. */
  readonly now: Instant;
  /** Whether the later requests span enough days to say that a change would not be proposed on them. */
  readonly enoughDays: boolean;
}

/** The advice on the earlier requests. */
interface EarlierAdvice {
  readonly recommendations: readonly Recommendation[];
  readonly gaps: readonly ReplayGap[];
}

type Results = Map<Recommendation, Realised>;

/**
 * Replays the later requests of workloads that share prefixes with the changes recommended on the earlier ones, composed
 * as advice is: each change has its share on top of those before it.
 */
export function realisedSavings(
  workloads: readonly string[],
  advice: EarlierAdvice,
  context: RealisedContext,
): ReadonlyMap<Recommendation, Realised> {
  const results: Results = new Map();
  const looked = workloads.filter((workload) => isPaidPerToken(workload, context));
  const found = looked.map((workload) => ({
    workload,
    ...replaySubject(context.parts.after, workload, context.shared, context.book),
  }));
  const applied = found.map((each) => ({ ...each, replayed: replayable(each, advice, context, results) }));
  for (const group of replayGroups(applied).groups) {
    if (group.some(({ replayed }) => replayed.length > 0)) replayTogether(group, context, results);
  }
  return results;
}

/** A recommendation whose plan rewrites the later requests. */
type Replayed = AppliedRecommendation & { readonly plan: Plan };
type Found = ReplaySubject & { readonly workload: string };

/** The recommendations on a workload that can be replayed; what is to be said of the others goes to the results. */
function replayable(
  found: Found,
  { recommendations, gaps }: EarlierAdvice,
  context: RealisedContext,
  results: Results,
): readonly Replayed[] {
  const { workload, subject } = found;
  const own = recommendations.filter(({ plan }) => plan.workload === workload);
  if (own.length === 0) return [];
  const { length: count } = subject.members;
  if (count < RESPONSES_MIN) {
    for (const recommendation of own) results.set(recommendation, left(tooFew(count)));
    return [];
  }
  const knowledge = gaps.find((gap) => gap.workload === workload)?.knowledge ?? "recorded";
  const before = situationOf(context.parts.before, workload, knowledge, context);
  const after = situationOf(context.parts.after, workload, subject.knowledge, context);
  return applyAdvice(own, before, after).flatMap((each) => {
    const { recommendation, plan } = each;
    const shortfall = plan === null ? null : unprovedBy(plan, found, knowledge);
    if (plan !== null && shortfall === null) return [{ ...each, plan }];
    results.set(recommendation, shortfall === null ? notProposed(each, context.enoughDays) : left(shortfall));
    return [];
  });
}

function replayTogether(
  group: readonly (Found & { readonly replayed: readonly Replayed[] })[],
  { shared, book }: RealisedContext,
  results: Results,
): void {
  const replays = new KeptReplays(together(group, shared), book);
  const all = group.flatMap(({ replayed }) => replayed);
  const plans = group.flatMap(({ subject, replayed }) =>
    withinMembers({ subject, plans: replayed.map(({ plan }) => plan) }),
  );
  const costs = Array.from({ length: plans.length + 1 }, (_, count) => replays.of(plans.slice(0, count), "expected"));
  const unpriced = costs.at(-1)?.unpriced ?? 0;
  for (const [place, { recommendation, plan, applied }] of all.entries()) {
    const [before, after] = [costs[place], costs[place + 1]];
    const isKnown = unpriced === 0 && before !== undefined && after !== undefined;
    results.set(
      recommendation,
      isKnown
        ? {
            realised: subtract(before.total, after.total),
            applied,
            wordsAfter: plan.title === recommendation.plan.title ? null : plan.title,
            shortfall: null,
          }
        : left(noPrice(unpriced)),
    );
  }
}

function situationOf(
  trace: Trace,
  workload: string,
  knowledge: PromptKnowledge,
  { book, billing, now }: RealisedContext,
): Situation {
  const members = trace.workloads.get(workload) ?? [];
  const paysPerToken = basisOf(trace, members, billing) === "unknown" ? null : true;
  return { trace, workload, members, knowledge, book, now, paysPerToken };
}

function isPaidPerToken(workload: string, { parts: { after }, billing }: RealisedContext): boolean {
  return basisOf(after, after.workloads.get(workload) ?? [], billing) !== "subscription";
}

/** Why a plan that rests on predicted reads cannot be believed from the split on; null where it can. */
function unprovedBy(plan: Plan, found: Found, before: PromptKnowledge): Shortfall | null {
  const abstention = unproved(plan, found);
  if (abstention !== null) {
    const { reason, observed, needed } = abstention;
    return { reason, observed, needed };
  }
  return !plan.needsReplay || found.subject.knowledge === before ? null : KNOWN_OTHERWISE[before];
}

const KNOWN_OTHERWISE: Readonly<Record<PromptKnowledge, Shortfall>> = {
  blocks: {
    reason: "known-otherwise",
    observed: "its prompts are known block by block before the split, and from the bill alone after it",
    needed: "prompts known the same way on both sides",
  },
  recorded: {
    reason: "known-otherwise",
    observed: "its prompts are known from the bill alone before the split, and block by block after it",
    needed: "prompts known the same way on both sides",
  },
};

function tooFew(count: number): Shortfall {
  const observed = `${String(count)} ${count === 1 ? "response" : "responses"} from the split on`;
  return { reason: "too-few-responses", observed, needed: String(RESPONSES_MIN) };
}

/** What is said of a recommendation whose workload has no later request that is paid for per token. */
export const GONE: Realised = left({
  reason: "workload-gone",
  observed: "no response from the split on",
  needed: String(RESPONSES_MIN),
});

function notProposed({ abstention }: AppliedRecommendation, enoughDays: boolean): Realised {
  const observed = abstention?.observed ?? "nothing that it would change";
  if (!enoughDays) return left({ reason: "not-proposed", observed, needed: abstention?.needed ?? "more days" });
  return { realised: ZERO, applied: "not-proposed", wordsAfter: observed, shortfall: null };
}

function noPrice(unpriced: number): Shortfall {
  return {
    reason: "no-price",
    observed: `${String(unpriced)} ${unpriced === 1 ? "request has" : "requests have"} no price after the changes`,
    needed: null,
  };
}

function left(shortfall: Shortfall): Realised {
  return { realised: null, applied: null, wordsAfter: null, shortfall };
}
