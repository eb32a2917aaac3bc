import { costOf, money, ratio, type Money, type PriceBook, type TokenBuckets } from "@farthing/ledger";
import { LIFETIME_MS } from "../cache/cache-rules.ts";
import { REPLAY_GAP_LIMIT } from "../thresholds.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import { withOwnTokens } from "./replay.ts";

/**
 * How well the caching rules alone reproduce a workload's bill.
 *
 * Every step of a conversation is predicted from the step before it and the time between them, without looking at
 * what was billed: within the lifetime it reads all that was cached, later nothing. Re-sent context whose cause the
 * rules cannot know is a line of its own, and is left as recorded here.
 */
export interface ReplayGap {
  readonly workload: string;
  /** Steps that continue a recorded one; only these can be predicted. */
  readonly steps: number;
  /** Steps whose predicted reads equal the billed ones to the token. */
  readonly exactSteps: number;
  readonly predicted: Money;
  readonly billed: Money;
  /** (predicted - billed) / billed; null where there is no step to predict. */
  readonly gap: number | null;
}

export function replayGap(trace: Trace, workload: string, members: readonly number[], book: PriceBook): ReplayGap {
  let steps = 0;
  let exactSteps = 0;
  let predicted = 0n;
  let billed = 0n;
  for (const index of members) {
    const request = trace.requests[index];
    if (request === undefined) continue;
    const cost = request.billed.total;
    if (cost === null) continue;
    billed += cost;
    const read = predictedRead(trace, request);
    if (read === null || request.own === null) {
      predicted += cost;
      continue;
    }
    steps += 1;
    if (read === request.own.cacheRead) {
      exactSteps += 1;
      predicted += cost;
    } else {
      predicted += priceWithRead(request, request.own, read, book) ?? cost;
    }
  }
  return {
    workload,
    steps,
    exactSteps,
    predicted: money(predicted),
    billed: money(billed),
    gap: steps === 0 ? null : ratio(money(predicted - billed), money(billed)),
  };
}

/** Whether a gap allows advice that rests on predicted reads. */
export function reproducesBill(gap: ReplayGap): boolean {
  return gap.gap !== null && Math.abs(gap.gap) <= REPLAY_GAP_LIMIT;
}

function predictedRead(trace: Trace, request: TraceRequest): number | null {
  const { prefix } = request;
  const previous = prefix.previous === null ? undefined : trace.requests[prefix.previous];
  if (previous === undefined || prefix.cacheable === 0) return null;
  if (prefix.resent !== null && prefix.resent.cause !== "expired") return null;
  const { lifetime, cacheable } = previous.prefix;
  const alive =
    lifetime !== null &&
    previous.model === request.model &&
    request.startedAt - previous.startedAt < LIFETIME_MS[lifetime];
  return alive ? Math.min(cacheable, prefix.cacheable) : 0;
}

function priceWithRead(request: TraceRequest, own: TokenBuckets, read: number, book: PriceBook): Money | null {
  const written = request.prefix.cacheable - read;
  const tokens: TokenBuckets = {
    ...own,
    cacheRead: read,
    cacheWrite5m: request.prefix.lifetime === "5m" ? written : 0,
    cacheWrite1h: request.prefix.lifetime === "1h" ? written : 0,
  };
  return costOf(withOwnTokens(request.usage, tokens), request.model, request.occurredAt, book).total;
}
