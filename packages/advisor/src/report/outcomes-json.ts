import { formatUsd, type OutcomeRow, type OutcomesResult, type OutcomeTotals } from "@farthing/ledger";
import { usdPerSuccess } from "./outcomes-text.ts";

/** What a success cost, as JSON. */
export function outcomesToJson({ total, rows, withoutOutcome, ...rest }: OutcomesResult): object {
  return {
    total: totalsToJson(total),
    rows: rows.map(rowToJson),
    withoutOutcome: { ...withoutOutcome, usd: formatUsd(withoutOutcome.usd) },
    ...rest,
  };
}

function rowToJson({ by, ...totals }: OutcomeRow): object {
  return { model: by["model"] ?? null, workload: by["workload"] ?? null, ...totalsToJson(totals) };
}

function totalsToJson(totals: OutcomeTotals): object {
  const perSuccess = usdPerSuccess(totals);
  return {
    ...totals,
    usd: formatUsd(totals.usd),
    otherModelsUsd: formatUsd(totals.otherModelsUsd),
    usdPerSuccess: perSuccess === null ? null : formatUsd(perSuccess),
    unknownCost: { ...totals.unknownCost, usd: formatUsd(totals.unknownCost.usd) },
  };
}
