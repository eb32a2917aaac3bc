import {
  costOf,
  money,
  TOKEN_BUCKETS,
  ZERO,
  type BilledUsage,
  type Money,
  type PriceBook,
  type TokenBuckets,
} from "@farthing/ledger";
import {
  asRecorded,
  type CounterfactualRequest,
  type MovedAnswers,
  type PromptKnowledge,
  type Rewriter,
  type Scenario,
} from "../trace/counterfactual-request.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import { ownOutputCharge } from "../trace/billed-cost.ts";
import { ReplayedCaches } from "./replayed-caches.ts";

/** Requests that are replayed together. */
export interface Replayable {
  readonly trace: Trace;
  /** Places in the trace, in order: all requests of whole conversations. */
  readonly members: readonly number[];
  /** Places of requests of others that share prefixes with them: they keep these alive, and cost nothing here. */
  readonly neighbours: readonly number[];
  readonly knowledge: PromptKnowledge;
}

/** What a replay of some requests comes to. */
export interface ReplayResult {
  /** Picodollars by place in `members`; zero for requests that have no price as recorded, on every replay alike. */
  readonly costs: BigInt64Array;
  readonly total: Money;
  /** Requests without a price after the change: the plans do not fit them, and the total means nothing. */
  readonly unpriced: number;
  /** Answers that another model gave than recorded. */
  readonly moved: MovedAnswers;
}

interface Replayed {
  readonly cost: Money;
  /** The part of it that is the answer's own output, at the model's own rates. */
  readonly output: Money;
}

/**
 * Replays requests of a trace through plans, the cache and the price book.
 *
 * Plans only rewrite requests; hits, misses and cost are decided here, the same way for every plan.
 */
export function replay(
  { trace, members, neighbours, knowledge }: Replayable,
  plans: readonly Rewriter[],
  scenario: Scenario,
  book: PriceBook,
): ReplayResult {
  const run = new Run(members.length, book);
  const others = neighbours.flatMap((index) => rewritten(trace, { index, place: null, knowledge }, [], scenario));
  const mayMove = others.length > 0 || plans.some((plan) => plan.movesStart === true);
  const moved: Rewritten[] = others;
  for (const [place, index] of members.entries()) {
    for (const each of rewritten(trace, { index, place, knowledge }, plans, scenario)) {
      if (mayMove) moved.push(each);
      else run.bill(each);
    }
  }
  for (const each of moved.sort((x, y) => startOf(x) - startOf(y))) run.bill(each);
  return run.result();
}

interface Rewritten {
  /** Place in `members`; null for a neighbour. */
  readonly place: number | null;
  readonly recorded: TraceRequest;
  /** Null: nothing of it can be changed, it costs what it cost. */
  readonly request: CounterfactualRequest | null;
}

/** Adds up what requests cost, in the order in which they start. */
class Run {
  readonly #caches = new ReplayedCaches();
  readonly #book: PriceBook;
  readonly #costs: BigInt64Array;
  #total = 0n;
  #unpriced = 0;
  #moved: MovedAnswers = { output: ZERO, tokens: 0, answers: 0 };

  constructor(size: number, book: PriceBook) {
    this.#book = book;
    this.#costs = new BigInt64Array(size);
  }

  bill({ place, recorded, request }: Rewritten): void {
    const asBilled = { cost: recorded.billed.total, output: ZERO };
    // The cache sees unpriced requests too: others may read what they wrote.
    const after = request === null ? asBilled : costAfter(recorded, request, this.#caches, this.#book);
    if (place === null || asBilled.cost === null) return;
    if (after === null || after.cost === null) {
      this.#unpriced += 1;
      return;
    }
    this.#costs[place] = (this.#costs[place] ?? 0n) + after.cost;
    this.#total += after.cost;
    if (request !== null && request.model !== recorded.model) {
      this.#moved = {
        output: money(this.#moved.output + after.output),
        tokens: this.#moved.tokens + request.output,
        answers: this.#moved.answers + 1,
      };
    }
  }

  result(): ReplayResult {
    return { costs: this.#costs, total: money(this.#total), unpriced: this.#unpriced, moved: this.#moved };
  }
}

function rewritten(
  trace: Trace,
  {
    index,
    place,
    knowledge,
  }: { readonly index: number; readonly place: number | null; readonly knowledge: PromptKnowledge },
  plans: readonly Rewriter[],
  scenario: Scenario,
): Rewritten[] {
  const recorded = trace.requests[index];
  if (recorded === undefined) return [];
  const start = asRecorded(recorded, index, knowledge, scenario);
  if (start === null) return [{ place, recorded, request: null }];
  const context = { recorded, scenario };
  return plans
    .reduce<readonly CounterfactualRequest[]>(
      (current, plan) => {
        const [only] = current;
        return only !== undefined && current.length === 1
          ? plan.rewrite(only, context)
          : current.flatMap((request) => plan.rewrite(request, context));
      },
      [start],
    )
    .map((request) => ({ place, recorded, request }));
}

function startOf({ recorded, request }: Rewritten): number {
  return request?.startedAt ?? recorded.startedAt;
}

function costAfter(
  recorded: TraceRequest,
  request: CounterfactualRequest,
  caches: ReplayedCaches,
  book: PriceBook,
): Replayed | null {
  const own: TokenBuckets = { ...caches.bill(recorded, request), output: request.output };
  if (!request.added && isPricedAsRecorded(recorded, request) && isAsBilled(own, recorded.own)) {
    return {
      cost: money((recorded.billed.total ?? ZERO) + request.extraCharge),
      output: recorded.billed.output,
    };
  }
  const after = costOf(onlyOwnPart(recorded.usage, own, request), request.model, request.pricedAt, book);
  if (after.total === null) return null;
  const output = ownOutputCharge(after);
  const charged = request.outputChargeKept ? recorded.billed.output : output;
  const beside = request.added ? 0n : recorded.billed.beside;
  const cost = after.total - output + charged + beside + request.extraCharge;
  return { cost: money(cost), output: money(output) };
}

function isPricedAsRecorded(recorded: TraceRequest, request: CounterfactualRequest): boolean {
  const { usage } = recorded;
  const { serviceTier, speed, inferenceGeo } = request.terms;
  return (
    request.model === recorded.model &&
    request.pricedAt === recorded.occurredAt &&
    request.webSearches === usage.webSearchRequests &&
    serviceTier === usage.serviceTier &&
    speed === usage.speed &&
    inferenceGeo === usage.inferenceGeo
  );
}

function isAsBilled(after: TokenBuckets, billed: TokenBuckets | null): boolean {
  return billed !== null && TOKEN_BUCKETS.every((bucket) => after[bucket] === billed[bucket]);
}

/** The answer to the request itself: what else was billed beside it is not a strategy's to change. */
function onlyOwnPart(
  usage: BilledUsage,
  tokens: TokenBuckets,
  { terms, webSearches }: CounterfactualRequest,
): BilledUsage {
  const parts = [{ kind: "response" as const, iteration: null, model: null, tokens }];
  return { ...usage, ...terms, webSearchRequests: webSearches, parts };
}
