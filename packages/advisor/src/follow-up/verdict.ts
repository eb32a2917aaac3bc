import { ZERO } from "@farthing/ledger";
import { RESAMPLING_DAYS_MIN, RESPONSES_MIN } from "../thresholds.ts";
import type { BeforeChange } from "../portfolio/before-change.ts";
import type { OldWay } from "../strategies/recognition.ts";
import type { Followed, Result } from "./follow-up.ts";

/** What can be said of a change that was made: a verdict, or what one needs. */
export interface Verdict {
  readonly state: Extract<Followed["state"], "applied" | "verified" | "refuted">;
  readonly open: Followed["open"];
}

/**
 * Verified where at least as much was saved as the low end of what was projected, and no loss is within its range;
 * refuted where even the high end of what was saved lies below that low end. Between the two more days decide.
 */
export function verdictOn(result: Result, before: BeforeChange, without: OldWay): Verdict {
  const { realised, projected } = result;
  const lacking = whatLacks(result, before, without);
  if (lacking !== null) return { state: "applied", open: lacking };
  const isEnough = realised.expected >= projected.low;
  if (isEnough && realised.low > ZERO) return { state: "verified", open: null };
  if (realised.high < projected.low) return { state: "refuted", open: null };
  const saved = isEnough ? "as much was saved as projected" : "less was saved than projected";
  const observed = `${saved}, but days differ so much that this may be chance`;
  return { state: "applied", open: { observed, needed: "more days with use" } };
}

function whatLacks(result: Result, before: BeforeChange, { prompt, answer }: OldWay): Followed["open"] {
  const days = `${String(RESAMPLING_DAYS_MIN)} days with use`;
  if (result.days < RESAMPLING_DAYS_MIN) {
    return { observed: `${counted(result.days, "day")} with use since the change`, needed: days };
  }
  if (result.requests < RESPONSES_MIN) {
    return { observed: `${counted(result.requests, "request")} since the change`, needed: String(RESPONSES_MIN) };
  }
  const restsOnBefore = prompt !== "as-billed" || answer !== "as-billed";
  if (restsOnBefore && before.days < RESAMPLING_DAYS_MIN) {
    return {
      observed: `${counted(before.days, "day")} with use before the change`,
      needed: `${days} before it was accepted`,
    };
  }
  return answer === "as-before" && !before.answersFinal
    ? { observed: "answers before the change were not recorded to their end", needed: null }
    : null;
}

function counted(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? "" : "s"}`;
}
