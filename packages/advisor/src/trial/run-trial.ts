import { costOf, money, ZERO, type Money, type Usage } from "@farthing/ledger";
import type { Verdict } from "./agreement.ts";
import { answerOfContent, answerOfSample, type ComparedAnswer } from "./answer.ts";
import type { ParamsChange } from "./candidate-params.ts";
import type { RequestParams, Sample } from "./sample.ts";
import { TrialBudget } from "./trial-budget.ts";
import { boundOf, callsOf, type CountPrompt, type NotSentReason, type TrialCalls } from "./trial-calls.ts";
import type { TrialLimits, TrialPlan } from "./trial-plan.ts";

/** What came of a call. */
export type Sent =
  | {
      readonly kind: "answer";
      /** The message's content blocks. */
      readonly content: unknown;
      readonly servedModel: string;
      readonly stopReason: string | null;
      /** Null where it says nothing of what was used. */
      readonly usage: Usage | null;
      /** `nobody`: it was refused before any output, which is free. */
      readonly billedTo: "self" | "nobody";
      readonly latencyMs: number;
    }
  | { readonly kind: "failure"; readonly errorType: string; readonly cost: "free" | "unknown" };

/** What a trial reaches the API through. */
export interface TrialPorts {
  /** @param hasEnded Whether nothing is to be sent any more: asked before a call is made again. */
  readonly send: (params: RequestParams, hasEnded: () => boolean) => Promise<Sent>;
  readonly count: CountPrompt;
  /** Hears how many of all runs are over. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What one model did with one sample, once, without its text. */
export type SideOutcome =
  | {
      readonly kind: "answer";
      /** Whether it came with the sample. */
      readonly isRecorded: boolean;
      /** Whether it was cut off at `max_tokens`, and measures nothing; of a recorded one that is not known. */
      readonly isTruncated: boolean;
      readonly usage: Usage | null;
      /** Null where its cost is not known. */
      readonly usd: Money | null;
      /** Null where it came with the sample. */
      readonly latencyMs: number | null;
    }
  | {
      readonly kind: "failure";
      /** The API's name for why: of an error, or why a message stopped that is no answer, such as `refusal`. */
      readonly errorType: string;
    };

/** What came of asking one sample once. */
export type RunOutcome =
  | { readonly sample: number; readonly notSent: NotSentReason }
  | {
      readonly sample: number;
      readonly notSent: null;
      readonly changes: readonly ParamsChange[];
      readonly present: SideOutcome;
      readonly candidate: SideOutcome;
      readonly verdict: Verdict;
    };

export interface TrialOutcomes {
  /** In the order of the samples. */
  readonly runs: readonly RunOutcome[];
  readonly spent: Money;
  readonly callsAtUnknownCost: number;
  /** Calls that were billed more than they were taken to cost at most. After the first nothing else was sent. */
  readonly callsAboveBound: number;
}

/**
 * Asks the candidate, and where a sample has no answer yet the present model, as far as the budget reaches.
 *
 * A call is sent only while the most it can cost fits into what is left of the budget besides all calls under way. What may
 * have been billed without an answer counts with the most it can have cost.
 *
 * @throws What a port throws, once all calls under way are over: nothing is sent after it.
 */
export async function runTrial(plan: TrialPlan, limits: TrialLimits, ports: TrialPorts): Promise<TrialOutcomes> {
  const trial = new Trial(plan, new TrialBudget(limits.budget), ports);
  const all = plan.samples.flatMap((sample, place) => Array.from({ length: plan.repeat }, () => ({ sample, place })));
  const runs: RunOutcome[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) {
      const run = all[index];
      if (run === undefined || trial.hasFailed) return;
      runs[index] = await trial.ask(run.sample, run.place);
      ports.onProgress?.(++done, all.length);
    }
  };
  await onceAllAreOver(
    Array.from({ length: Math.min(limits.concurrency, all.length) }, () => trial.endingWithFailure(work)),
  );
  return trial.outcomes(runs);
}

/** A failure of one does not leave the others unheard. */
async function onceAllAreOver<T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** How an answer ends that is one: others are refused, broken off, or of a kind of tomorrow, and measure nothing. */
const WHOLE: ReadonlySet<string | null> = new Set(["end_turn", "stop_sequence", "tool_use"]);

/** Of a message that does not say why it ended. */
const NO_STOP_REASON = "no_stop_reason";

interface Called {
  readonly side: SideOutcome;
  /** Null where there is none to be compared. */
  readonly answer: ComparedAnswer | null;
}

class Trial {
  readonly #plan: TrialPlan;
  readonly #budget: TrialBudget;
  readonly #ports: TrialPorts;
  readonly #calls = new Map<number, ReturnType<typeof callsOf>>();
  #atUnknownCost = 0;
  #aboveBound = 0;
  #hasFailed = false;

  constructor(plan: TrialPlan, budget: TrialBudget, ports: TrialPorts) {
    this.#plan = plan;
    this.#budget = budget;
    this.#ports = ports;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** What it throws ends the trial. */
  async endingWithFailure<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  outcomes(runs: readonly RunOutcome[]): TrialOutcomes {
    return {
      runs,
      spent: this.#budget.spent,
      callsAtUnknownCost: this.#atUnknownCost,
      callsAboveBound: this.#aboveBound,
    };
  }

  async ask(sample: Sample, place: number): Promise<RunOutcome> {
    const calls = await this.#callsOf(sample, place);
    if (typeof calls === "string") return { sample: place, notSent: calls };
    const most = money(boundOf(calls));
    const fits = await this.#budget.setAside(most);
    // While it waited, a call may have ended the trial.
    if (this.#hasEnded()) {
      if (fits) this.#budget.settle(most, ZERO);
      return { sample: place, notSent: "bound-passed" };
    }
    if (!fits) return { sample: place, notSent: "budget" };
    const spent = { usd: 0n };
    const [candidate, present] = await onceAllAreOver([
      this.#send(calls.candidate, calls.bounds.candidate, spent),
      this.#presentOf(sample, calls, spent),
    ] as const).finally(() => {
      this.#budget.settle(most, money(spent.usd));
    });
    const verdict = await this.#verdictOf(sample, present, candidate);
    const sides = { present: present.side, candidate: candidate.side };
    return { sample: place, notSent: null, changes: calls.changes, ...sides, verdict };
  }

  /** Whether nothing is to be sent any more. After a failure nobody reads what is said of the runs left. */
  #hasEnded(): boolean {
    return this.#hasFailed || this.#aboveBound > 0;
  }

  /** What a sample takes is asked once, however often the sample is. */
  #callsOf(sample: Sample, place: number): ReturnType<typeof callsOf> {
    const known = this.#calls.get(place) ?? callsOf(sample, this.#plan, this.#ports.count);
    this.#calls.set(place, known);
    return known;
  }

  async #presentOf({ recorded }: Sample, calls: TrialCalls, spent: { usd: bigint }): Promise<Called> {
    if (recorded === null) return this.#send(calls.present ?? {}, calls.bounds.present ?? ZERO, spent);
    const { usage } = recorded;
    const usd = usage === null ? null : costOf(usage, this.#plan.from, this.#plan.now(), this.#plan.book).total;
    return {
      side: { kind: "answer", isRecorded: true, isTruncated: false, usage, usd, latencyMs: null },
      answer: orNull(() => answerOfSample(recorded.answer)),
    };
  }

  async #send(params: RequestParams, most: Money, spent: { usd: bigint }): Promise<Called> {
    const sent = await this.endingWithFailure(() => this.#ports.send(params, () => this.#hasEnded()));
    if (sent.kind === "failure") {
      if (sent.cost === "unknown") this.#spendAtMost(most, spent);
      return { side: { kind: "failure", errorType: sent.errorType }, answer: null };
    }
    const { usage, servedModel, stopReason, billedTo, latencyMs, content } = sent;
    const listed = usage === null ? null : costOf(usage, servedModel, this.#plan.now(), this.#plan.book).total;
    const usd = billedTo === "nobody" ? ZERO : listed;
    if (usd === null) this.#spendAtMost(most, spent);
    else spent.usd += usd;
    if (usd !== null && usd > most) this.#aboveBound += 1;
    const isTruncated = stopReason === "max_tokens";
    if (!isTruncated && !WHOLE.has(stopReason)) {
      return { side: { kind: "failure", errorType: stopReason ?? NO_STOP_REASON }, answer: null };
    }
    const side = { kind: "answer", isRecorded: false, isTruncated, usage, usd, latencyMs } as const;
    if (isTruncated) return { side, answer: null };
    return { side, answer: orNull(() => answerOfContent(content)) };
  }

  #spendAtMost(most: Money, spent: { usd: bigint }): void {
    this.#atUnknownCost += 1;
    spent.usd += most;
  }

  async #verdictOf({ params }: Sample, present: Called, candidate: Called): Promise<Verdict> {
    if (present.answer === null || candidate.answer === null) return "not-comparable";
    try {
      return await this.#plan.agreement.judge({ expected: present.answer, answer: candidate.answer, params });
    } catch {
      return "not-comparable";
    }
  }
}

/** An answer that cannot be written in one way, such as one with a number beyond all. The error may quote it. */
function orNull(read: () => ComparedAnswer): ComparedAnswer | null {
  try {
    return read();
  } catch {
    return null;
  }
}
