import {
  money,
  subtract,
  totalCostOf,
  ZERO,
  type BilledUsage,
  type Money,
  type PriceBook,
  type PricedUsage,
  type TokenBuckets,
  type UsagePart,
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
import type { BilledAnswer, ItemSums } from "./item-sums.ts";
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

/**
 * Replays requests of a trace through plans, the cache and the price book.
 *
 * Plans only rewrite requests; hits, misses and cost are decided here, the same way for every plan.
 *
 * @param items Adds up what was paid for as well.
 */
export function replay(
  subject: Replayable,
  plans: readonly Rewriter[],
  scenario: Scenario,
  book: PriceBook,
  items: ItemSums | null = null,
): ReplayResult {
  const run = new Run(subject.members.length, book, items);
  if (plans.some((plan) => plan.movesStart === true)) {
    const moved = startsOf(subject, scenario).flatMap((start) => rewritten(start, plans, scenario));
    for (const each of moved.sort((x, y) => instantOf(x) - instantOf(y))) run.bill(each);
    return run.result();
  }
  for (const start of startsOf(subject, scenario)) {
    const only = rewrittenAlone(start, plans, scenario);
    if (only !== null) run.bill(only);
    else for (const each of rewritten(start, plans, scenario)) run.bill(each);
  }
  return run.result();
}

interface Replayed {
  readonly cost: Money;
  /** The tokens of the answer itself, and of its prompt. */
  readonly own: TokenBuckets | null;
  /** The part of it that is the answer's own output, at the model's own rates; 0 where nobody asks. */
  readonly output: Money;
  /** The part of it that is output kept as it was charged, beside what its tokens cost. */
  readonly keptOutput: Money;
}

interface Rewritten {
  /** Place in `members`; null for a neighbour. */
  readonly place: number | null;
  readonly recorded: TraceRequest;
  /** Null: nothing of it can be changed, it costs what it cost. */
  readonly request: CounterfactualRequest | null;
}

const starts = new WeakMap<Replayable, ReadonlyMap<Scenario, readonly Rewritten[]>>();

/** Requests as recorded, members and neighbours in order; made once however often they are replayed. */
function startsOf(subject: Replayable, scenario: Scenario): readonly Rewritten[] {
  const known = starts.get(subject) ?? startsByScenario(subject);
  starts.set(subject, known);
  return known.get(scenario) ?? [];
}

function startsByScenario({ trace, members, neighbours, knowledge }: Replayable): ReadonlyMap<Scenario, Rewritten[]> {
  const asSent = (index: number, place: number | null): Rewritten[] => {
    const recorded = trace.requests[index];
    return recorded === undefined ? [] : [{ place, recorded, request: asRecorded(recorded, index, knowledge) }];
  };
  const all = members.flatMap((index, place) => asSent(index, place));
  const others = neighbours.flatMap((index) => asSent(index, null));
  const expected = others.length === 0 ? all : [...all, ...others].sort((x, y) => instantOf(x) - instantOf(y));
  const dependsOnScenario = expected.some(({ request }) => request !== null && request.hitShare !== 1);
  const under = (scenario: Scenario): Rewritten[] =>
    dependsOnScenario
      ? expected.map((each) => {
          const index = each.request?.origin ?? -1;
          return { ...each, request: asRecorded(each.recorded, index, knowledge, scenario) };
        })
      : expected;
  return new Map([
    ["expected", expected],
    ["pessimistic", under("pessimistic")],
    ["optimistic", under("optimistic")],
  ]);
}

/** A request after all plans, as long as each leaves one; null where one drops it, or makes several of it. */
function rewrittenAlone(start: Rewritten, plans: readonly Rewriter[], scenario: Scenario): Rewritten | null {
  const { place, recorded } = start;
  if (start.request === null || place === null || plans.length === 0) return start;
  const context = { recorded, scenario };
  let request = start.request;
  for (const plan of plans) {
    const after = plan.rewrite(request, context);
    const [only] = after;
    if (only === undefined || after.length > 1) return null;
    request = only;
  }
  return request === start.request ? start : { place, recorded, request };
}

function rewritten(start: Rewritten, plans: readonly Rewriter[], scenario: Scenario): readonly Rewritten[] {
  const { place, recorded } = start;
  if (start.request === null || place === null) return [start];
  const context = { recorded, scenario };
  return plans
    .reduce<readonly CounterfactualRequest[]>(
      (current, plan) => current.flatMap((request) => plan.rewrite(request, context)),
      [start.request],
    )
    .map((request) => ({ place, recorded, request }));
}

function instantOf({ recorded, request }: Rewritten): number {
  return request?.startedAt ?? recorded.startedAt;
}

/** Adds up what requests cost, in the order in which they start. */
class Run {
  readonly #caches = new ReplayedCaches();
  readonly #book: PriceBook;
  readonly #items: ItemSums | null;
  readonly #costs: BigInt64Array;
  #total = 0n;
  #unpriced = 0;
  #moved: MovedAnswers = { output: ZERO, tokens: 0, answers: 0 };

  constructor(size: number, book: PriceBook, items: ItemSums | null) {
    this.#book = book;
    this.#items = items;
    this.#costs = new BigInt64Array(size);
  }

  bill({ place, recorded, request }: Rewritten): void {
    const asBilled = { cost: recorded.billed.total, own: null, output: ZERO, keptOutput: ZERO };
    // The cache sees unpriced requests too: others may read what they wrote.
    const after = request === null ? asBilled : costAfter(recorded, request, this.#caches, this.#book);
    if (place === null || asBilled.cost === null) return;
    if (after === null || after.cost === null) {
      this.#unpriced += 1;
      return;
    }
    this.#costs[place] = (this.#costs[place] ?? 0n) + after.cost;
    this.#total += after.cost;
    this.#items?.add(place, after.cost, answerOf(recorded, request, after));
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

function costAfter(
  recorded: TraceRequest,
  request: CounterfactualRequest,
  caches: ReplayedCaches,
  book: PriceBook,
): Replayed | null {
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead } = caches.bill(recorded, request);
  const own: TokenBuckets = { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output: request.output };
  if (!request.added && isPricedAsRecorded(recorded, request) && isAsBilled(own, recorded.own)) {
    return {
      cost: money((recorded.billed.total ?? ZERO) + request.extraCharge),
      own,
      output: recorded.billed.output,
      keptOutput: ZERO,
    };
  }
  const { model, pricedAt, outputChargeKept, extraCharge } = request;
  const usage = onlyOwnPart(recorded.usage, own, request);
  const after = totalCostOf(usage, model, pricedAt, book);
  if (after === null) return null;
  const isOutputAsked = outputChargeKept || model !== recorded.model;
  const output = isOutputAsked ? subtract(after, withoutOutput(usage, own, request, book)) : ZERO;
  const keptOutput = outputChargeKept ? subtract(recorded.billed.output, output) : ZERO;
  const beside = request.added ? 0n : recorded.billed.beside;
  return { cost: money(after + keptOutput + beside + extraCharge), own, output, keptOutput };
}

/** What of a request is priced by the token; null where only its bill is known. */
function answerOf(
  { usage }: TraceRequest,
  request: CounterfactualRequest | null,
  { own, keptOutput }: Pick<Replayed, "own" | "keptOutput">,
): BilledAnswer | null {
  if (request === null || own === null) return null;
  return {
    usage: onlyOwnPart(usage, own, request),
    model: request.model,
    pricedAt: request.pricedAt,
    keptOutput,
    notClaimed: money(request.extraCharge),
  };
}

/** What all but the output costs; outputs are paid by the token. */
function withoutOutput(
  usage: PricedUsage,
  own: TokenBuckets,
  { model, pricedAt }: CounterfactualRequest,
  book: PriceBook,
): Money {
  return totalCostOf({ ...usage, parts: [ownPart({ ...own, output: 0 })] }, model, pricedAt, book) ?? ZERO;
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
  return (
    billed !== null &&
    after.cacheRead === billed.cacheRead &&
    after.uncachedInput === billed.uncachedInput &&
    after.cacheWrite5m === billed.cacheWrite5m &&
    after.cacheWrite1h === billed.cacheWrite1h &&
    after.output === billed.output
  );
}

/** The answer to the request itself: what else was billed beside it is not a strategy's to change. */
function onlyOwnPart(
  { notes }: BilledUsage,
  own: TokenBuckets,
  { terms, webSearches }: CounterfactualRequest,
): PricedUsage {
  const { serviceTier, speed, inferenceGeo } = terms;
  return { parts: [ownPart(own)], webSearchRequests: webSearches, serviceTier, speed, inferenceGeo, notes };
}

function ownPart(tokens: TokenBuckets): UsagePart {
  return { kind: "response", iteration: null, model: null, tokens };
}
