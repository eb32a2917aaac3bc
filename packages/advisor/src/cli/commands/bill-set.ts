import { createHash } from "node:crypto";
import {
  billOf,
  calendarOf,
  formatInstant,
  formatUsd,
  InvalidAmountError,
  isEventOf,
  parseUsd,
  type BillReported,
  type Ledger,
  type Money,
} from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { parsePeriod, type BoundedPeriod } from "../flags/period.ts";
import { nowOf } from "../flags/selection.ts";
import { checkTimes } from "../flags/time-options.ts";
import type { CommandIo } from "../io.ts";
import { writeJson, writeLines } from "../output/output.ts";

export interface BillSetFlags {
  readonly ledger: readonly string[];
  readonly format: "text" | "json";
  readonly tz?: string;
  readonly now?: string;
}

const ID_DIGITS = 32;
const MONTH_OR_DAY = /^\d{4}-\d{2}(-\d{2})?$/;

/** `farthing bill set PERIOD USD`. A later amount of the same period replaces it; the same amount again records nothing. */
export async function setBill(io: CommandIo, periodText: string, usd: string, flags: BillSetFlags): Promise<ExitCode> {
  if (!MONTH_OR_DAY.test(periodText)) {
    throw new UsageError(`"${periodText}": expected a month such as 2026-10, or a day such as 2026-10-05`);
  }
  const inCalendar = parsePeriod(periodText);
  const amount = amountOf(usd);
  const { calendar } = checkTimes(flags);
  const path = ledgerToWrite(flags.ledger, io);
  await using ledger = await openToWrite(path, io, { create: true });
  const zone = calendar ?? calendarOf((await ledger.settings.read()).timeZone);
  const period = inCalendar(zone);
  const before = await statedAmount(ledger, period);
  if (before !== amount) await ledger.append([toEvent(period, amount, formatInstant(nowOf(io, flags)))]);
  const previous = before === null ? null : formatUsd(before);
  const { since, until } = { since: formatInstant(period.since), until: formatInstant(period.until) };
  if (flags.format === "json") {
    writeJson(io.stdout, { ledger: path, since, until, usd: formatUsd(amount), previous, added: before !== amount });
  } else {
    const words =
      previous === null ? "" : before === amount ? ", as it was recorded already" : `, in place of $${previous}`;
    writeLines(io.stdout, [
      `billed  $${formatUsd(amount)} for ${periodText} (${zone.timeZone})${words}; ledger ${path}`,
    ]);
  }
  return EXIT.done;
}

function amountOf(text: string): Money {
  try {
    return parseUsd(text);
  } catch (error) {
    if (error instanceof InvalidAmountError) throw new UsageError(`USD: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What is recorded as billed for exactly that period; null where nothing is. */
async function statedAmount(ledger: Ledger, { since, until }: BoundedPeriod): Promise<Money | null> {
  const bills: BillReported[] = [];
  for await (const { event } of ledger.read()) if (isEventOf(event, "BillReported")) bills.push(event);
  const { stated } = billOf(bills, { since, until });
  const same = stated.filter((each) => each.from === since && each.until === until);
  return same.find(({ dimensions }) => Object.keys(dimensions).length === 0)?.billed ?? null;
}

/** The id holds when it was said, so that an amount can be set again after another. */
function toEvent({ since, until }: BoundedPeriod, amount: Money, occurredAt: string): BillReported {
  const fact = { from: formatInstant(since), until: formatInstant(until), usd: formatUsd(amount), occurredAt };
  const digest = createHash("sha256").update(JSON.stringify(fact)).digest("hex").slice(0, ID_DIGITS);
  return {
    ...fact,
    type: "BillReported",
    version: 1,
    id: `bill:${digest}`,
    sources: ["bill-set"],
    dimensions: {},
    raw: null,
  };
}
