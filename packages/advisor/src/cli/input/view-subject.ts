import { createHash } from "node:crypto";
import {
  calendarOf,
  isEventOf,
  rowFilter,
  type Condition,
  type EventOf,
  type Instant,
  type KnownEvent,
  type LedgerSettings,
  type LedgerView,
  type OutcomeRow,
  type PriceBook,
} from "@farthing/ledger";
import type { Decision } from "../../follow-up/decision.ts";
import type { AnalysisSubject } from "../../report/analysis.ts";
import type { PlanLimits } from "../../strategies/strategy.ts";
import { REPLAYED_MAX } from "./choose-analysis.ts";

/** What advice on a view is asked with, besides prices: plain data. */
export interface ViewQuestion {
  readonly timeZone: string;
  readonly now: Instant;
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly where: readonly Condition[];
  readonly only: readonly string[] | null;
  readonly limits: PlanLimits | null;
  readonly billing: LedgerSettings["billing"];
  readonly outcomes: readonly OutcomeRow[];
  readonly decisions: ReadonlyMap<string, Decision>;
}

/** The newest responses of a view, to be replayed. What reads them is loaded only here: most reports show what is kept. */
export async function subjectOfView(
  view: LedgerView,
  question: ViewQuestion,
  book: PriceBook,
): Promise<AnalysisSubject> {
  const { newestResponses } = await import("../../trace/newest-responses.ts");
  const { traceFromCalls } = await import("../../trace/from-account.ts");
  const { timeZone, now, since, until, where, only, limits, billing, outcomes, decisions } = question;
  const calendar = calendarOf(timeZone);
  const isEverything = where.length === 0 && since === null && until === null;
  const { calls, from } = await newestResponses(
    view,
    isEverything ? null : rowFilter(question, calendar),
    REPLAYED_MAX,
  );
  const trials = triedIn(view.others);
  const context = { book, calendar, now, billing, only, limits, outcomes, decisions, trials };
  return { trace: traceFromCalls(calls, book), from, context };
}

export function triedIn(others: readonly KnownEvent[]): readonly EventOf<"TrialRecorded">[] {
  return others.filter((event) => isEventOf(event, "TrialRecorded"));
}

/** Equal where the events are the same. */
export function stateOf({ heads, damage }: LedgerView): string {
  const parts = [
    [...heads].map(([writer, { seq, chain }]) => `${writer} ${String(seq)} ${chain}`).sort(),
    damage.map(({ line, byte, why }) => `${String(line)} ${String(byte)} ${why}`),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
