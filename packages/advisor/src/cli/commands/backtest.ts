import {
  billingBasisOf,
  calendarOf,
  matches,
  rowFilter,
  type Calendar,
  type Instant,
  type LedgerSettings,
  type PriceBook,
} from "@farthing/ledger";
import { runBacktest } from "../../backtest/run-backtest.ts";
import { splitInstant } from "../../backtest/split-instant.ts";
import { traceableCalls, type AskedCall } from "../../trace/from-account.ts";
import { newestResponses } from "../../trace/newest-responses.ts";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { askSelected, type Answered, type FilterFlags, type Selection } from "../flags/selection.ts";
import { instantIn, parseInstantFlag } from "../flags/time-options.ts";
import { REPLAYED_MAX } from "../input/choose-analysis.ts";
import type { CommandIo } from "../io.ts";
import { backtestToJson, type BacktestAnswer } from "../output/backtest-json.ts";
import { commandLine } from "../output/command-line.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import { exampleQuestion, sameQuestion } from "../output/pinned-flags.ts";
import { renderBacktest } from "../output/render-backtest.ts";

export interface BacktestFlags extends FilterFlags {
  readonly split?: string;
  readonly trainShare?: number;
  readonly example?: true;
  readonly format: "text" | "json";
}

/** The share of the responses to advise on where neither flag says where to split. */
const TRAIN_SHARE = 0.6;

/** `farthing backtest`: advice on the first part of the requests, held against the rest. */
export async function backtest(io: CommandIo, flags: BacktestFlags): Promise<ExitCode> {
  if (flags.split !== undefined) {
    if (flags.trainShare !== undefined) throw new UsageError("--split and --train-share: give one of them");
    parseInstantFlag(flags.split, "--split");
  }
  const { answer, exitCode } = flags.example === true ? await onExample(flags) : await onLedgers(io, flags);
  if (flags.format === "json") writeJson(io.stdout, backtestToJson(answer));
  else writeLines(io.stdout, renderBacktest(answer, columnsOf(io)));
  return exitCode;
}

async function onExample(flags: BacktestFlags): Promise<Answered<BacktestAnswer>> {
  if (flags.ledger.length > 0) throw new UsageError("--example tests advice on bundled data; leave out --ledger");
  if (flags.asOf !== undefined) throw new UsageError("--example has no history; leave out --as-of");
  const { exampleReportInput } = await import("../input/example-report-input.ts");
  const input = exampleReportInput(flags);
  const calls = traceableCalls(input.account.responses, matches(input, calendarOf(input.timeZone)));
  return {
    answer: answered(
      { ...input, asOf: null, asked: ["--example", ...exampleQuestion(input)] },
      { calls, from: null },
      flags,
    ),
    exitCode: EXIT.done,
  };
}

async function onLedgers(io: CommandIo, flags: BacktestFlags): Promise<Answered<BacktestAnswer>> {
  return askSelected(io, flags, async (selection) => {
    const { contents } = selection;
    const found = await newestResponses(contents.view, wantedRows(selection), REPLAYED_MAX);
    const asked = sameQuestion(selection);
    return answered({ ...selection, settings: contents.settings, example: false, asked }, found, flags);
  });
}

function wantedRows(selection: Selection): ReturnType<typeof rowFilter> | null {
  const { where, since, until, timeZone } = selection;
  const isEverything = where.length === 0 && since === null && until === null;
  return isEverything ? null : rowFilter(selection, calendarOf(timeZone));
}

/** What a ledger and the example have in common. */
interface Question extends Omit<BacktestAnswer["question"], "from" | "basis" | "discountPercent" | "trainShare"> {
  readonly book: PriceBook;
  readonly settings: LedgerSettings;
  /** All of it but the split, as flags. */
  readonly asked: readonly string[];
}

function answered(
  { book, settings, example, now, since, until, timeZone, asOf, asked }: Question,
  { calls, from }: { readonly calls: readonly AskedCall[]; readonly from: Instant | null },
  flags: BacktestFlags,
): BacktestAnswer {
  const { billing, discountPercent } = settings;
  const calendar = calendarOf(timeZone);
  const sources = [...new Set(calls.flatMap(({ call, isWanted }) => (isWanted ? call.sources : [])))];
  const basis = billingBasisOf(billing, sources);
  const trainShare = flags.split === undefined ? (flags.trainShare ?? TRAIN_SHARE) : null;
  const split = splitOf(calls, flags, calendar) ?? now;
  return {
    backtest: runBacktest(calls, split, { book, calendar, billing }),
    question: { example, now, since, until, timeZone, asOf, from, basis, discountPercent, trainShare },
    priceBookHash: book.hash,
    command: commandLine(["backtest", ...splitFlags(flags), ...asked, "--format", "json"]),
  };
}

/** A split by share is one by days of responses: with the same responses it is the same. */
function splitFlags({ split, trainShare }: BacktestFlags): readonly string[] {
  return split === undefined ? ["--train-share", String(trainShare ?? TRAIN_SHARE)] : ["--split", split];
}

function splitOf(
  calls: readonly AskedCall[],
  { split, trainShare = TRAIN_SHARE }: BacktestFlags,
  calendar: Calendar,
): Instant | null {
  return split === undefined
    ? splitInstant(calls, trainShare, calendar)
    : instantIn(split, "--split", calendar.timeZone);
}
