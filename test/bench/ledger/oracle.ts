import { PERIOD, DAY } from "./workloads.ts";
import type { Tokens, Turn } from "./turn.ts";

/** Rates in picodollars per token: uncached input, 5m write, 1h write, read, output. */
type Rates = readonly [number, number, number, number, number];

/** What the ledger's requests come to, worked out one by one while they are made and without any of the ledger's code. */
interface Totals {
  requests: number;
  unpricedRequests: number;
  lowerBoundRequests: number;
  failed: number;
  failedAtUnknownCost: number;
  notBilledRequests: number;
  conflicts: number;
  corrected: number;
  tokens: Tokens;
  thinking: number;
  usd: bigint;
}

/** One group's part of the totals. */
export interface GroupTotals {
  requests: number;
  usd: bigint;
}

export interface Oracle {
  readonly totals: Totals;
  readonly by: Readonly<Record<GroupName, ReadonlyMap<string, GroupTotals>>>;
}

type GroupName = "day" | "model" | "service" | "workload";

export function newOracle(): Oracle & { readonly by: Record<GroupName, Map<string, GroupTotals>> } {
  const tokens = { uncachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };
  return {
    totals: {
      requests: 0,
      unpricedRequests: 0,
      lowerBoundRequests: 0,
      failed: 0,
      failedAtUnknownCost: 0,
      notBilledRequests: 0,
      conflicts: 0,
      corrected: 0,
      tokens,
      thinking: 0,
      usd: 0n,
    },
    by: { day: new Map(), model: new Map(), service: new Map(), workload: new Map() },
  };
}

/** Counts a request, once, however often it is seen. */
export function countTurn({ totals, by }: ReturnType<typeof newOracle>, turn: Turn): void {
  if (turn.fate === "failed-free" || turn.fate === "failed-unknown") {
    totals.failed += 1;
    totals.failedAtUnknownCost += turn.fate === "failed-unknown" ? 1 : 0;
    return;
  }
  if (turn.fate === "refused") {
    totals.notBilledRequests += 1;
    return;
  }
  const cost = costOf(turn);
  totals.requests += 1;
  totals.unpricedRequests += cost === null ? 1 : 0;
  totals.lowerBoundRequests += turn.fate === "interrupted" ? 1 : 0;
  totals.usd += BigInt(cost ?? 0);
  totals.thinking += turn.thinkingTokens ?? 0;
  totals.tokens = addTokens(totals.tokens, turn.tokens);
  const day = new Date(Math.floor(turn.occurredAt / DAY) * DAY).toISOString().slice(0, 10);
  const groups = { day, model: turn.model, service: turn.workload.service, workload: turn.workload.name };
  for (const name of ["day", "model", "service", "workload"] as const) addGroup(by[name], groups[name], 1, cost ?? 0);
}

/** Two writers' totals as one. */
export function addOracle(into: ReturnType<typeof newOracle>, from: Oracle): void {
  const { tokens, ...counts } = from.totals;
  const totals: Record<string, unknown> = { ...into.totals };
  for (const [name, value] of Object.entries(counts)) {
    const held = totals[name];
    totals[name] = typeof value === "bigint" ? (held as bigint) + value : Number(held) + value;
  }
  Object.assign(into.totals, totals, { tokens: addTokens(into.totals.tokens, tokens) });
  for (const name of ["day", "model", "service", "workload"] as const) {
    for (const [value, { requests, usd }] of from.by[name]) addGroup(into.by[name], value, requests, usd);
  }
}

function addGroup(groups: Map<string, GroupTotals>, value: string, requests: number, usd: number | bigint): void {
  const held = groups.get(value);
  if (held === undefined) groups.set(value, { requests, usd: BigInt(usd) });
  else {
    held.requests += requests;
    held.usd += BigInt(usd);
  }
}

function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    uncachedInput: a.uncachedInput + b.uncachedInput,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    cacheRead: a.cacheRead + b.cacheRead,
    output: a.output + b.output,
  };
}

/** Picodollars, exact: no request here comes near 2^53 of them. Null where the model has no price. */
function costOf({ model, occurredAt, tokens, tier, speed, geography }: Turn): number | null {
  const prompt = tokens.uncachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead;
  const rates = ratesOf(model, (occurredAt - PERIOD.start) / DAY, speed === "fast", prompt);
  if (rates === null) return null;
  const counts = [tokens.uncachedInput, tokens.cacheWrite5m, tokens.cacheWrite1h, tokens.cacheRead, tokens.output];
  const sum = counts.reduce((cost, count, index) => cost + count * (rates[index] ?? 0), 0);
  const batched = tier === "batch" ? sum / 2 : sum;
  // The rates are multiples of 20, so that neither factor leaves a fraction.
  return geography === "us" ? (batched * 11) / 10 : batched;
}

/** List prices of the models used, from platform.claude.com as read on 2026-11-10; days count from 2026-08-20. */
function ratesOf(model: string, day: number, fast: boolean, promptTokens: number): Rates | null {
  switch (model) {
    case "claude-opus-5":
      return fast ? perMTok(10, 12.5, 20, 1, 50) : perMTok(5, 6.25, 10, 0.5, 25);
    case "claude-opus-5-5":
      return fast ? perMTok(8, 10, 16, 0.4, 40) : perMTok(4, 5, 8, 0.2, 20);
    case "claude-sonnet-5":
      return perMTok(2, 2.5, 4, 0.2, 10);
    case "claude-sonnet-5-5":
      // Its cache reads became cheaper on 2026-10-07.
      return perMTok(2, 2.5, 4, day < 48 ? 0.2 : 0.1, 10);
    case "claude-haiku-4-5":
      return perMTok(1, 1.25, 2, 0.1, 5);
    case "claude-haiku-5-5":
      return promptTokens > 100_000 ? perMTok(0.5, 0.625, 1, 0.05, 2.5) : perMTok(0.1, 0.125, 0.2, 0.01, 0.5);
    default:
      return null;
  }
}

function perMTok(...usd: readonly [number, number, number, number, number]): Rates {
  const [input, write5m, write1h, read, output] = usd.map((rate) => Math.round(rate * 1_000_000));
  return [input ?? 0, write5m ?? 0, write1h ?? 0, read ?? 0, output ?? 0];
}
