import type { Instant, Money } from "@farthing/ledger";
import type { CacheLifetime } from "../cache/cache-rules.ts";
import type { TraceRequest } from "./trace.ts";

/** Which end of the stated uncertainties a replay assumes; `optimistic` is the one that saves more. */
export type Scenario = "pessimistic" | "expected" | "optimistic";

/** A request as a strategy may change it; everything else about it stays as recorded. */
export interface CounterfactualRequest {
  /** Place in the trace of the recorded request it stands for. */
  readonly origin: number;
  /** Place of the request it continues. */
  readonly previous: number | null;
  readonly startedAt: Instant;
  /** Decides price; any id the price book knows. */
  readonly model: string;
  /** When it is priced: as recorded, or today for a model that did not exist then. */
  readonly pricedAt: Instant;
  readonly lifetime: CacheLifetime | null;
  /** Writes for both lifetimes, in the recorded proportion; else all for `lifetime`. */
  readonly mixedLifetimes: boolean;
  readonly cacheable: number;
  readonly reusable: number;
  readonly sharedRead: number;
  readonly uncached: number;
  readonly output: number;
  /**
   * Keeps the recorded charge for output, whatever the model: used where the recorded output is only a lower bound,
   * so that neither a saving nor a loss is computed from it.
   */
  readonly outputChargeKept: boolean;
  /** Added to its cost, in picodollars: what a change must not claim, such as a price cut that came anyway. */
  readonly extraCharge: bigint;
}

/**
 * The recorded request, unchanged; null where nothing of it can be changed: it has no prompt of its own, or it ran on
 * the prepaid priority tier, where using less costs no less.
 */
export function asRecorded(request: TraceRequest, index: number): CounterfactualRequest | null {
  const { own, prefix } = request;
  if (own === null || request.usage.serviceTier === "priority") return null;
  return {
    origin: index,
    previous: prefix.previous,
    startedAt: request.startedAt,
    model: request.model,
    pricedAt: request.occurredAt,
    lifetime: prefix.lifetime,
    mixedLifetimes: own.cacheWrite5m > 0 && own.cacheWrite1h > 0,
    cacheable: prefix.cacheable,
    reusable: prefix.reusable,
    sharedRead: prefix.sharedRead,
    uncached: own.uncachedInput,
    output: own.output,
    outputChargeKept: false,
    extraCharge: 0n,
  };
}

export interface RewriteContext {
  readonly recorded: TraceRequest;
  readonly scenario: Scenario;
}

/** What the output of answers comes to at the model that would have given them. */
export interface MovedAnswers {
  readonly output: Money;
  readonly tokens: number;
  readonly answers: number;
}

/** What a replay needs of a plan. */
export interface Rewriter {
  /** Set by plans that move `startedAt`: the replay then has to put requests in order again. */
  readonly movesStart?: true;
  /** `[]` drops the request, several replace it; `startedAt` may move. */
  rewrite(request: CounterfactualRequest, context: RewriteContext): readonly CounterfactualRequest[];
}
