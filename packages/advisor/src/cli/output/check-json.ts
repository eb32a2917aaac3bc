import { formatUsd } from "@farthing/ledger";
import { summaryOf } from "../../compare/summary.ts";
import { statusToJson } from "./budget-json.ts";
import type { CheckAnswer } from "./check-results.ts";

/** What checks came to as their JSON document. */
export function checkToJson({ results, comparison }: CheckAnswer): object {
  return {
    failed: results.filter(({ outcome }) => outcome === "failed").length,
    results: results.map(({ budget, ...result }) => ({
      ...result,
      budget: budget === null ? null : statusToJson(budget),
    })),
    comparison:
      comparison === null ? null : { summary: summaryOf(comparison), difference: formatUsd(comparison.difference) },
  };
}
