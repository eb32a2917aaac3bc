import { matchModel, type MeasuredRatio, type TrialRecorded } from "@farthing/ledger";
import { TRIAL_SAMPLES_MIN } from "../thresholds.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { wilsonInterval } from "../trial/wilson-interval.ts";
import type { ModelChange } from "./model-change-words.ts";
import type { Situation } from "./strategy.ts";

type Ratios = Readonly<Record<Scenario, number>>;

/** What a trial says of how many tokens the other model takes, of those recorded. */
export interface TriedRatios {
  readonly prompt: Ratios;
  readonly output: Ratios;
}

/** The latest trial of a change of model on samples of the workload; null where there is none. */
export function trialOf(
  { trials = [], workload }: Situation,
  { from, to }: Pick<ModelChange, "from" | "to">,
): TrialRecorded | null {
  return trials.reduce<TrialRecorded | null>((latest, trial) => {
    const isOfIt =
      trial.workload === workload && canonical(trial.from.model) === from.id && canonical(trial.to.model) === to.id;
    return isOfIt && (latest === null || isLater(trial, latest)) ? trial : latest;
  }, null);
}

/** What is measured well enough to take the place of an assumption; null where it is not. */
export function triedRatios(trial: TrialRecorded | null): TriedRatios | null {
  if (trial === null || trial.promptRatio === null || trial.outputRatio === null) return null;
  return isEnough(trial) ? { prompt: byScenario(trial.promptRatio), output: byScenario(trial.outputRatio) } : null;
}

/** What was measured, in words. Agreement is said as it was measured: what answers are worth it does not say. */
export function trialWords(trial: TrialRecorded): string {
  const { outputRatio, promptRatio } = trial;
  const asked = samplesAsked(trial);
  const parts = [
    `measured on ${String(asked)} of your own samples: ${agreementWords(trial)}`,
    promptRatio === null ? null : `prompts ${ratioWords(promptRatio)}x tokens`,
    outputRatio === null ? null : `answers ${ratioWords(outputRatio)}x`,
    isEnough(trial) ? null : `under ${String(TRIAL_SAMPLES_MIN)} samples narrow no range`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

/** How many of the samples were answered otherwise; null where none was compared. */
export function disagreementWords({ agreement: { share, compared } }: TrialRecorded): string | null {
  if (share === null || compared === 0) return null;
  const { low, high } = wilsonInterval(share, compared);
  const [least, most] = [100 - wholePercent(high), 100 - wholePercent(low)];
  return `${String(100 - wholePercent(share))} % of the samples differed (${String(least)}-${String(most)} %)`;
}

/** Such as `97 % agree (87-99 %)`, between what the share of all such requests lies with 95 % confidence. */
function agreementWords({ agreement: { share, compared } }: TrialRecorded): string {
  if (share === null || compared === 0) return "no answers could be compared";
  const { low, high } = wilsonInterval(share, compared);
  return `${String(wholePercent(share))} % agree (${String(wholePercent(low))}-${String(wholePercent(high))} %)`;
}

function isEnough(trial: TrialRecorded): boolean {
  return samplesAsked(trial) >= TRIAL_SAMPLES_MIN;
}

/** At least so many samples were answered by both models, however often each was asked. */
function samplesAsked({ pairs, repeat }: TrialRecorded): number {
  return Math.floor(pairs / Math.max(1, repeat));
}

/** The better end is the one that costs less. */
function byScenario({ low, expected, high }: MeasuredRatio): Ratios {
  return { optimistic: low, expected, pessimistic: high };
}

function ratioWords({ low, high }: MeasuredRatio): string {
  const [first, last] = [low.toFixed(2), high.toFixed(2)];
  return first === last ? first : `${first}-${last}`;
}

/** Only what is all is called 100 %, and only what is none 0 %. */
function wholePercent(share: number): number {
  const whole = Math.round(100 * share);
  if (share < 1 && whole === 100) return 99;
  return share > 0 && whole === 0 ? 1 : whole;
}

function isLater(a: TrialRecorded, b: TrialRecorded): boolean {
  return a.occurredAt !== b.occurredAt ? a.occurredAt > b.occurredAt : a.id > b.id;
}

function canonical(model: string): string {
  return matchModel(model)?.model ?? model;
}
