import {
  add,
  compare,
  divideHalfEven,
  money,
  promptTokens,
  totalTokens,
  ZERO,
  type Cost,
  type LineItemName,
  type Money,
} from "@farthing/ledger";
import { LONG_CONTEXT_TOKENS } from "../thresholds.ts";
import type { MissCause, Trace, TraceRequest } from "../trace/trace.ts";

/** An amount and how many responses it comes from. */
export interface Slice {
  readonly name: string;
  readonly usd: Money;
  readonly responses: number;
}

/** Context that had been cached and was written again, by cause. */
export interface ResentSlice {
  readonly cause: MissCause;
  /** What writing it again cost. */
  readonly usd: Money;
  readonly responses: number;
  readonly tokens: number;
}

/** Where the money went. Slices of one list are disjoint; lists overlap each other. */
export interface WhereItWent {
  readonly byItem: readonly { readonly item: LineItemName; readonly usd: Money }[];
  readonly byWorkload: readonly Slice[];
  readonly bySession: readonly Slice[];
  readonly longContext: { readonly usd: Money; readonly responses: number };
  readonly resent: readonly ResentSlice[];
}

export function whereItWent(trace: Trace): WhereItWent {
  const items = new Map<LineItemName, Money>();
  const workloads = new Map<string, Slice>();
  const sessions = new Map<string, Slice>();
  const resent = new Map<MissCause, ResentSlice>();
  let longContext = { usd: ZERO, responses: 0 };
  for (const request of trace.requests) {
    const cost = request.billed;
    if (cost.total === null) continue;
    for (const { item, amount } of cost.lines) items.set(item, add(items.get(item) ?? ZERO, amount ?? ZERO));
    addSlice(workloads, request.workload, cost.total);
    if (request.session !== null) addSlice(sessions, request.session, cost.total);
    if (promptTokens(totalTokens(request.usage)) > LONG_CONTEXT_TOKENS) {
      longContext = { usd: add(longContext.usd, cost.total), responses: longContext.responses + 1 };
    }
    addResent(resent, request, cost);
  }
  return {
    byItem: [...items].map(([item, usd]) => ({ item, usd })).sort(byAmount),
    byWorkload: [...workloads.values()].sort(byAmount),
    bySession: [...sessions.values()].sort(byAmount),
    longContext,
    resent: [...resent.values()].sort(byAmount),
  };
}

const WRITES: readonly LineItemName[] = ["cacheWrite5m", "cacheWrite1h"];

function addSlice(slices: Map<string, Slice>, name: string, usd: Money): void {
  const before = slices.get(name);
  slices.set(name, { name, usd: add(before?.usd ?? ZERO, usd), responses: (before?.responses ?? 0) + 1 });
}

function addResent(slices: Map<MissCause, ResentSlice>, request: TraceRequest, cost: Cost): void {
  const { miss } = request.prefix;
  // A prompt that got shorter is another prompt: what it wrote need not have been there before.
  if (miss === null || miss.cause === "context-replaced" || miss.tokens === 0) return;
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

/** Largest first; equal amounts keep the order in which they were met, which is that of time. */
function byAmount(a: { readonly usd: Money }, b: { readonly usd: Money }): number {
  return compare(b.usd, a.usd);
}
