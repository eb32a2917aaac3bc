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
  { period }: Pick<Report, "period">,
  withYear: boolean,
): readonly AbstentionLine[] {
  const byReason = new Map<string, Set<string>>();
  for (const { strategy, workload, observed, needed, answerBy } of abstained) {
    const until = answerBy === null ? "" : `, answer about ${dayWords(answerBy, period.timeZone, withYear)}`;
    const reason = `${observed}${needed === null ? "" : `; needs ${needed}`}${until}`;
    const about = byReason.get(reason) ?? new Set();
    byReason.set(reason, about.add(strategy === "per-month" ? "per month" : workload));
  }
  return [...byReason].map(([reason, about]) => ({ about: [...about], reason }));
}
