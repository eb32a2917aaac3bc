import { calendarOf, loadClosing, openLedger, PeriodClosedError, type ClosedPeriod } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { databaseUrl, ledgerToWrite } from "../flags/locate-ledger.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import { parsePeriod } from "../flags/period.ts";
import { nowOf } from "../flags/selection.ts";
import { checkTimes } from "../flags/time-options.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { contractOf, isSpentAtList } from "../input/contract-of.ts";
import type { CommandIo } from "../io.ts";
import { closeToJson } from "../output/close-json.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { renderClose } from "../output/render-close.ts";

export interface CloseFlags {
  readonly ledger: readonly string[];
  readonly tz?: string;
  readonly dryRun?: true;
  readonly now?: string;
  readonly format: "text" | "json";
}

/** `farthing close PERIOD`: the figure that stands for a period from now on. */
export async function close(io: CommandIo, period: string, flags: CloseFlags): Promise<ExitCode> {
  const path = await oneLedgerToRead(flags.ledger, io, "each ledger's books are closed on their own");
  const periodAsked = parsePeriod(period);
  const { calendar: wanted } = checkTimes(flags);
  const now = nowOf(io, flags);
  const dryRun = flags.dryRun === true;
  await using ledger = await (dryRun
    ? openLedger(path, { mode: "read" })
    : openToWrite(ledgerToWrite(flags.ledger, io), io));
  const settings = await ledger.settings.read();
  const calendar = wanted ?? calendarOf(settings.timeZone);
  const { since: from, until } = periodAsked(calendar);
  if (until > now) {
    const end = new Date(until).toISOString();
    throw new UsageError(`"${period}" is not over: it ends at ${end}; close it then, or later`);
  }
  const url = dryRun ? null : databaseUrl(ledgerToWrite(flags.ledger, io), io);
  if (url !== null) await (await import("../input/shared-ledgers.ts")).refuseHeldBack(url, io);
  const { closePeriod } = await loadClosing();
  const options = { from, until, timeZone: calendar.timeZone, now, dryRun };
  const closed = await orUsageError(period, () => closePeriod(ledger, options));
  if (flags.format === "json") writeJson(io.stdout, closeToJson(path, closed, dryRun));
  else {
    const layout = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
    const asked = { isWholeAccount: true, since: from, until, timeZone: calendar.timeZone, now };
    const contract = contractOf(closed.spend, settings, asked);
    writeLines(
      io.stdout,
      renderClose(period, closed, { dryRun, isSpent: isSpentAtList(closed.spend, settings), contract }, layout),
    );
  }
  return closed.open.damagedPlaces === 0 ? EXIT.done : EXIT.badInput;
}

/** What is closed already is not closed again: its figure is named, and what to do. */
async function orUsageError(period: string, action: () => Promise<ClosedPeriod>): Promise<ClosedPeriod> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof PeriodClosedError)) throw error;
    const what = `farthing spend --period ${period} prints it, with the adjustments since`;
    throw new UsageError(`"${period}": ${error.message}; ${what}`, { cause: error });
  }
}
