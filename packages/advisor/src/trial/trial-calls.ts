import type { Money } from "@farthing/ledger";
import { candidateParams, type ParamsChange } from "./candidate-params.ts";
import { requestBound, type UnboundedReason } from "./request-bound.ts";
import type { RequestParams, Sample } from "./sample.ts";
import type { TrialPlan } from "./trial-plan.ts";

/** Asks how many tokens a prompt has, which is free; null where nobody says. */
export type CountPrompt = (params: RequestParams) => Promise<number | null>;

/** The calls that one answer of the candidate takes to be compared. */
export interface TrialCalls {
  readonly candidate: RequestParams;
  /** Null where the sample came with its answer. */
  readonly present: RequestParams | null;
  readonly changes: readonly ParamsChange[];
  /** The most that each can cost; null of a call that is not made. */
  readonly bounds: { readonly candidate: Money; readonly present: Money | null };
}

/** Why a sample is not sent. */
export type NotSentReason = UnboundedReason | "budget" | "bound-passed";

/** What a sample takes, or why there is no limit to what it could cost. */
export async function callsOf(
  sample: Sample,
  plan: TrialPlan,
  count: CountPrompt,
): Promise<TrialCalls | UnboundedReason> {
  const { params: candidate, changes } = candidateParams(sample.params, plan.to, plan.candidate);
  const present = sample.recorded === null ? { ...sample.params, model: plan.from } : null;
  const terms = { at: plan.now(), book: plan.book };
  const [first, second] = await Promise.all(
    [candidate, present].map(async (params) =>
      params === null ? null : requestBound(params, await count(params), terms),
    ),
  );
  const bounds = [first ?? null, second ?? null];
  const reason = bounds.find((bound) => bound?.usd === null)?.reason ?? null;
  const [most, mostPresent] = bounds.map((bound) => bound?.usd ?? null);
  if (reason !== null || most === null || most === undefined) return reason ?? "no-price";
  return { candidate, present, changes, bounds: { candidate: most, present: mostPresent ?? null } };
}

/** The most that the calls can cost together. */
export function boundOf({ bounds: { candidate, present } }: TrialCalls): bigint {
  return candidate + (present ?? 0n);
}
