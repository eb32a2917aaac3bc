import { promptTokens, queryRequests, type SpendResult } from "@farthing/ledger";
import type { CostSample, HitRate } from "../../compare/regressions.ts";
import { GATE_SAMPLE_MAX } from "../../thresholds.ts";
import type { AskedSide } from "./compare-periods.ts";

const PICODOLLARS = 1e12;

/** Costs of single requests of one side, as far as they are needed to tell a change from chance. */
export async function costSample({ selection, period, spend }: AskedSide): Promise<CostSample> {
  const { rows } = await queryRequests(selection.contents.view.batches({ details: true }), {
    ...selection,
    since: period?.since ?? null,
    until: period?.until ?? null,
    sort: "time",
    limit: GATE_SAMPLE_MAX,
  });
  const responses = spend.total.requests - spend.total.unpricedRequests;
  return {
    mean: responses === 0 ? 0 : Number(spend.total.usd) / PICODOLLARS / responses,
    responses,
    costs: rows.flatMap(({ cost }) => (cost.total === null ? [] : [Number(cost.total) / PICODOLLARS])),
  };
}

/** The share of the prompts' tokens that was read from the cache. */
export function hitRate({ total }: SpendResult): HitRate {
  const prompt = promptTokens(total.tokens);
  return { rate: prompt === 0 ? 0 : total.tokens.cacheRead / prompt, responses: total.requests };
}
