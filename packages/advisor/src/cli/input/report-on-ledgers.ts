import {
  askRows,
  closingsIn,
  isEventOf,
  queryOutcomes,
  totalsProjection,
  unreadBatches,
  type TotalsResult,
} from "@farthing/ledger";
import type { Decision } from "../../follow-up/decision.ts";
import type { PlanLimits } from "../../strategies/strategy.ts";
import type { Analysis } from "../../report/analysis.ts";
import { adviceEra } from "../../report/advice-era.ts";
import type { BillCoverage } from "../../report/bill-coverage.ts";
import { composeReport, type DatedAnalysis } from "../../report/compose-report.ts";
import type { ReportQuestion } from "../../report/question.ts";
import { recordedTimes } from "../../report/recorded-hours.ts";
import type { Report } from "../../report/report.ts";
import { hasOutcomes, OUTCOMES_BY, type ReportTotals } from "../../report/totals.ts";
import * as thresholds from "../../thresholds.ts";
import type { Selection } from "../flags/selection.ts";
import { FARTHING_VERSION } from "../version.ts";
import type { Sharing } from "./analyse-in-shares.ts";
import { chooseAnalysis, REPLAYED_MAX } from "./choose-analysis.ts";
import { analysisShelf, type AnalysisShelf } from "./saved-analysis.ts";
import { stateOf, subjectOfView, triedIn, type ViewQuestion } from "./view-subject.ts";

/** How a report may come by its analysis. */
export interface AnalysisOptions {
  /** Whether to replay whatever is kept. */
  readonly fresh: boolean;
  /** Whether sessions are wanted of services too, which have very many; those of single people are always. */
  readonly everySession: boolean;
  /** The most that a change may risk, and take; null where anything may be proposed. */
  readonly limits: PlanLimits | null;
  /** What has been decided on advice, by its id. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** The same selection as it was earlier, which advice is to rest on; null for the selection itself. */
  readonly earlier: Selection | null;
  /** Whether to say what each day cost. */
  readonly overTime: boolean;
  /** Who else replays; null where nobody does. */
  readonly sharing: Sharing | null;
  /** Hears that the analysis could not be kept. */
  readonly onUnsaved: (error: unknown) => void;
}

/** Reports on a selection: `only` are the ids of the recommendations to replay together, null for all. */
export type BuildReport = (only: readonly string[] | null) => Promise<Report>;

/** Sums what is selected, once, and then reports on it as often as asked. */
export async function reportOnLedgers(selection: Selection, options: AnalysisOptions): Promise<BuildReport> {
  const totals = await totalsOf(selection, options);
  return async (only) => {
    const question = questionOf(selection, only, options.limits);
    if (options.earlier !== null) {
      const dated = await analysisOf(options.earlier, totals, only, options);
      return composeReport(totals, dated, question);
    }
    const dated = await chooseAnalysis({
      ...options,
      shelf: shelfFor(selection, question, options.decisions),
      state: stateOf(selection.contents.view),
      position: selection.contents.view.position,
      responses: totals.spend.total.requests,
      now: selection.now,
      analyse: () => analyseView(selection, question, totals, options),
    });
    return composeReport(totals, dated, question);
  };
}

/** The analysis of what had been recorded earlier, as far as that lies behind the totals. */
async function analysisOf(
  earlier: Selection,
  totals: ReportTotals,
  only: readonly string[] | null,
  options: AnalysisOptions,
): Promise<DatedAnalysis> {
  const question = questionOf(earlier, only, options.limits);
  const totalsThen = await totalsOf(earlier, { everySession: false, overTime: false });
  const { heads, position } = earlier.contents.view;
  return {
    analysis: await analyseView(earlier, question, totalsThen, options),
    savedAt: Math.max(...[...heads.values()].map(({ at }) => at ?? 0), 0),
    position,
    newer: Math.max(0, totals.spend.total.requests - totalsThen.spend.total.requests),
  };
}

function questionOf(selection: Selection, only: readonly string[] | null, limits: PlanLimits | null): ReportQuestion {
  const { contents, book, now, timeZone, since, until, where, asOf } = selection;
  const { view, settings } = contents;
  return {
    damage: view.damage,
    book,
    settings,
    now,
    timeZone,
    since,
    until,
    where,
    asOf,
    example: false,
    only,
    limits,
  };
}

async function totalsOf(
  selection: Selection,
  { everySession, overTime }: Pick<AnalysisOptions, "everySession" | "overTime">,
): Promise<ReportTotals> {
  const { view, checkpoints } = selection.contents;
  const query = {
    ...selection,
    longPromptTokens: thresholds.LONG_CONTEXT_TOKENS,
    ...(overTime ? { dailyWorkloadsMax: thresholds.DAILY_WORKLOADS_MAX } : {}),
  };
  const ask = async (sessionsMax: number | null): Promise<TotalsResult> =>
    askRows(totalsProjection({ ...query, sessionsMax }), view, checkpoints);
  const withoutSessions = everySession ? null : await ask(null);
  const hasServices = withoutSessions !== null && withoutSessions.recorded.services > 0;
  const totals = hasServices ? withoutSessions : await ask(thresholds.SESSIONS_LISTED_MAX);
  const captures = await recordedTimes(view, checkpoints);
  const outcomes = hasOutcomes(view.others)
    ? await queryOutcomes(view.batches(), view.others, { ...query, by: OUTCOMES_BY })
    : null;
  return {
    ...totals,
    conflicts: view.conflicts,
    unknownTypes: view.unknownTypes,
    captures,
    bill: await billCoverageOf(selection),
    outcomes,
    unreadBatches: await unreadBatches(view),
    closings: selection.contents.paths.length === 1 ? closingsIn(view.others) : [],
    batchEnds: view.others.filter((event) => isEventOf(event, "BatchEnded")),
  };
}

/** A bill cannot be filtered, so it is held against everything. Most ledgers know no bill, and load nothing. */
async function billCoverageOf(selection: Selection): Promise<BillCoverage | null> {
  const { where, contents } = selection;
  if (where.length > 0 || !contents.view.others.some((event) => isEventOf(event, "BillReported"))) return null;
  const { askBillCoverage } = await import("./ask-bill-coverage.ts");
  return askBillCoverage(selection);
}

/** Replays the newest responses. What that takes is loaded only here: most reports show what is kept. */
async function analyseView(
  selection: Selection,
  { timeZone, now, since, until, where, only, limits = null, settings, book }: ReportQuestion,
  { outcomes }: ReportTotals,
  { decisions, sharing }: AnalysisOptions,
): Promise<Analysis> {
  const { pricesKnownAt, asOf, contents } = selection;
  const { view, paths } = contents;
  const asked = { timeZone, now, since, until, where, only, limits, billing: settings.billing };
  const question: ViewQuestion = { ...asked, outcomes: outcomes?.rows ?? [], decisions };
  if (sharing !== null) {
    const { analyseInShares } = await import("./analyse-in-shares.ts");
    const state = stateOf(view);
    const { position } = view;
    const about = { kind: "ledgers" as const, paths, asOf, state, position, pricesKnownAt, question };
    return analyseInShares(() => subjectOfView(view, question, book), about, sharing);
  }
  const { analyse } = await import("../../report/analysis.ts");
  const { trace, from, context } = await subjectOfView(view, question, book);
  return analyse(trace, from, context);
}

/** Kept in the first ledger of several, in whatever order they are named. */
function shelfFor(
  { contents }: Selection,
  question: ReportQuestion,
  decisions: AnalysisOptions["decisions"],
): AnalysisShelf {
  const [first = "", ...others] = [...contents.paths].sort();
  const { since, until, where, timeZone, asOf = null, only, limits = null, book, settings } = question;
  const bounds = Object.values(thresholds).filter((value) => typeof value === "number");
  return analysisShelf(first, [
    [FARTHING_VERSION, bounds, REPLAYED_MAX],
    [since, until, where, timeZone, asOf, only, limits, others],
    // What was decided decides what is advised: an analysis from before a decision is of another question.
    [...decisions].map(([id, decision]) => keyOf(id, decision)).sort(),
    // So does what was tried.
    triedIn(contents.view.others)
      .map(({ id }) => id)
      .sort(),
    // Advice of before a price or a model ended, or detail was pruned, cannot be found again as it was.
    [adviceEra(question.now, book), contents.view.rollups.length],
    [book.hash, Object.entries(settings.billing).sort(([a], [b]) => (a < b ? -1 : 1))],
  ]);
}

function keyOf(id: string, decision: Decision): string {
  const after = decision.kind === "dismissed" ? decision.after : null;
  return `${id} ${decision.kind} ${String(decision.at)} ${String(after?.at ?? "")}`;
}
