import type { Instant } from "@farthing/ledger";
import { dayWords } from "./words.ts";
import type { DatedAbstention, Report } from "./report.ts";

/** One reason why there is no advice, and what it is about. */
export interface AbstentionLine {
  /** Workloads, or what else the reason is about: each once. */
  readonly about: readonly string[];
  readonly reason: string;
}

/** Why there is no advice, each reason once: strategies, and workloads, can share all of its words. */
export function abstentionLines(
  abstained: readonly DatedAbstention[],
  { now, period }: Pick<Report, "now" | "period">,
  withYear: boolean,
): readonly AbstentionLine[] {
  const byReason = new Map<string, { readonly about: Set<string>; readonly strategies: Set<string> }>();
  for (const { strategy, workload, observed, needed, answerBy } of abstained) {
    const until = answerBy === null ? "" : `, answer about ${answerWords(answerBy, now, period.timeZone, withYear)}`;
    const reason = `${observed}${needed === null ? "" : `; needs ${needed}`}${until}`;
    const { about, strategies } = byReason.get(reason) ?? { about: new Set(), strategies: new Set() };
    about.add(strategy === PER_MONTH ? "per month" : workload);
    byReason.set(reason, { about, strategies: strategies.add(strategy) });
  }
  return [...byReason].map(([reason, { about, strategies }]) => {
    const [only, ...others] = strategies;
    const isNamed = others.length > 0 || only === undefined || only === PER_MONTH || NAMES_ITS_CHANGE.test(reason);
    return { about: [...about], reason: isNamed ? reason : `${only.replaceAll("-", " ")}: ${reason}` };
  });
}

const PER_MONTH = "per-month";
/** As `opus-4-8 -> opus-5-5: ` at the beginning does. */
const NAMES_ITS_CHANGE = /^[^;]*: /;

/** A day of another year is not taken for one that is past. */
function answerWords(answerBy: Instant, now: Instant, timeZone: string, withYear: boolean): string {
  const year = (at: Instant): string => dayWords(at, timeZone, true).slice(-4);
  return dayWords(answerBy, timeZone, withYear || year(answerBy) !== year(now));
}
