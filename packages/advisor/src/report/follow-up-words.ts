import { ratio, subtract, ZERO } from "@farthing/ledger";
import type { Calibration, Followed, FollowUp, Quiet, Result } from "../follow-up/follow-up.ts";
import type { Recommendation } from "../portfolio/advice.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { Returned } from "../portfolio/settled-advice.ts";
import { countWords, dayWords, grouped, rangeWords, usdWords } from "./words.ts";

/** What became of accepted advice, without its name. */
export function followedWords(followed: Followed, timeZone: string): string {
  const { state, at, appliedAt, takenBackAt, later, unseen, result, open } = followed;
  if (state === "accepted") {
    const since = `accepted ${dayWords(at, timeZone, false)}`;
    if (unseen !== null) return `${since}; not followed: ${unseen}`;
    return later.requests === 0
      ? `${since}; nothing that would carry it was sent since`
      : `${since}; ${grouped(later.carrying)} of ${countWords(later.requests, "later request")} carry it`;
  }
  const parts = [
    appliedAt === null ? null : `made ${dayWords(appliedAt, timeZone, false)}`,
    takenBackAt === null ? null : `taken back ${dayWords(takenBackAt, timeZone, false)}`,
    result === null ? null : resultWords(result),
    open === null ? null : `no verdict: ${open.observed}${open.needed === null ? "" : `; needs ${open.needed}`}`,
  ];
  return parts.filter((part) => part !== null).join("; ");
}

function resultWords({ days, realised, projected }: Result): string {
  const isLoss = realised.expected < 0n;
  const { low, expected, high } = isLoss ? negated(realised) : realised;
  const cost = `cost ${usdWords(expected)} ${isLoss ? "more" : "less"}, range ${rangeWords({ low, expected, high })}`;
  const wasProjected = `projected ${usdWords(projected.expected)} less, range ${rangeWords(projected)}`;
  return `${countWords(days, "day")} with use ${cost}; ${wasProjected}`;
}

function negated({ low, expected, high }: SavingRange): SavingRange {
  return { low: subtract(ZERO, high), expected: subtract(ZERO, expected), high: subtract(ZERO, low) };
}

/** Whether one's own projections come true: only of changes that were made, and held against requests that were billed. */
export function calibrationWords({ verified, refuted, projected, realised }: Calibration): string {
  const share = projected === 0n ? null : ratio(realised, projected);
  const of = countWords(verified + refuted, "change with a verdict", "changes with a verdict");
  const verdicts = `${String(verified)} verified, ${String(refuted)} refuted`;
  return `of ${of} (${verdicts}), realised ${share === null ? usdWords(realised) : `${share.toFixed(2)} of projected`}`;
}

export function dismissedWords({ at, reason, returned, verdict }: Quiet, timeZone: string): string {
  const notes = [verdict === null ? "" : `; made before, and ${verdict}`, returned ? "; given again" : ""];
  return `dismissed ${dayWords(at, timeZone, false)}: ${reason}${notes.join("")}`;
}

/** Why dismissed advice is given again. */
function returnedWords({ dismissedAt, reason, because }: Returned, timeZone: string): string {
  const why =
    because.kind === "other-change"
      ? `it was "${because.titleThen}"`
      : `it saves ${usdWords(because.perDayNow)} a day with use, ${usdWords(because.perDayThen)} then`;
  return `dismissed ${dayWords(dismissedAt, timeZone, false)} (${reason}), and back: ${why}`;
}

/** What was decided on a recommendation; null where nothing was. */
export function decidedWords(
  { id, returned }: Pick<Recommendation, "id" | "returned">,
  followUp: FollowUp | null,
  timeZone: string,
): string | null {
  if (returned !== null) return returnedWords(returned, timeZone);
  const accepted = followUp?.accepted.find((followed) => followed.id === id);
  if (accepted === undefined) return null;
  const verdict = accepted.state === "accepted" ? "" : `${accepted.state}: `;
  return `${verdict}${followedWords(accepted, timeZone)}`;
}

/** What a report says of advice that it does not give: what was made, what was accepted and has become moot, what was dismissed. */
export function followUpSentences(
  followUp: FollowUp | null,
  recommendations: readonly Recommendation[],
  timeZone: string,
): readonly string[] {
  if (followUp === null) return [];
  const given = new Set(recommendations.map(({ id }) => id));
  const quiet = followUp.dismissed.filter(({ returned }) => !returned).length;
  return [
    ...followUp.accepted
      .filter(({ id }) => !given.has(id))
      .map((one) => `${one.state}: ${one.workload}, ${one.title}: ${followedWords(one, timeZone)}`),
    ...(followUp.calibration === null ? [] : [calibrationWords(followUp.calibration)]),
    ...(quiet === 0 ? [] : [`${String(quiet)} dismissed and left out: farthing advice list`]),
  ];
}
