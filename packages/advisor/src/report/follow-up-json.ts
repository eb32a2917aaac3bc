import { formatInstant, formatUsd, ratio } from "@farthing/ledger";
import type { Calibration, Followed, FollowUp, Quiet, Result } from "../follow-up/follow-up.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { Returned } from "../portfolio/settled-advice.ts";

/** What became of decisions on advice, as JSON. */
export function followUpToJson({ accepted, dismissed, calibration }: FollowUp): object {
  return {
    accepted: accepted.map(followedToJson),
    dismissed: dismissed.map(dismissedToJson),
    calibration: calibration === null ? null : calibrationToJson(calibration),
  };
}

export function returnedToJson({ dismissedAt, reason, because }: Returned): object {
  return {
    dismissedAt: formatInstant(dismissedAt),
    reason,
    because:
      because.kind === "other-change"
        ? because
        : { ...because, perDayThen: formatUsd(because.perDayThen), perDayNow: formatUsd(because.perDayNow) },
  };
}

export function followedToJson({ at, appliedAt, takenBackAt, saving, subject, result, ...followed }: Followed): object {
  return {
    ...followed,
    subject: subject === "" ? null : subject,
    at: formatInstant(at),
    saving: rangeToJson(saving),
    appliedAt: appliedAt === null ? null : formatInstant(appliedAt),
    takenBackAt: takenBackAt === null ? null : formatInstant(takenBackAt),
    result: result === null ? null : resultToJson(result),
  };
}

function resultToJson({ usd, withoutUsd, projected, realised, ...result }: Result): object {
  return {
    ...result,
    usd: formatUsd(usd),
    withoutUsd: formatUsd(withoutUsd),
    projected: rangeToJson(projected),
    realised: rangeToJson(realised),
  };
}

export function dismissedToJson({ at, saving, subject, ...dismissed }: Quiet): object {
  return {
    ...dismissed,
    subject: subject === "" ? null : subject,
    at: formatInstant(at),
    saving: rangeToJson(saving),
  };
}

export function calibrationToJson({ projected, realised, ...calibration }: Calibration): object {
  return {
    ...calibration,
    projected: formatUsd(projected),
    realised: formatUsd(realised),
    ratio: projected === 0n ? null : ratio(realised, projected),
  };
}

function rangeToJson({ low, expected, high }: SavingRange): object {
  return { low: formatUsd(low), expected: formatUsd(expected), high: formatUsd(high) };
}
