import { matchModel, TOKEN_BUCKETS, type CostDriverRow, type TokenBucket, type TokenRates } from "@farthing/ledger";

type Counts = Readonly<Record<TokenBucket, bigint>>;

/** Tokens and what they cost, in picodollars. */
export interface TokenUsage {
  readonly tokens: Counts;
  /** At standard rates for short prompts. */
  readonly shortUsd: Counts;
  /** At standard rates for prompts as long as they were. */
  readonly standardUsd: Counts;
  /** As they were billed. */
  readonly usd: Counts;
}

/** What requests come to. */
export interface Usage {
  readonly requests: bigint;
  readonly own: TokenUsage;
  /** Standard rates for short prompts, each request's counted once: for buckets that no request used. */
  readonly rates: Counts;
  /** The rate of uncached input, each request's counted once: as it was billed, and at the standard tier. */
  readonly paidRate: bigint;
  readonly standardRate: bigint;
  /** Further passes over a model within the requests. */
  readonly further: TokenUsage;
  readonly searchesUsd: bigint;
}

/** Requests with one model at one tier; see `CostDriverRow.tier`. */
export interface UnitUsage extends Usage {
  readonly model: string;
  readonly tier: string;
}

/** The priced usage of one workload. */
export interface GroupUsage {
  /** Billed responses that ended as they should. */
  readonly complete: readonly UnitUsage[];
  /** Billed responses whose stream ended early. */
  readonly interrupted: readonly UnitUsage[];
}

export const NO_GROUP: GroupUsage = { complete: [], interrupted: [] };

const NO_TOKENS: TokenUsage = {
  tokens: byBucket(() => 0n),
  shortUsd: byBucket(() => 0n),
  standardUsd: byBucket(() => 0n),
  usd: byBucket(() => 0n),
};

const NO_USAGE: Usage = {
  requests: 0n,
  own: NO_TOKENS,
  rates: byBucket(() => 0n),
  paidRate: 0n,
  standardRate: 0n,
  further: NO_TOKENS,
  searchesUsd: 0n,
};

/** The usage of each group, by the JSON of its values. */
export function usageByGroup(rows: readonly CostDriverRow[]): ReadonlyMap<string, GroupUsage> {
  const groups = new Map<string, CostDriverRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.group);
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [row]);
    else own.push(row);
  }
  return new Map([...groups].map(([key, own]) => [key, groupOf(own)]));
}

function groupOf(rows: readonly CostDriverRow[]): GroupUsage {
  const usagesOf = (wanted: boolean): readonly UnitUsage[] =>
    united(rows.filter(({ interrupted }) => interrupted === wanted).map(usageOfRow));
  return { complete: usagesOf(false), interrupted: usagesOf(true) };
}

function usageOfRow(row: CostDriverRow): UnitUsage {
  const { tokens, requests, shortRates } = row;
  const at = (rates: TokenRates): Counts => byBucket((bucket) => tokens[bucket] * (rates[bucket] ?? 0n));
  const usage = { tokens, shortUsd: at(shortRates), standardUsd: at(row.standardRates), usd: at(row.rates) };
  return {
    model: modelName(row.model),
    tier: row.tier,
    requests,
    own: row.furtherPass ? NO_TOKENS : usage,
    rates: byBucket((bucket) => requests * (shortRates[bucket] ?? 0n)),
    paidRate: requests * row.rates.uncachedInput,
    standardRate: requests * row.standardRates.uncachedInput,
    further: row.furtherPass ? usage : NO_TOKENS,
    searchesUsd: row.searchesUsd,
  };
}

/** One name for a model's ids with and without a date; a cloud's ids are names of their own, since their prices can be. */
function modelName(id: string): string {
  const match = matchModel(id);
  return match?.platform === "anthropic" ? match.model : id;
}

/** Each unit once. */
export function united(usages: readonly UnitUsage[]): readonly UnitUsage[] {
  const units = new Map<string, UnitUsage>();
  for (const usage of usages) {
    const { model, tier } = usage;
    const key = JSON.stringify([model, tier]);
    units.set(key, { model, tier, ...plus(units.get(key) ?? NO_USAGE, usage) });
  }
  return [...units.values()];
}

export function summed(usages: readonly Usage[]): Usage {
  return usages.reduce(plus, NO_USAGE);
}

/** The same usage so many times over. */
export function timesAsMuch({ complete, interrupted }: GroupUsage, factor: bigint): GroupUsage {
  const times = (unit: UnitUsage): UnitUsage => ({
    model: unit.model,
    tier: unit.tier,
    requests: unit.requests * factor,
    own: timesTokens(unit.own, factor),
    rates: timesCounts(unit.rates, factor),
    paidRate: unit.paidRate * factor,
    standardRate: unit.standardRate * factor,
    further: timesTokens(unit.further, factor),
    searchesUsd: unit.searchesUsd * factor,
  });
  return { complete: complete.map(times), interrupted: interrupted.map(times) };
}

function timesTokens({ tokens, shortUsd, standardUsd, usd }: TokenUsage, factor: bigint): TokenUsage {
  return {
    tokens: timesCounts(tokens, factor),
    shortUsd: timesCounts(shortUsd, factor),
    standardUsd: timesCounts(standardUsd, factor),
    usd: timesCounts(usd, factor),
  };
}

function timesCounts(counts: Counts, factor: bigint): Counts {
  return byBucket((bucket) => counts[bucket] * factor);
}

function plus(a: Usage, b: Usage): Usage {
  return {
    requests: a.requests + b.requests,
    own: plusTokens(a.own, b.own),
    rates: plusCounts(a.rates, b.rates),
    paidRate: a.paidRate + b.paidRate,
    standardRate: a.standardRate + b.standardRate,
    further: plusTokens(a.further, b.further),
    searchesUsd: a.searchesUsd + b.searchesUsd,
  };
}

function plusTokens(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    tokens: plusCounts(a.tokens, b.tokens),
    shortUsd: plusCounts(a.shortUsd, b.shortUsd),
    standardUsd: plusCounts(a.standardUsd, b.standardUsd),
    usd: plusCounts(a.usd, b.usd),
  };
}

function plusCounts(a: Counts, b: Counts): Counts {
  return byBucket((bucket) => a[bucket] + b[bucket]);
}

export function requestsIn(usages: readonly Usage[]): bigint {
  return usages.reduce((sum, { requests }) => sum + requests, 0n);
}

export function usdIn({ complete, interrupted }: GroupUsage): bigint {
  const { own, further, searchesUsd } = summed([...complete, ...interrupted]);
  return sumOfBuckets(own.usd) + sumOfBuckets(further.usd) + searchesUsd;
}

export function promptTokensOf({ tokens }: TokenUsage): bigint {
  return tokens.uncachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead;
}

export function sumOfBuckets(counts: Counts): bigint {
  return TOKEN_BUCKETS.reduce((sum, bucket) => sum + counts[bucket], 0n);
}

export function byBucket(valueOf: (bucket: TokenBucket) => bigint): Counts {
  return {
    uncachedInput: valueOf("uncachedInput"),
    cacheWrite5m: valueOf("cacheWrite5m"),
    cacheWrite1h: valueOf("cacheWrite1h"),
    cacheRead: valueOf("cacheRead"),
    output: valueOf("output"),
  };
}
