import { ZERO, type Money, type PriceBook } from "@farthing/ledger";
import type { Rewriter, Scenario } from "../trace/counterfactual-request.ts";
import { ItemSums } from "./item-sums.ts";
import { replay, type Replayable, type ReplayResult } from "./replay.ts";

/** Replays of some requests, each composition made once however often it is asked for. */
export class KeptReplays {
  readonly subject: Replayable;
  /** What the replay without any change differs by from the bill: no saving that rests on it is surer than that. */
  readonly margin: Money;
  readonly #book: PriceBook;
  readonly #numbers = new Map<Rewriter, number>();
  readonly #results = new Map<string, ReplayResult>();

  constructor(subject: Replayable, book: PriceBook, margin: Money = ZERO) {
    this.subject = subject;
    this.margin = margin;
    this.#book = book;
  }

  /** The plans composed in the order given. */
  of(plans: readonly Rewriter[], scenario: Scenario): ReplayResult {
    // Without a plan there is nothing to be uncertain about.
    const key = plans.length === 0 ? "" : `${scenario} ${plans.map((plan) => String(this.#numberOf(plan))).join(",")}`;
    const known = this.#results.get(key);
    if (known !== undefined) return known;
    const result = replay(this.subject, plans, scenario, this.#book);
    this.#results.set(key, result);
    return result;
  }

  /** What the plans' requests come to as expected, by workload and what was paid for; replayed anew each time. */
  itemsOf(plans: readonly Rewriter[], workloads: ReadonlySet<string>): ItemSums {
    const { trace, members } = this.subject;
    const items = new ItemSums(this.#book, (place) => {
      const workload = trace.requests[members[place] ?? -1]?.workload ?? null;
      return workload !== null && workloads.has(workload) ? workload : null;
    });
    replay(this.subject, plans, "expected", this.#book, items);
    return items;
  }

  #numberOf(plan: Rewriter): number {
    const known = this.#numbers.get(plan);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(plan, number);
    return number;
  }
}
