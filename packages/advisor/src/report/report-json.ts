import assert from "node:assert/strict";
import { formatInstant, formatUsd, money, type Instant, type Money } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { priceUnder, savingUnder } from "../contract/contract.ts";
import { contractSavingToJson, contractToJson } from "../contract/contract-json.ts";
import { arithmeticRows } from "./arithmetic-lines.ts";
import { closedFigureToJson } from "./closed-periods.ts";
import { followUpToJson, returnedToJson } from "./follow-up-json.ts";
import { outcomesToJson } from "./outcomes-json.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import type { RecordedService } from "./recorded-hours.ts";
import { reratedToJson } from "./rerated.ts";
import type { Due, Report } from "./report.ts";
import { SCHEMA_VERSION } from "./schema-version.ts";
import { isTotalAtLeast } from "./total-words.ts";
import type { SpendOverTime } from "./spend-over-time.ts";
import type { Slice } from "./totals.ts";
import { asOfText } from "./words.ts";

/** Command lines that print figures of a report again, to the digit. */
export interface ReportCommands {
  /** All of the report. */
  readonly whole: string;
  /** One recommendation in full, by its id. */
  readonly explain: (id: string) => string;
  /** What the responses of one workload, model or session cost; null where no command asks for these alone. */
  readonly spend: (key: SliceKey, name: string) => string | null;
}

type SliceKey = "workload" | "model" | "session";

/**
 * The report as a JSON document: money as decimal strings, times ISO 8601 in UTC, tokens as integers.
 *
 * @param commands How to print it again; null where nobody knows.
 */
export function reportToJson(report: Report, commands: ReportCommands | null = null): object {
  const { period, total, where } = report;
  const { sessions } = total;
  const { bySession } = where;
  assert(sessions !== null && bySession !== null, "the document holds sessions, so they must be asked for");
  return {
    schemaVersion: SCHEMA_VERSION,
    command: commands?.whole ?? null,
    example: report.example,
    subset: report.subset,
    limits: report.limits,
    now: formatInstant(report.now),
    period: {
      since: instant(period.since),
      until: instant(period.until),
      first: instant(period.first),
      last: instant(period.last),
      timeZone: period.timeZone,
      asOf: period.asOf === null ? null : asOfText(period.asOf),
      daysWithUse: period.daysWithUse,
      calendarDays: period.calendarDays,
      fullDaysOfLast30: period.fullDaysOfLast30,
    },
    total: {
      usd: formatUsd(total.usd),
      requests: total.responses,
      sessions,
      projects: total.projects,
      services: total.services,
      tokens: total.tokens,
      claudeCodeOnly: total.claudeCodeOnly,
    },
    billing: report.billing,
    ...contractPart(report),
    coverage: coverageToJson(report.coverage),
    ...(report.closed.length === 0 ? {} : { closed: report.closed.map(closedFigureToJson) }),
    where: {
      items: where.byItem.map(withUsd),
      workloads: where.byWorkload.map(slice("workload", commands)),
      models: where.byModel.map(slice("model", commands)),
      sessions: bySession.map(slice("session", commands)),
      longContext: withUsd(where.longContext),
      resent: where.resent.map(withUsd),
    },
    spendOverTime: report.spendOverTime === null ? null : overTime(report.spendOverTime),
    outcomes: report.outcomes === null ? null : outcomesToJson(report.outcomes),
    advice: {
      responses: report.advice.responses,
      usd: formatUsd(report.advice.usd),
      days: report.advice.days,
      from: instant(report.advice.from),
      asOf: instant(report.advice.savedAt),
      newer: report.advice.newer,
      trialCalls: report.advice.trialCalls,
    },
    replayGap: report.gaps.map(replayGapToJson),
    joint: {
      answersUnchanged: range(report.joint.answersUnchanged),
      needsQualityTest: range(report.joint.needsQualityTest),
      all: range(report.joint.all),
      perMonth: report.joint.perMonth === null ? null : range(report.joint.perMonth),
    },
    recommendations: report.recommendations.map((each) => ({
      ...recommendationToJson(each),
      ...commandOf(commands?.explain(each.id)),
    })),
    // Most ledgers hold no decision, and say nothing of any.
    ...(report.followUp === null ? {} : { followUp: followUpToJson(report.followUp) }),
    cacheTimelines: report.cacheTimelines,
    abstained: report.abstained.map((abstention) => ({ ...abstention, answerBy: instant(abstention.answerBy) })),
    due: report.due.map(dueRow),
    findings: report.findings.map((finding) => ({
      ...finding,
      usd: finding.usd === null ? null : formatUsd(finding.usd),
    })),
    rerated: report.rerated.map(reratedToJson),
    priceBook: report.priceBookHash,
  };
}

/** The key is only there where the terms of a contract apply. */
function contractPart(report: Report): { readonly contract?: object } {
  const price = priceUnder(report.contract, report.total.usd, isTotalAtLeast(report));
  if (price === null) return {};
  return { contract: { ...contractToJson(price), ...contractSavingToJson(savingUnder(price, report.joint.all)) } };
}

function overTime({ step, otherWorkloads, points }: SpendOverTime): object {
  return {
    step,
    otherWorkloads,
    points: points.map((point) => ({
      at: point.at,
      usd: formatUsd(point.usd),
      items: point.items.map(withUsd),
      workloads: point.workloads.map(withUsd),
      otherWorkloads: formatUsd(point.otherWorkloads),
    })),
  };
}

function recorded({ since, until, spans, isOn, ...service }: RecordedService): object {
  return {
    ...service,
    since: formatInstant(since),
    until: formatInstant(until),
    on: isOn,
    spans: spans.map((span) => ({ since: formatInstant(span.since), until: formatInstant(span.until) })),
  };
}

export function replayGapToJson(gap: ReplayGap): object {
  return {
    ...gap,
    predicted: formatUsd(gap.predicted),
    billed: formatUsd(gap.billed),
    unexplained: formatUsd(gap.unexplained),
    differences: formatUsd(gap.differences),
  };
}

function slice(key: SliceKey, commands: ReportCommands | null): (one: Slice) => object {
  return (one) => ({ ...withUsd(one), ...commandOf(commands?.spend(key, one.name)) });
}

/** The key is only there where there is a command. */
function commandOf(command: string | null | undefined): { readonly command?: string } {
  return command === null || command === undefined ? {} : { command };
}

/** A recommendation as JSON. */
export function recommendationToJson(recommendation: Recommendation): object {
  const { id, plan, alone, arithmetic, share, breakEven, unseen, returned } = recommendation;
  return {
    id,
    strategy: plan.strategy,
    workload: plan.workload,
    subject: plan.subject === "" ? null : plan.subject,
    title: plan.title,
    lever: plan.lever,
    answersUnchanged: plan.answersUnchanged,
    risk: plan.risk,
    effort: plan.effort,
    saving: range(alone),
    arithmetic: {
      items: arithmeticRows(recommendation).map(({ item, before, after }) => ({
        item,
        before: withUsd(before),
        after: withUsd(after),
      })),
      elsewhere: formatUsd(arithmetic.elsewhere),
    },
    share: formatUsd(share.expected),
    shareRange: range(share),
    breakEven,
    uncertainty: plan.uncertainty,
    change: plan.change,
    undo: plan.undo,
    unseen,
    ...(returned === null ? {} : { returned: returnedToJson(returned) }),
  };
}

function dueRow(entry: Due): object {
  const at = formatInstant(entry.at);
  if (entry.kind === "model-retires") return { ...entry, at, lastUsedAt: formatInstant(entry.lastUsedAt) };
  return { ...entry, at, submittedAt: instant(entry.submittedAt), endedAt: instant(entry.endedAt) };
}

function range({ low, expected, high }: SavingRange): object {
  return { low: formatUsd(low), expected: formatUsd(expected), high: formatUsd(high) };
}

function withUsd(value: { readonly usd: Money }): object {
  return { ...value, usd: formatUsd(value.usd) };
}

function instant(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}

function coverageToJson({ bill, ...coverage }: Report["coverage"]): object {
  return {
    ...coverage,
    ...(bill === undefined
      ? {}
      : {
          bill: {
            since: formatInstant(bill.from),
            until: formatInstant(bill.until),
            listUsd: formatUsd(bill.listUsd),
            listFrom: bill.listFrom,
            ledgerUsd: formatUsd(bill.ledgerUsd),
            residualUsd: formatUsd(money(bill.listUsd - bill.ledgerUsd)),
          },
        }),
    services: coverage.services.map(recorded),
  };
}
