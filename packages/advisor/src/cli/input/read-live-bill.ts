import { setTimeout as wait } from "node:timers/promises";
import { fetchBill, importBill, type BillClient, type BillProblem, type FetchedReport } from "@farthing/adapters/bill";
import { formatInstant, type Instant, type Ledger } from "@farthing/ledger";
import { printable } from "../../report/text-layout.ts";
import { isFields } from "../../trial/sample.ts";
import { UsageError } from "../command-errors.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "./open-to-write.ts";
import type { BoundedPeriod } from "../flags/period.ts";
import { nowOf } from "../flags/selection.ts";
import type { CommandIo } from "../io.ts";
import { warn, warnOfMany } from "../messages.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { loadClientClass } from "./load-client-class.ts";

/** What became of reading the bill. */
export interface LiveBill {
  /** The ledger it is kept in. */
  readonly ledger: string;
  /** Whether every report was read, and every row of it understood. */
  readonly isWhole: boolean;
}

const HOUR_MS = 3_600_000;

/**
 * How far back reports reach (Usage and Cost Analytics API; SDK 1.12.0, beta/organization/analytics/{usage,cost}.d.ts:
 * "within the last 365 days and no earlier than 2026-01-01"; checked 2026-11-22).
 */
const BACK_MS_MAX = 365 * 24 * HOUR_MS;
const EARLIEST = Date.parse("2026-01-01T00:00:00.000Z");

const SENDABLE = /^[\x21-\x7e]+$/;

const NO_KEY =
  "--live reads the bill of your organization with an Admin API key: set ANTHROPIC_ADMIN_KEY; without one, farthing import cost-report FILE...";

/**
 * Reads the bill of a period from the API into a ledger, each report as soon as it is there. What is missing is said on
 * stderr.
 *
 * @param period Null where none was given.
 * @throws UsageError for a period that the API does not tell, without a key or the SDK, and with several ledgers.
 */
export async function readLiveBill(
  io: CommandIo,
  period: BoundedPeriod | null,
  flags: { readonly ledger: readonly string[]; readonly now?: string },
): Promise<LiveBill> {
  const path = ledgerToWrite(flags.ledger, io);
  const hours = toldHours(period, nowOf(io, flags));
  const client = await openClient(io);
  if (period !== null && hours.until < period.until) {
    warn(io, `nothing is read from ${formatInstant(hours.until)} on: those hours are not over`);
  }
  await using ledger = await openToWrite(path, io, { create: true });
  let isWhole = true;
  const pause = async (ms: number): Promise<void> => {
    warn(io, "waiting a minute before the next 31 days, as the API asks");
    await wait(ms);
  };
  for await (const report of fetchBill(client, hours, pause)) {
    const isRead = await keep(io, ledger, report);
    isWhole &&= isRead;
  }
  return { ledger: path, isWhole };
}

/** The whole hours of a period that are over. */
function toldHours(period: BoundedPeriod | null, now: Instant): BoundedPeriod {
  if (period === null) throw new UsageError("--live: name the PERIOD to read, such as 2026-10");
  const since = Math.floor(period.since / HOUR_MS) * HOUR_MS;
  const until = Math.min(Math.ceil(period.until / HOUR_MS) * HOUR_MS, Math.floor(now / HOUR_MS) * HOUR_MS);
  const earliest = Math.max(EARLIEST, now - BACK_MS_MAX);
  if (since < earliest) {
    throw new UsageError(
      `--live: the API tells nothing before 2026-01-01 or of more than 365 days ago, that is before ${formatInstant(earliest)}; farthing import cost-report reads what you fetched earlier`,
    );
  }
  if (until <= since) throw new UsageError("--live: no hour of this PERIOD is over yet");
  return { since, until };
}

async function openClient(io: CommandIo): Promise<BillClient> {
  const key = io.env["ANTHROPIC_ADMIN_KEY"] ?? "";
  if (key === "") throw new UsageError(NO_KEY);
  // A header that cannot be sent would be named in the error with the key in it.
  if (!SENDABLE.test(key))
    throw new UsageError("ANTHROPIC_ADMIN_KEY: it has a space or another character that no key has");
  const ClientOfSdk = await loadClientClass<object>(io, "--live reads the bill");
  const client = new ClientOfSdk({ apiKey: key, baseURL: io.env["ANTHROPIC_BASE_URL"] ?? null, authToken: null });
  if (isBillClient(client)) return client;
  throw new UsageError(
    "--live: the @anthropic-ai/sdk that is installed here cannot read usage and cost: npm install @anthropic-ai/sdk@latest",
  );
}

function isBillClient(client: object): client is BillClient {
  const path = ["beta", "organization", "analytics"];
  const analytics = path.reduce<unknown>((at, name) => (isFields(at) ? at[name] : null), client);
  return isFields(analytics) && isFields(analytics["usage"]) && isFields(analytics["cost"]);
}

/** Whether all of the report could be read. */
async function keep(io: CommandIo, ledger: Ledger, report: FetchedReport): Promise<boolean> {
  const name = `${report.side} report of ${formatInstant(report.from)} to ${formatInstant(report.until)}`;
  if (report.kind === "missing") {
    warn(io, `${name} is missing: ${printable(report.why)}`);
    return false;
  }
  const { rows, outcomes } = await importBill(ledger, report, report.pages);
  const { appended, exists } = outcomes;
  warn(
    io,
    `${name}: ${displayQuantity(rows, "row")}; ${displayCount(appended)} hours new, ${displayCount(exists)} known already`,
  );
  warnOfMany(
    io,
    report.problems.map((problem) => problemWords(problem)),
  );
  return report.problems.length === 0;
}

function problemWords({ file, place, why }: BillProblem): string {
  return printable(place === null ? `${file}: ${why}` : `${file}: ${place}: ${why}`);
}
