import { costOf, money, type Cost, type Money, type PriceBook, type TokenBuckets, type Usage } from "@farthing/ledger";
import { RecordedCache, type CacheOutcome } from "../cache/recorded-cache.ts";
import {
  asRecorded,
  type CounterfactualRequest,
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

  constructor(size: number, book: PriceBook) {
    this.#book = book;
    this.#costs = Array.from({ length: size }, () => 0n);
  }

  bill({ place, recorded, request }: Rewritten): void {
    if (recorded.billed.total === null) return;
    const cost = request === null ? recorded.billed.total : costAfter(recorded, request, this.#cache, this.#book);
    if (cost === null) {
      this.#unpriced += 1;
      return;
    }
    this.#costs[place] = (this.#costs[place] ?? 0n) + cost;
    this.#total += cost;
  }

  result(): ReplayResult {
    return { costs: this.#costs.map(money), total: money(this.#total), unpriced: this.#unpriced };
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
): Money | null {
  const sameModel = request.model === recorded.model;
  const model = modelOf(request.model);
  const outcome = cache.request({
    key: request.origin,
    previous: request.previous,
    startedAt: request.startedAt,
    model: model?.id ?? request.model,
    lifetime: request.lifetime,
    cacheable: request.cacheable,
    reusable: request.reusable,
    sharedRead: request.sharedRead,
    // What was cached as recorded was long enough; only another model has another minimum.
    minimumTokens: sameModel ? 0 : (model?.cacheMinimumTokens ?? 0),
  });
  const own = tokensAfter(recorded, request, outcome);
  if (sameModel && request.pricedAt === recorded.occurredAt && isAsBilled(own, recorded.own)) {
    return recorded.billed.total;
  }
  const after = costOf(withOwnTokens(recorded.usage, own), request.model, request.pricedAt, book);
  if (after.total === null || !request.outputChargeKept) return after.total;
  return money(after.total - ownOutputCharge(after) + ownOutputCharge(recorded.billed));
}

function tokensAfter(recorded: TraceRequest, request: CounterfactualRequest, outcome: CacheOutcome): TokenBuckets {
  return {
    uncachedInput: request.uncached + outcome.uncached,
    ...writtenTokens(recorded, request, outcome.written),
    cacheRead: outcome.read,
    output: request.output,
  };
}

/** Written tokens by lifetime: as recorded where nothing about them changed, since one request can write both. */
function writtenTokens(
  { own, prefix }: TraceRequest,
  request: CounterfactualRequest,
  written: number,
): Pick<TokenBuckets, "cacheWrite5m" | "cacheWrite1h"> {
  if (own !== null && request.lifetime === prefix.lifetime && written === own.cacheWrite5m + own.cacheWrite1h) {
    return { cacheWrite5m: own.cacheWrite5m, cacheWrite1h: own.cacheWrite1h };
  }
  return request.lifetime === "1h"
    ? { cacheWrite5m: 0, cacheWrite1h: written }
    : { cacheWrite5m: written, cacheWrite1h: 0 };
}

function isAsBilled(after: TokenBuckets, billed: TokenBuckets | null): boolean {
  return (
    billed !== null &&
    after.cacheRead === billed.cacheRead &&
    after.cacheWrite5m === billed.cacheWrite5m &&
    after.cacheWrite1h === billed.cacheWrite1h &&
    after.uncachedInput === billed.uncachedInput &&
    after.output === billed.output
  );
}

/** A usage whose answer to the request itself used other tokens; everything else stays. */
export function withOwnTokens(usage: Usage, tokens: TokenBuckets): Usage {
  return { ...usage, parts: usage.parts.map((part) => (part.kind === "response" ? { ...part, tokens } : part)) };
}

function ownOutputCharge(cost: Cost): bigint {
  return cost.lines.find((line) => line.item === "output" && line.iteration === null)?.amount ?? 0n;
}
