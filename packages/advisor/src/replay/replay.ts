import {
  costOf,
  money,
  TOKEN_BUCKETS,
  ZERO,
  type Cost,
  type Money,
  type PriceBook,
  type TokenBuckets,
  type BilledUsage,
} from "@farthing/ledger";
import { RecordedCache } from "../cache/recorded-cache.ts";
import {
  asRecorded,
  type CounterfactualRequest,
  type MovedAnswers,
  type Rewriter,
  type Scenario,
} from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";

/** What a replay of some requests comes to. */
export interface ReplayResult {
  /** Cost by place in `members`; zero for requests that have no price as recorded, on every replay alike. */
  readonly costs: readonly Money[];
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
 *
 * @param members Places in the trace, in order: all requests of whole conversations.
 */
export function replay(
  trace: Trace,
  members: readonly number[],
  plans: readonly Rewriter[],
  scenario: Scenario,
  book: PriceBook,
): ReplayResult {
  const run = new Run(members.length, book);
  const moved: Rewritten[] = [];
  const mayMove = plans.some((plan) => plan.movesStart === true);
  for (const [place, index] of members.entries()) {
    const recorded = trace.requests[index];
    if (recorded === undefined) continue;
    for (const request of rewrite(recorded, index, plans, scenario)) {
      if (mayMove) moved.push({ place, recorded, request });
      else run.bill({ place, recorded, request });
    }
  }
  for (const each of moved.sort((x, y) => startOf(x) - startOf(y))) run.bill(each);
  return run.result();
}

interface Rewritten {
  /** Place in `members`. */
  readonly place: number;
  readonly recorded: TraceRequest;
  /** Null: nothing of it can be changed, it costs what it cost. */
  readonly request: CounterfactualRequest | null;
}

/** Adds up what requests cost, in the order in which they start. */
class Run {
  readonly #cache = new RecordedCache();
  readonly #book: PriceBook;
  readonly #costs: bigint[];
  #total = 0n;
  #unpriced = 0;
  #moved: MovedAnswers = { output: ZERO, tokens: 0, answers: 0 };

  constructor(size: number, book: PriceBook) {
    this.#book = book;
    this.#costs = Array.from({ length: size }, () => 0n);
  }

  bill({ place, recorded, request }: Rewritten): void {
    const asBilled = { cost: recorded.billed.total, output: ZERO };
    // The cache sees unpriced requests too: others may read what they wrote.
    const after = request === null ? asBilled : costAfter(recorded, request, this.#cache, this.#book);
    if (asBilled.cost === null) return;
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
    return { costs: this.#costs.map(money), total: money(this.#total), unpriced: this.#unpriced, moved: this.#moved };
  }
}

function rewrite(
  recorded: TraceRequest,
  index: number,
  plans: readonly Rewriter[],
  scenario: Scenario,
): readonly (CounterfactualRequest | null)[] {
  const start = asRecorded(recorded, index);
  if (start === null) return [null];
  const context = { recorded, scenario };
  return plans.reduce<readonly CounterfactualRequest[]>(
    (current, plan) => {
      const [only] = current;
      return only !== undefined && current.length === 1
        ? plan.rewrite(only, context)
        : current.flatMap((request) => plan.rewrite(request, context));
    },
    [start],
  );
}

function startOf({ recorded, request }: Rewritten): number {
  return request?.startedAt ?? recorded.startedAt;
}

function costAfter(
  recorded: TraceRequest,
  request: CounterfactualRequest,
  cache: RecordedCache,
  book: PriceBook,
): Replayed | null {
  const sameModel = request.model === recorded.model;
  const model = sameModel ? null : modelOf(request.model);
  const outcome = cache.request({
    key: request.origin,
    previous: request.previous,
    startedAt: request.startedAt,
    cacheKey: sameModel ? recorded.cacheKey : (model?.id ?? request.model),
    lifetime: request.lifetime,
    cacheable: request.cacheable,
    reusable: request.reusable,
    sharedRead: request.sharedRead,
    // What was cached as recorded was long enough; only another model has another minimum.
    minimumTokens: model?.cacheMinimumTokens ?? 0,
  });
  const own: TokenBuckets = {
    uncachedInput: request.uncached + outcome.uncached,
    ...splitWrites(recorded.own, request, outcome.written),
    cacheRead: outcome.read,
    output: request.output,
  };
  if (sameModel && request.pricedAt === recorded.occurredAt && isAsBilled(own, recorded.own)) {
    return { cost: recorded.billed.total ?? ZERO, output: ownOutputCharge(recorded.billed) };
  }
  const after = costOf(onlyOwnPart(recorded.usage, own), request.model, request.pricedAt, book);
  if (after.total === null) return null;
  const output = ownOutputCharge(after);
  const charged = request.outputChargeKept ? ownOutputCharge(recorded.billed) : output;
  const cost = after.total - output + charged + chargeOfOtherParts(recorded.billed) + request.extraCharge;
  return { cost: money(cost), output: money(output) };
}

/** Written tokens by lifetime: all of one, or in the proportion in which the recorded request wrote for both. */
export function splitWrites(
  own: TokenBuckets | null,
  { lifetime, mixedLifetimes }: Pick<CounterfactualRequest, "lifetime" | "mixedLifetimes">,
  written: number,
): Pick<TokenBuckets, "cacheWrite5m" | "cacheWrite1h"> {
  if (mixedLifetimes && own !== null) {
    const cacheWrite5m = Math.round((written * own.cacheWrite5m) / (own.cacheWrite5m + own.cacheWrite1h));
    return { cacheWrite5m, cacheWrite1h: written - cacheWrite5m };
  }
  return lifetime === "1h" ? { cacheWrite5m: 0, cacheWrite1h: written } : { cacheWrite5m: written, cacheWrite1h: 0 };
}

function isAsBilled(after: TokenBuckets, billed: TokenBuckets | null): boolean {
  return billed !== null && TOKEN_BUCKETS.every((bucket) => after[bucket] === billed[bucket]);
}

/** A usage whose answer to the request itself used other tokens; everything else stays. */
export function withOwnTokens(usage: BilledUsage, tokens: TokenBuckets): BilledUsage {
  return { ...usage, parts: usage.parts.map((part) => (part.kind === "response" ? { ...part, tokens } : part)) };
}

/** The answer to the request itself: what else was billed beside it is not a strategy's to change. */
function onlyOwnPart(usage: BilledUsage, tokens: TokenBuckets): BilledUsage {
  return { ...usage, parts: [{ kind: "response", iteration: null, model: null, tokens }] };
}

function chargeOfOtherParts(billed: Cost): bigint {
  return billed.lines.reduce((sum, { iteration, amount }) => (iteration === null ? sum : sum + (amount ?? 0n)), 0n);
}

function ownOutputCharge(cost: Cost): Money {
  return cost.lines.find((line) => line.item === "output" && line.iteration === null)?.amount ?? ZERO;
}
