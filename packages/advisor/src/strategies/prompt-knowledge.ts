import { money, type Money } from "@farthing/ledger";
import { LIFETIME_MS } from "../cache/cache-rules.ts";
import { materiality, RESPONSES_MIN } from "../thresholds.ts";
import type { Trace } from "../trace/trace.ts";
import { modelOf } from "../trace/model-of.ts";
import type { Abstention, Situation } from "./strategy.ts";

/**
 * Why a change of what is cached cannot be judged, where prompts are not known block by block.
 *
 * Empty where it could hardly matter: few prompts that are long enough to be cached came soon after another and were
 * not read from the cache, or all that they cost uncached would be too small a saving.
 */
export function promptsUnknown(situation: Situation, strategy: string): readonly Abstention[] {
  const { trace, workload, members } = situation;
  if (members.some((index) => trace.requests[index]?.fromClaudeCode === true)) return [];
  const uncached = cacheableSoon(situation);
  if (uncached.prompts < RESPONSES_MIN || uncached.cost < materiality(totalOf(trace))) return [];
  const keys = new Set(members.map((index) => trace.requests[index]?.prompt?.key).filter((key) => key !== undefined));
  const base = { strategy, workload, growth: null };
  if (keys.size > 1) {
    return [
      {
        ...base,
        reason: "several-keys",
        observed: `its prompts were fingerprinted under ${String(keys.size)} keys`,
        needed: "one key for all processes: set FARTHING_KEY to the same value on every host",
      },
    ];
  }
  const known = members.filter((index) => trace.requests[index]?.prompt !== null).length;
  if (known === members.length) {
    return [
      { ...base, reason: "replay-gap", observed: "replayed block by block it does not come to its bill", needed: null },
    ];
  }
  return [
    {
      ...base,
      reason: "not-fingerprinted",
      observed: `${count(uncached.prompts)} long prompts within 5 minutes of another not cached, ${known === 0 ? "none" : `only ${count(known)} of ${count(members.length)}`} fingerprinted`,
      needed: "fingerprints of the prompts: attach the recorder to the client",
    },
  ];
}

interface Uncached {
  readonly prompts: number;
  /** What these cost as new input, in picodollars. */
  readonly cost: bigint;
}

/** Requests with an uncached prompt of a length that is cached, less than five minutes after another one. */
function cacheableSoon({ trace, members }: Situation): Uncached {
  const last = new Map<string, number>();
  let prompts = 0;
  let cost = 0n;
  for (const index of members) {
    const request = trace.requests[index];
    if (request === undefined || request.own === null) continue;
    const minimum = Math.max(1, modelOf(request.model)?.cacheMinimumTokens ?? Infinity);
    if (request.own.cacheRead > 0 || request.own.uncachedInput < minimum) continue;
    const before = last.get(request.cacheKey);
    last.set(request.cacheKey, request.startedAt);
    if (before === undefined || request.startedAt - before >= LIFETIME_MS["5m"]) continue;
    prompts += 1;
    const { total, output, beside } = request.billed;
    if (total !== null) cost += total - output - beside;
  }
  return { prompts, cost };
}

const totals = new WeakMap<Trace, Money>();

/** What all requests of a trace cost; added up once. */
function totalOf(trace: Trace): Money {
  const known = totals.get(trace);
  if (known !== undefined) return known;
  const total = money(trace.requests.reduce((sum, { billed }) => sum + (billed.total ?? 0n), 0n));
  totals.set(trace, total);
  return total;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
