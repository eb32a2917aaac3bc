import type { Instant, Money, OutcomeRow, PriceBook, TrialRecorded } from "@farthing/ledger";
import type { MovedAnswers, PromptKnowledge, Rewriter } from "../trace/counterfactual-request.ts";
import type { Trace } from "../trace/trace.ts";
import type { AdvisedChange, Recognition, Unrecognised } from "./recognition.ts";

/** Who can make a change, and where. */
export type Lever = "code" | "claude-code-setting" | "habit" | "administrator";

/** What a change may do to answers: nothing, bring them later, or make others of them. Ascending. */
export const RISKS = ["none", "later-answers", "other-answers"] as const;
export type Risk = (typeof RISKS)[number];

/** What a change takes: one setting or parameter, some lines where the call is made, or work on the service. Ascending. */
export const EFFORTS = ["setting", "lines", "rework"] as const;
export type Effort = (typeof EFFORTS)[number];

/** The most that a change may risk, and take. */
export interface PlanLimits {
  readonly risk: Risk;
  readonly effort: Effort;
}

/** A change in words and figures, without what replays it: what a report shows and keeps. */
export interface PlanFacts {
  readonly strategy: string;
  readonly workload: string;
  /** What of the workload it changes where that is not all of it, such as one model; else "". */
  readonly subject: string;
  /** One line for a report's table, such as `1h cache -> 5m`. */
  readonly title: string;
  readonly lever: Lever;
  /** False: the change can alter answers, and needs a quality test. Follows from `risk`. */
  readonly answersUnchanged: boolean;
  readonly risk: Risk;
  readonly effort: Effort;
  /** What to change, and where. */
  readonly change: string;
  /** How to take it back. */
  readonly undo: string;
  /** What the range allows for, in words. */
  readonly uncertainty: string;
  /** Set where answers were held against the present ones on a user's own samples. */
  readonly tried?: true;
  /** Set where it is about what a cache reads, writes and forgets. */
  readonly aboutCache?: true;
  /** Whether its saving depends on predicted cache reads, and so on a replay that reproduces the bill. */
  readonly needsReplay: boolean;
  /** What requests are to carry, such as the id of a model, by which the change is recognised; absent: nothing beside the strategy and its subject. */
  readonly target?: string;
}

/** A change that can be replayed. It rewrites requests; what they then cost is not for it to decide. */
export interface Plan extends Omit<PlanFacts, "answersUnchanged">, Rewriter {
  /** Plans of one group exclude each other. */
  readonly conflictGroup: string | null;
  /**
   * Set where its rewrite holds for any request of the workload, whenever it was sent; else only for those it was
   * prepared on.
   */
  readonly forAnyRequest?: true;
  /** What would cancel the saving, in words; null where nothing plausible does. */
  breakEven(outcome: PlanOutcome): string | null;
}

/** What the replay found for a plan, for its break-even. */
export interface PlanOutcome {
  readonly saving: Money;
  /** The saving at the worse end of the stated uncertainties. */
  readonly pessimisticSaving: Money;
  /** What the requests that it makes dearer or cheaper cost before it. */
  readonly before: Money;
  /** The answers another model gave, at its own rates. */
  readonly moved: MovedAnswers;
}

/** A count that has grown so far: between which instants, to what, and to what it has to grow. */
export interface Growth {
  readonly first: Instant;
  readonly last: Instant;
  readonly count: number;
  readonly needed: number;
}

/** Why there is no advice, with what was seen and what is needed. */
export interface Abstention {
  readonly strategy: string;
  readonly workload: string;
  readonly reason: string;
  readonly observed: string;
  readonly needed: string | null;
  /** What waiting changes, from which follows when there may be an answer; null where it changes nothing. */
  readonly growth: Growth | null;
}

/** What a strategy may look at: one workload of the trace. */
export interface Situation {
  readonly trace: Trace;
  readonly workload: string;
  /** Places of the workload's requests in the trace. */
  readonly members: readonly number[];
  /** How its prompts are known in the replay. */
  readonly knowledge: PromptKnowledge;
  readonly book: PriceBook;
  readonly now: Instant;
  /** Whether these requests are paid per token; null while the user has not said. */
  readonly paysPerToken: boolean | null;
  /** What a success cost, by model and workload; absent where no outcomes were recorded. */
  readonly outcomes?: readonly OutcomeRow[];
  /** What was tried on samples of the user's own, of any workload; absent where nothing was. */
  readonly trials?: readonly TrialRecorded[];
}

/**
 * One change that someone can make. It knows the trace only: it says how requests would differ, the replay says what
 * that costs. Returns nothing where it does not apply at all.
 */
export interface Strategy {
  readonly name: string;
  prepare(situation: Situation): readonly (Plan | Abstention)[];
  /** How it is recognised in later requests that somebody made a change it proposed. */
  recognise(change: AdvisedChange): Recognition | Unrecognised;
}

export function isPlan(proposal: Plan | Abstention): proposal is Plan {
  return "rewrite" in proposal;
}

/** Whether a change leaves answers as they are, perhaps later; else it needs a quality test. */
export function leavesAnswersUnchanged({ risk }: Pick<PlanFacts, "risk">): boolean {
  return risk !== "other-answers";
}

/** A plan without what replays it. */
export function factsOf(plan: Plan): PlanFacts {
  const { strategy, workload, subject, title, lever, risk, effort } = plan;
  const { change, undo, uncertainty, tried, aboutCache, needsReplay, target } = plan;
  return {
    strategy,
    workload,
    subject,
    title,
    lever,
    answersUnchanged: leavesAnswersUnchanged(plan),
    risk,
    effort,
    change,
    undo,
    uncertainty,
    ...(tried === undefined ? {} : { tried }),
    ...(aboutCache === undefined ? {} : { aboutCache }),
    needsReplay,
    ...(target === undefined ? {} : { target }),
  };
}
