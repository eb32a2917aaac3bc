import { money, type Money } from "@farthing/ledger";
import { NO_GROUP, promptTokensOf, requestsIn, summed, usdIn, type GroupUsage, type UnitUsage } from "./usage.ts";

/** What a workload was like in one period, for people to read beside the parts. Of its priced responses. */
export interface GroupFacts {
  readonly usd: Money;
  /** Priced billed responses. */
  readonly requests: number;
  /** Billed responses without a price, in none of the other figures. */
  readonly unpriced: number;
  /** Of the priced ones, those whose stream ended early. */
  readonly interrupted: number;
  /** Of the first pass over a model alone, as all figures of tokens here. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** Responses by model, the most used first. */
  readonly models: ReadonlyMap<string, number>;
  /** Responses by tier; see `CostDriverRow.tier`. */
  readonly tiers: ReadonlyMap<string, number>;
}

export function groupFacts(usage: GroupUsage = NO_GROUP, unpriced = 0): GroupFacts {
  const usages = [...usage.complete, ...usage.interrupted];
  const { requests, own } = summed(usages);
  return {
    usd: money(usdIn(usage)),
    requests: Number(requests),
    unpriced,
    interrupted: Number(requestsIn(usage.interrupted)),
    promptTokens: Number(promptTokensOf(own)),
    outputTokens: Number(own.tokens.output),
    cacheReadTokens: Number(own.tokens.cacheRead),
    models: requestsBy(usages, ({ model }) => model),
    tiers: requestsBy(usages, ({ tier }) => tier),
  };
}

/**
 * How many responses were complete before and after, or how many there were where one period has no complete ones: what
 * `volume` is. Unpriced ones, of which it is not known how they ended, are among them.
 */
export function volumesOf(before: GroupFacts, after: GroupFacts): readonly [before: number, after: number] {
  const isSplit = [before, after].every(({ requests, interrupted }) => requests > interrupted);
  const volumeOf = ({ requests, interrupted, unpriced }: GroupFacts): number =>
    requests + unpriced - (isSplit ? interrupted : 0);
  return [volumeOf(before), volumeOf(after)];
}

function requestsBy(usages: readonly UnitUsage[], keyOf: (unit: UnitUsage) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const unit of usages) counts.set(keyOf(unit), (counts.get(keyOf(unit)) ?? 0) + Number(unit.requests));
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
