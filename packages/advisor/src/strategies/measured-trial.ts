import type { MeasuredRatio, TrialRecorded, TrialSide } from "@farthing/ledger";
import { TRIAL_SAMPLES_MIN, TRIAL_UNANSWERED_SHARE_MAX } from "../thresholds.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { canonicalModel } from "../trace/model-of.ts";
import { wilsonInterval } from "../trial/wilson-interval.ts";
import type { ModelChange } from "./model-change-words.ts";
import type { Situation } from "./strategy.ts";

type Ratios = Readonly<Record<Scenario, number>>;

/** What a trial says of how many tokens the other model takes, of those recorded. */
export interface TriedRatios {
  readonly prompt: Ratios;
  readonly output: Ratios;
}

/**
 * The trial of a change of model on samples of the workload that counts: the latest of those with enough samples, else
 * of those that measured anything, else of all; null where there is none.
 */
export function trialOf(
  { trials = [], workload }: Situation,
  { from, to }: Pick<ModelChange, "from" | "to">,
): TrialRecorded | null {
  return trials.reduce<TrialRecorded | null>((latest, trial) => {
    const isOfIt =
      trial.workload === workload &&
      canonicalModel(trial.from.model) === from.id &&
      canonicalModel(trial.to.model) === to.id;
    return isOfIt && (latest === null || comesBefore(trial, latest)) ? trial : latest;
  }, null);
}

/** What is measured well enough to take the place of an assumption; null where it is not. */
export function triedRatios(trial: TrialRecorded | null): TriedRatios | null {
  if (trial === null || trial.promptRatio === null || trial.outputRatio === null) return null;
  return narrowsNothingBecause(trial) === null
    ? { prompt: byScenario(trial.promptRatio), output: byScenario(trial.outputRatio) }
    : null;
}

/** What was measured, in words. Agreement is said as it was measured: what answers are worth it does not say. */
export function trialWords(trial: TrialRecorded): string {
  const parts = [
    `measured on your own samples: ${agreementWords(trial)}`,
    lengthWords(trial),
    unansweredWords(trial.from),
    unansweredWords(trial.to),
    narrowsNothingBecause(trial),
  ];
  return parts.filter((part) => part !== null).join(", ");
}

/** Why a trial's ratios take the place of no assumption, in words; null where they do. */
export function narrowsNothingBecause(trial: TrialRecorded): string | null {
  if (!isEnough(trial)) return `under ${String(TRIAL_SAMPLES_MIN)} samples narrow no range`;
  const isAnswered = [trial.from, trial.to].every((side) => {
    const { all, without } = unanswered(side);
    return without <= TRIAL_UNANSWERED_SHARE_MAX * all;
  });
  if (isAnswered) return null;
  return `over ${String(100 * TRIAL_UNANSWERED_SHARE_MAX)} % without an answer narrow no range`;
}

/** Such as `on 40 prompts 1.00x tokens and answers 0.85-0.95x`; null where neither was measured. */
function lengthWords(trial: TrialRecorded): string | null {
  const { outputRatio, promptRatio } = trial;
  const ratios = [
    promptRatio === null ? null : `prompts ${ratioWords(promptRatio)}x tokens`,
    outputRatio === null ? null : `answers ${ratioWords(outputRatio)}x`,
  ].filter((part) => part !== null);
  return ratios.length === 0 ? null : `on ${String(samplesAsked(trial))} ${ratios.join(" and ")}`;
}

interface Unanswered {
  readonly all: number;
  readonly truncated: number;
  readonly refused: number;
  readonly failed: number;
  /** All three. */
  readonly without: number;
}

/** How many of the requests to a model brought no whole answer. */
function unanswered({ answers, truncated, failures }: TrialSide): Unanswered {
  const sum = (of: typeof failures): number => of.reduce((total, { requests }) => total + requests, 0);
  const refused = sum(failures.filter(({ errorType }) => errorType === "refusal"));
  const failed = sum(failures) - refused;
  return { all: answers + refused + failed, truncated, refused, failed, without: truncated + refused + failed };
}

/** Such as `of 41 asked of haiku-5-5 2 refused and 1 failed`; null where all were answered. */
function unansweredWords(side: TrialSide): string | null {
  const { all, truncated, refused, failed } = unanswered(side);
  const counts = [
    truncated === 0 ? null : `${String(truncated)} cut off`,
    refused === 0 ? null : `${String(refused)} refused`,
    failed === 0 ? null : `${String(failed)} failed`,
  ].filter((part) => part !== null);
  if (counts.length === 0) return null;
  return `of ${String(all)} asked of ${side.model.replace(/^claude-/, "")} ${counts.join(" and ")}`;
}

/** How many of the samples were answered otherwise; null where none was compared. */
export function disagreementWords({ agreement: { share, compared } }: TrialRecorded): string | null {
  if (share === null || compared === 0) return null;
  const { low, high } = wilsonInterval(share, compared);
  const [least, most] = [100 - wholePercent(high), 100 - wholePercent(low)];
  return `${String(100 - wholePercent(share))} % of the samples differed (${String(least)}-${String(most)} %)`;
}

/** Such as `97 % of 40 agree (87-99 %)`, between what the share of all such requests lies with 95 % confidence. */
function agreementWords({ agreement: { share, compared } }: TrialRecorded): string {
  if (share === null || compared === 0) return "no answers could be compared";
  const { low, high } = wilsonInterval(share, compared);
  return `${String(wholePercent(share))} % of ${String(compared)} agree (${String(wholePercent(low))}-${String(wholePercent(high))} %)`;
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

function comesBefore(a: TrialRecorded, b: TrialRecorded): boolean {
  const [worth, other] = [worthOf(a), worthOf(b)];
  return worth === other ? isLater(a, b) : worth > other;
}

/** What measured nothing, and what measured little, does not take the place of more. */
function worthOf(trial: TrialRecorded): number {
  if (isEnough(trial)) return 2;
  return trial.pairs > 0 || trial.agreement.compared > 0 ? 1 : 0;
}

function isLater(a: TrialRecorded, b: TrialRecorded): boolean {
  return a.occurredAt !== b.occurredAt ? a.occurredAt > b.occurredAt : a.id > b.id;
}
