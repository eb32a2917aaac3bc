import { costOf, money, ZERO, type BilledUsage, type Money, type PriceBook, type TokenBuckets } from "@farthing/ledger";
import type { BeforeChange } from "../portfolio/before-change.ts";
import type { OldWay } from "../strategies/recognition.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { TraceRequest } from "../trace/trace.ts";

/** What a request would have cost without a change, and how much of that rests on what others were like before it. */
export interface CostWithout {
  readonly total: Money;
  /** Of it, what follows from how prompts were billed before. */
  readonly ofPromptsBefore: Money;
  /** Of it, what follows from how long answers were before. */
  readonly ofAnswersBefore: Money;
}

/**
 * What requests would have cost without a change, at the prices of their own instants: so that a price that has changed
 * meanwhile is nobody's saving. Null where that has no price.
 *
 * Means are given out so that whole tokens add up to them: one function for one run of requests, in their order.
 */
export function costsWithout(
  { model, terms, prompt, promptLength, answer }: OldWay,
  before: BeforeChange,
  book: PriceBook,
): (request: TraceRequest, scenario: Scenario) => CostWithout | null {
  const promptBefore = Object.values(before.prompt).reduce((total, tokens) => total + tokens, 0);
  const rest = new Remainders();
  const promptOf = (own: TokenBuckets, scenario: Scenario): Omit<TokenBuckets, "output"> => {
    if (prompt === "as-billed") return rest.whole(scenario, own, promptLength[scenario]);
    const length = prompt === "as-before" ? promptBefore / before.without : lengthOf(own) * promptLength[scenario];
    return rest.whole(scenario, before.prompt, promptBefore === 0 ? 0 : length / promptBefore);
  };
  return (request, scenario) => {
    const { own, usage } = request;
    if (own === null) return null;
    const output = answer === "as-billed" ? own.output : rest.answer(scenario, before.answers / before.without);
    const tokens = { ...promptOf(own, scenario), output };
    const cost = costOf({ ...withOwn(usage, tokens), ...terms }, model ?? request.model, request.occurredAt, book);
    if (cost.total === null) return null;
    const sumOf = (isAnswer: boolean): Money =>
      money(
        cost.lines.reduce(
          (total, { item, iteration, amount }) =>
            iteration === null && item !== "webSearch" && (item === "output") === isAnswer
              ? total + (amount ?? 0n)
              : total,
          0n,
        ),
      );
    return {
      total: cost.total,
      ofPromptsBefore: prompt === "as-billed" ? ZERO : sumOf(false),
      ofAnswersBefore: answer === "as-billed" ? ZERO : sumOf(true),
    };
  };
}

function lengthOf({ uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead }: TokenBuckets): number {
  return uncachedInput + cacheWrite5m + cacheWrite1h + cacheRead;
}

function withOwn(usage: BilledUsage, tokens: TokenBuckets): BilledUsage {
  return { ...usage, parts: usage.parts.map((part) => (part.kind === "response" ? { ...part, tokens } : part)) };
}

/** Rounds so that what is lost with one request is made up for with the next. */
class Remainders {
  readonly #lost = new Map<string, number>();

  whole(
    scenario: Scenario,
    { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead }: Omit<TokenBuckets, "output">,
    factor: number,
  ): Omit<TokenBuckets, "output"> {
    return {
      uncachedInput: this.#round(`${scenario} uncached`, uncachedInput * factor),
      cacheWrite5m: this.#round(`${scenario} 5m`, cacheWrite5m * factor),
      cacheWrite1h: this.#round(`${scenario} 1h`, cacheWrite1h * factor),
      cacheRead: this.#round(`${scenario} read`, cacheRead * factor),
    };
  }

  answer(scenario: Scenario, tokens: number): number {
    return this.#round(`${scenario} answer`, tokens);
  }

  #round(name: string, exact: number): number {
    const wanted = exact + (this.#lost.get(name) ?? 0);
    const rounded = Math.max(0, Math.round(wanted));
    this.#lost.set(name, wanted - rounded);
    return rounded;
  }
}
