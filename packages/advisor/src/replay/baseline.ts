import { money, ratio, totalCostOf, ZERO, type Money, type PriceBook } from "@farthing/ledger";
import { RecordedCache } from "../cache/recorded-cache.ts";
import { REPLAY_GAP_LIMIT, UNEXPLAINED_STEPS_LIMIT } from "../thresholds.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import { splitWrites, withOwnTokens } from "./replay.ts";

/**
 * How well the caching rules alone reproduce a workload's bill.
 *
 * The same cache that judges changes predicts every step of a conversation from the step before it and the time
 * between them: within the lifetime it reads all that was cached, later nothing. Steps that break this rule for a
 * reason the record does not hold are counted apart, with their own limit, and left as recorded before and after
 * every change.
 */
export interface ReplayGap {
  readonly workload: string;
  /** Steps that continue a recorded one and were predicted. */
  readonly steps: number;
  /** Steps whose predicted reads equal the billed ones to the token. */
  readonly exactSteps: number;
  /** Steps left as recorded: a prefix that had to be alive was not read, and nothing says why. */
  readonly unexplainedSteps: number;
  /** What these steps came to more than predicted. */
  readonly unexplained: Money;
  readonly predicted: Money;
  readonly billed: Money;
  /** (predicted - billed) / billed; null where there is no step to predict. */
  readonly gap: number | null;
}

export function replayGap(trace: Trace, workload: string, members: readonly number[], book: PriceBook): ReplayGap {
  const cache = new RecordedCache();
  const sums = { steps: 0, exactSteps: 0, unexplainedSteps: 0, unexplained: 0n, predicted: 0n, billed: 0n };
  for (const index of members) {
    const request = trace.requests[index];
    if (request === undefined) continue;
    const read = predictRead(cache, index, request);
    const billed = request.billed.total;
    if (billed === null) continue;
    sums.billed += billed;
    const predicted = read === null ? billed : (priceWithRead(request, read, book) ?? billed);
    if (read === null || request.prefix.miss?.cause === "diagnosed") {
      // Nothing to predict, or the API itself has said why it was missed.
      sums.predicted += billed;
    } else if (isUnexplained(request)) {
      sums.unexplainedSteps += 1;
      sums.unexplained += billed - predicted;
      sums.predicted += billed;
    } else {
      sums.steps += 1;
      if (read === request.own?.cacheRead) sums.exactSteps += 1;
      sums.predicted += predicted;
    }
  }
  const { steps, exactSteps, unexplainedSteps } = sums;
  const [unexplained, predicted, billed] = [money(sums.unexplained), money(sums.predicted), money(sums.billed)];
  const gap = steps === 0 ? null : ratio(money(predicted - billed), billed);
  return { workload, steps, exactSteps, unexplainedSteps, unexplained, predicted, billed, gap };
}

/** Whether the rules explain a workload well enough for advice that rests on predicted reads. */
export function reproducesBill(replayed: ReplayGap): boolean {
  return (
    replayed.gap !== null &&
    Math.abs(replayed.gap) <= REPLAY_GAP_LIMIT &&
    unexplainedShare(replayed) <= UNEXPLAINED_STEPS_LIMIT
  );
}

/** Steps that no rule explains, of all that continue a recorded one. */
export function unexplainedShare({ steps, unexplainedSteps }: ReplayGap): number {
  return unexplainedSteps === 0 ? 0 : unexplainedSteps / (steps + unexplainedSteps);
}

/** What the rules let a step read; null where it continues nothing that was recorded. */
function predictRead(cache: RecordedCache, key: number, request: TraceRequest): number | null {
  const { previous, lifetime, cacheable } = request.prefix;
  const first = previous === null;
  const { read } = cache.request({
    key,
    previous,
    startedAt: request.startedAt,
    cacheKey: request.cacheKey,
    lifetime,
    cacheable,
    reusable: cacheable,
    sharedRead: first ? (request.own?.cacheRead ?? 0) : 0,
    minimumTokens: 0,
  });
  return first || cacheable === 0 ? null : read;
}

function isUnexplained({ prefix: { miss } }: TraceRequest): boolean {
  return miss !== null && (miss.cause === "not-recorded" || miss.cause === "context-replaced");
}

function priceWithRead(request: TraceRequest, read: number, book: PriceBook): Money | null {
  const { own, prefix } = request;
  if (own === null) return ZERO;
  const mixedLifetimes = own.cacheWrite5m > 0 && own.cacheWrite1h > 0;
  const tokens = {
    ...own,
    cacheRead: read,
    ...splitWrites(own, { lifetime: prefix.lifetime, mixedLifetimes }, prefix.cacheable - read),
  };
  return totalCostOf(withOwnTokens(request.usage, tokens), request.model, request.occurredAt, book);
}
