import {
  compare,
  costOf,
  divideHalfEven,
  money,
  type LineItemName,
  type Money,
  type PriceBook,
} from "@farthing/ledger";
import type { MissCause, Trace, TraceRequest } from "../trace/trace.ts";

/** Context that had been cached and was written again, by cause. */
export interface ResentSlice {
  readonly cause: MissCause;
  /** What writing it again cost. */
  readonly usd: Money;
  readonly responses: number;
  readonly tokens: number;
}

const WRITES: readonly LineItemName[] = ["cacheWrite5m", "cacheWrite1h"];

/** What a trace wrote again although it had been cached, dearest cause first. */
export function resentContextOf(trace: Trace, book: PriceBook): readonly ResentSlice[] {
  const slices = new Map<MissCause, ResentSlice>();
  for (const request of trace.requests) {
    if (request.billed.total !== null) addResent(slices, request, book);
  }
  return [...slices.values()].sort((a, b) => compare(b.usd, a.usd) || (a.cause < b.cause ? -1 : 1));
}

function addResent(slices: Map<MissCause, ResentSlice>, request: TraceRequest, book: PriceBook): void {
  const { miss } = request.prefix;
  // A prompt that got shorter is another prompt: what it wrote need not have been there before.
  if (miss === null || miss.cause === "context-replaced" || miss.tokens === 0) return;
  const cost = costOf(request.usage, request.model, request.occurredAt, book);
  const writes = cost.lines.filter(({ item, iteration }) => iteration === null && WRITES.includes(item));
  const written = writes.reduce((sum, { quantity }) => sum + quantity, 0);
  const charge = writes.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n);
  if (written === 0) return;
  const before = slices.get(miss.cause);
  slices.set(miss.cause, {
    cause: miss.cause,
    usd: money((before?.usd ?? 0n) + divideHalfEven(charge * BigInt(miss.tokens), BigInt(written))),
    responses: (before?.responses ?? 0) + 1,
    tokens: (before?.tokens ?? 0) + miss.tokens,
  });
}
