import type { Instant } from "@farthing/ledger";
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
}

/** The recorded request, unchanged; null where it has no prompt of its own to change. */
export function asRecorded(request: TraceRequest, index: number): CounterfactualRequest | null {
  const { own, prefix } = request;
  if (own === null) return null;
  return {
    origin: index,
    previous: prefix.previous,
    startedAt: request.startedAt,
    model: request.model,
    pricedAt: request.occurredAt,
    lifetime: prefix.lifetime,
    cacheable: prefix.cacheable,
    reusable: prefix.reusable,
    sharedRead: prefix.sharedRead,
    uncached: own.uncachedInput,
    output: own.output,
    outputChargeKept: false,
  };
}

export interface RewriteContext {
  readonly recorded: TraceRequest;
  readonly scenario: Scenario;
}

/** What a replay needs of a plan. */
export interface Rewriter {
  /** Set by plans that move `startedAt`: the replay then has to put requests in order again. */
  readonly movesStart?: true;
  /** `[]` drops the request, several replace it; `startedAt` may move. */
  rewrite(request: CounterfactualRequest, context: RewriteContext): readonly CounterfactualRequest[];
}
