import { sum } from "@farthing/ledger";
import type { Returned, SettledAdvice } from "../portfolio/settled-advice.ts";
import type { Recommendation } from "../portfolio/advice.ts";
import { isRecognised } from "../strategies/recognition.ts";
import { recognitionOf } from "../strategies/registry.ts";
import type { Trace } from "../trace/trace.ts";
import type { Acceptance, Decision, Dismissal } from "./decision.ts";
import { followChange, type FollowContext } from "./follow-change.ts";
import type { Calibration, Followed, FollowUp, Quiet } from "./follow-up.ts";

/** Follows all advice through a trace that was ever accepted. */
export function followAccepted(
  trace: Trace,
  inForce: ReadonlyMap<string, Decision>,
  context: FollowContext,
): readonly Followed[] {
  const acceptances = [...inForce.values()].flatMap((decision) => acceptanceOf(decision) ?? []).sort(byTime);
  const followed = acceptances.map((acceptance) => followChange(trace, acceptance, context));
  return followed.map((one) => untilToldApart(one, followed, inForce));
}

/** The acceptance in force, or the one that a dismissal takes back. */
function acceptanceOf(decision: Decision): Acceptance | null {
  return decision.kind === "accepted" ? decision : decision.after;
}

/** What is not advised again. */
export function settledBy(followed: readonly Followed[], inForce: ReadonlyMap<string, Decision>): SettledAdvice {
  return {
    applied: new Set(
      followed.filter((one) => inForce.get(one.id)?.kind === "accepted" && isSettled(one)).map(({ id }) => id),
    ),
    dismissed: new Map(
      dismissals(inForce).map(({ advice, at, reason, said: { title, target, saving, days } }) => [
        advice,
        { at, reason, title, target, saving: saving.expected, days },
      ]),
    ),
  };
}

/** Whether a change is made, or was made and taken back because it did not save what was projected. */
function isSettled({ state, takenBackAt }: Followed): boolean {
  return state === "refuted" || (state !== "accepted" && takenBackAt === null);
}

/** All that became of decisions, once it is known which advice is given again. */
export function followUpOf(
  followed: readonly Followed[],
  inForce: ReadonlyMap<string, Decision>,
  recommendations: readonly Recommendation[],
): FollowUp {
  const returned = new Map<string, Returned | null>(recommendations.map(({ id, returned: back }) => [id, back]));
  const dismissed = dismissals(inForce).map(({ advice, at, reason, said }): Quiet => {
    const { strategy, workload, subject, title, change, saving } = said;
    const isBack = (returned.get(advice) ?? null) !== null;
    const state = followed.find(({ id }) => id === advice)?.state;
    const verdict = state === "verified" || state === "refuted" ? state : null;
    return { id: advice, strategy, workload, subject, title, change, at, saving, reason, returned: isBack, verdict };
  });
  const accepted = followed.filter(({ id }) => inForce.get(id)?.kind === "accepted");
  return { accepted, dismissed, calibration: calibrationOf(followed) };
}

function calibrationOf(followed: readonly Followed[]): Calibration | null {
  const judged = followed.flatMap(({ state, result }) =>
    result !== null && (state === "verified" || state === "refuted") ? [{ state, result }] : [],
  );
  if (judged.length === 0) return null;
  return {
    verified: judged.filter(({ state }) => state === "verified").length,
    refuted: judged.filter(({ state }) => state === "refuted").length,
    projected: sum(judged.map(({ result }) => result.projected.expected)),
    realised: sum(judged.map(({ result }) => result.realised.expected)),
  };
}

/** Two changes to one workload that take the same from before them cannot be told apart: what one saved, both would claim. */
function untilToldApart(one: Followed, all: readonly Followed[], inForce: ReadonlyMap<string, Decision>): Followed {
  if (one.result === null) return one;
  const own = takenFromBefore(one.id, inForce);
  const other = all.find(
    (each) =>
      each !== one &&
      each.result !== null &&
      each.workload === one.workload &&
      overlaps(takenFromBefore(each.id, inForce), own),
  );
  if (other === undefined) return one;
  const observed = `made together with "${other.title}": what each of them saved cannot be told apart`;
  return { ...one, state: "applied", result: null, open: { observed, needed: null } };
}

/** What of a request is taken from before a change, and of which model's requests; null for any. */
interface TakenFromBefore {
  readonly model: string | null;
  readonly parts: readonly ("prompt" | "answer")[];
}

function takenFromBefore(id: string, inForce: ReadonlyMap<string, Decision>): TakenFromBefore {
  const said = inForce.get(id)?.said;
  const change = { subject: said?.subject ?? "", target: said?.target ?? "" };
  const recognition = recognitionOf(said?.strategy ?? "", change);
  const without = isRecognised(recognition) ? recognition.without : null;
  if (without === null) return { model: null, parts: [] };
  const { model, prompt, answer } = without;
  return {
    model,
    parts: [
      ...(prompt === "as-billed" ? [] : ["prompt" as const]),
      ...(answer === "as-billed" ? [] : ["answer" as const]),
    ],
  };
}

function overlaps(a: TakenFromBefore, b: TakenFromBefore): boolean {
  const areApart = a.model !== null && b.model !== null && a.model !== b.model;
  return !areApart && a.parts.some((part) => b.parts.includes(part));
}

function dismissals(inForce: ReadonlyMap<string, Decision>): readonly Dismissal[] {
  return [...inForce.values()].filter((decision): decision is Dismissal => decision.kind === "dismissed").sort(byTime);
}

function byTime(a: Decision, b: Decision): number {
  return a.at - b.at || (a.advice < b.advice ? -1 : 1);
}
