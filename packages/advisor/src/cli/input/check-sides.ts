import { inexactUsd, promptTokens, queryIndependentGroups, type GroupTotals, type SpendRow } from "@farthing/ledger";
import { standardError, type RatioSample, type SideSamples } from "../../compare/regressions.ts";
import { RESAMPLING_DAYS_MIN } from "../../thresholds.ts";
import type { AskedSide } from "./compare-periods.ts";

/**
 * One side by what of it is independent: its sessions; of requests that belong to none, the single requests or the days,
 * whichever differ more, and where days are few the single requests.
 */
export async function sideSamples({ selection, period, spend }: AskedSide): Promise<SideSamples> {
  const range = { since: period?.since ?? null, until: period?.until ?? null };
  const groups = await queryIndependentGroups(selection.contents.view.batches(), { ...selection, ...range });
  const { sessions, single, days } = groups;
  const byDay = days.length < RESAMPLING_DAYS_MIN ? [] : [days];
  const partitions = days.length === 0 ? [sessions] : [single, ...byDay].map((all) => [...sessions, ...all]);
  const whole = totalsOf(spend.total);
  const widest = (numerator: keyof GroupTotals, denominator: keyof GroupTotals, responses: number): RatioSample =>
    partitions
      .map((all) => {
        const sampled = all.reduce((sum, each) => sum + each[denominator], 0);
        const ratio = ratioOf(whole[numerator], whole[denominator], sampled);
        return { ...ratio, responses, clusters: clustersOf(all, numerator, denominator) };
      })
      .reduce((a, b) => (standardError(b) > standardError(a) ? b : a));
  return {
    costs: widest("usd", "priced", whole.priced),
    hits: widest("cacheRead", "prompt", whole.prompt === 0 ? 0 : spend.total.requests),
  };
}

function ratioOf(numerator: number, denominator: number, sampled: number): Pick<RatioSample, "value" | "sampledShare"> {
  if (denominator === 0) return { value: null, sampledShare: 1 };
  return { value: numerator / denominator, sampledShare: sampled / denominator };
}

function clustersOf(
  all: readonly GroupTotals[],
  numerator: keyof GroupTotals,
  denominator: keyof GroupTotals,
): RatioSample["clusters"] {
  return all
    .filter((sums) => sums[denominator] > 0)
    .map((sums) => ({ numerator: sums[numerator], denominator: sums[denominator] }));
}

function totalsOf({ usd, requests, unpricedRequests, tokens }: Omit<SpendRow, "by">): GroupTotals {
  return {
    usd: inexactUsd(usd),
    priced: requests - unpricedRequests,
    cacheRead: tokens.cacheRead,
    prompt: promptTokens(tokens),
  };
}
