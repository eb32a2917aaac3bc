import type { Calendar, PriceBook } from "@farthing/ledger";
import type { BeforeChange } from "../portfolio/before-change.ts";
import { isRecognised, type OldWay, type Recognition } from "../strategies/recognition.ts";
import { recognitionOf } from "../strategies/registry.ts";
import type { Trace } from "../trace/trace.ts";
import { appliedOnce, appliedSince } from "./applied-since.ts";
import type { Acceptance } from "./decision.ts";
import type { Followed } from "./follow-up.ts";
import { realisedSaving, type LaterRequest } from "./realised-saving.ts";
import { verdictOn } from "./verdict.ts";

export interface FollowContext {
  readonly book: PriceBook;
  readonly calendar: Calendar;
}

/** Looks for an accepted change in the requests since it was advised, and holds what it saved against what was projected. */
export function followChange(trace: Trace, { advice, at, said }: Acceptance, context: FollowContext): Followed {
  const { strategy, workload, subject, target, title, change, saving, before } = said;
  const base: Followed = {
    id: advice,
    strategy,
    workload,
    subject,
    title,
    change,
    at,
    saving,
    state: "accepted",
    appliedAt: null,
    takenBackAt: null,
    later: { requests: 0, carrying: 0 },
    unseen: null,
    result: null,
    open: null,
  };
  const recognition = recognitionOf(strategy, { subject, target });
  if (!isRecognised(recognition)) return { ...base, unseen: recognition.unseen };
  if (before === null) return { ...base, unseen: "nothing that would show it was recorded before it was accepted" };
  const about = requestsSince(trace, namesOf(workload, recognition, target), before.last, recognition);
  const later = { requests: about.length, carrying: about.filter(({ carries }) => carries).length };
  const found: Followed = { ...base, later };
  const marks = about.map(({ carries }) => carries);
  const shareWithout = before.without / before.requests;
  const judge = (stretch: readonly LaterRequest[]): Followed =>
    judged(found, stretch, { saving, before, without: recognition.without }, context);
  const place = appliedSince(marks, shareWithout);
  if (place !== null) return judge(about.slice(place));
  const once = appliedOnce(marks, shareWithout);
  const ended = once === null ? null : judge(about.slice(once.from, once.until));
  // What was taken back before there was a verdict has only not been made.
  if (once === null || ended === null || ended.state === "applied") return found;
  return { ...ended, takenBackAt: about[once.until]?.request.startedAt ?? null };
}

/** What came of a change from the requests that carry it. */
function judged(
  followed: Followed,
  stretch: readonly LaterRequest[],
  {
    without,
    ...advised
  }: Pick<Acceptance["said"], "saving"> & { readonly before: BeforeChange; readonly without: OldWay | null },
  context: FollowContext,
): Followed {
  const applied: Followed = { ...followed, state: "applied", appliedAt: stretch[0]?.request.startedAt ?? null };
  if (without === null) {
    const observed = "what would have been sent without the change does not follow from what is sent with it";
    return { ...applied, open: { observed, needed: null } };
  }
  const result = realisedSaving(stretch, { ...advised, without }, context);
  if (result === null) {
    return { ...applied, open: { observed: "requests without a price since the change", needed: "a price for each" } };
  }
  return { ...applied, result, ...verdictOn(result, advised.before, without) };
}

/**
 * The names its workload may have with the change: one that is named after what is sent has the model in its name.
 */
function namesOf(workload: string, { without }: Recognition, target: string): readonly string[] {
  const start = (model: string): string => `${model.replace(/^claude-/, "")}, `;
  const from = without?.model ?? null;
  if (from === null || !workload.startsWith(start(from))) return [workload];
  return [workload, start(target) + workload.slice(start(from).length)];
}

/** Requests that started after an instant and that a change is about, in order of time. */
function requestsSince(
  { requests, workloads }: Trace,
  names: readonly string[],
  after: number,
  { carries }: Recognition,
): readonly LaterRequest[] {
  return names
    .flatMap((name) => workloads.get(name) ?? [])
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const request = requests[index];
      const found = request === undefined || request.startedAt <= after ? null : carries(request);
      return request === undefined || found === null ? [] : [{ request, carries: found }];
    });
}
