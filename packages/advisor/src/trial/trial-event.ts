import { formatInstant, formatUsd, type Instant, type TrialRecorded, type TrialSide } from "@farthing/ledger";
import type { SideResult, TrialResult } from "./trial-result.ts";

/** What a trial was for. */
export interface TrialSubject {
  /** Names the trial; also the label of its calls. */
  readonly id: string;
  readonly workload: string | null;
  readonly advice: string | null;
}

/** Where trials come from, in the events' list of sources. */
const SOURCE = "trial";

/** A trial as it is recorded. */
export function trialEvent(result: TrialResult, { id, workload, advice }: TrialSubject, at: Instant): TrialRecorded {
  const { samples, repeat, from, to, pairs, promptRatio, outputRatio, agreement } = result;
  return {
    type: "TrialRecorded",
    version: 1,
    id,
    occurredAt: formatInstant(at),
    sources: [SOURCE],
    workload,
    advice,
    samples,
    repeat,
    from: sideOf(from),
    to: sideOf(to),
    pairs,
    promptRatio,
    outputRatio,
    agreement: { by: agreement.by, compared: agreement.compared, share: agreement.share },
    budgetUsd: formatUsd(result.budget),
    spentUsd: formatUsd(result.spent),
    callsAtUnknownCost: result.callsAtUnknownCost,
  };
}

function sideOf({ model, answers, truncated, failures, tokens, usd, latencyMs }: SideResult): TrialSide {
  return { model, answers, truncated, failures, tokens, usd: usd === null ? null : formatUsd(usd), latencyMs };
}
