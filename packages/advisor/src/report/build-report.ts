import { calendarOf, isEventOf, matches, queryOutcomes, queryTotals, type Account } from "@farthing/ledger";
import { decisionsOf } from "../follow-up/decision-events.ts";
import { traceFromResponses } from "../trace/from-account.ts";
import { analyse, type Analysis, type AnalysisSubject } from "./analysis.ts";
import { composeReport, OF_THIS_LEDGER } from "./compose-report.ts";
import type { ReportQuestion } from "./question.ts";
import type { Report } from "./report.ts";
import { DAILY_WORKLOADS_MAX, LONG_CONTEXT_TOKENS, SESSIONS_LISTED_MAX } from "../thresholds.ts";
import { hasOutcomes, OUTCOMES_BY, totalsOfAccount } from "./totals.ts";

/** What a report is about. */
export interface ReportInput extends ReportQuestion {
  readonly account: Account;
}

/** Reads an account as a report: what it cost, where that went, and what would have cost less. */
export function buildReport(input: ReportInput): Report {
  const { subject, report } = readAccount(input);
  return report(analyse(subject.trace, subject.from, subject.context));
}

/** What of an account is looked at for advice, and the report around what is found in it. */
export interface AccountReading {
  readonly subject: AnalysisSubject;
  readonly report: (analysis: Analysis) => Report;
}

export function readAccount(input: ReportInput): AccountReading {
  const calendar = calendarOf(input.timeZone);
  const trace = traceFromResponses(input.account.responses, input.book, matches(input, calendar));
  const { others } = input.account;
  const outcomes = hasOutcomes(others) ? queryOutcomes(input.account, others, { ...input, by: OUTCOMES_BY }) : null;
  const context = {
    ...input,
    calendar,
    billing: input.settings.billing,
    outcomes: outcomes?.rows ?? [],
    decisions: decisionsOf(others).inForce,
    trials: others.filter((event) => isEventOf(event, "TrialRecorded")),
  };
  return {
    subject: { trace, from: null, context },
    report: (analysis) => {
      const totals = queryTotals(input.account, {
        ...input,
        longPromptTokens: LONG_CONTEXT_TOKENS,
        sessionsMax: SESSIONS_LISTED_MAX,
        ...(input.overTime === true ? { dailyWorkloadsMax: DAILY_WORKLOADS_MAX } : {}),
      });
      const composed = totalsOfAccount(totals, outcomes, input.account);
      return composeReport(composed, { analysis, ...OF_THIS_LEDGER }, input);
    },
  };
}
