import { formatUsd, type Money, type TrialRecorded } from "@farthing/ledger";
import type { DryRun } from "../../trial/dry-run.ts";
import type { TrialPlan } from "../../trial/trial-plan.ts";
import type { SideResult, TrialResult } from "../../trial/trial-result.ts";
import { wilsonInterval } from "../../trial/wilson-interval.ts";

/** The document of a trial, without the version of its shape. */
export function trialToJson(result: TrialResult, { id, workload, advice }: TrialRecorded, ledger: string): object {
  const { compared, share, ...agreement } = result.agreement;
  return {
    dryRun: false,
    trial: id,
    ledger,
    workload,
    advice,
    samples: result.samples,
    repeat: result.repeat,
    from: sideToJson(result.from),
    to: sideToJson(result.to),
    pairs: result.pairs,
    promptRatio: result.promptRatio,
    outputRatio: result.outputRatio,
    agreement: {
      ...agreement,
      compared,
      share,
      interval: share === null ? null : wilsonInterval(share, compared),
    },
    notSent: result.notSent,
    changes: result.changes,
    budgetUsd: formatUsd(result.budget),
    spentUsd: formatUsd(result.spent),
    callsAtUnknownCost: result.callsAtUnknownCost,
    callsAboveBound: result.callsAboveBound,
  };
}

/** The document of a dry run. */
export function dryRunToJson({ calls, most, unbounded }: DryRun, plan: TrialPlan, budget: Money | null): object {
  return {
    dryRun: true,
    from: plan.from,
    to: plan.to,
    samples: plan.samples.length,
    repeat: plan.repeat,
    calls,
    mostUsd: formatUsd(most),
    unbounded,
    budgetUsd: budget === null ? null : formatUsd(budget),
  };
}

function sideToJson({ usd, ...side }: SideResult): object {
  return { ...side, usd: usd === null ? null : formatUsd(usd) };
}
