import { DEFAULT_SETTINGS, EVERY_SOURCE, foldAccount, listPriceBook, type Account } from "@farthing/ledger";
import { exampleEvents, EXAMPLE_NOW } from "../../example/example-ledger.ts";
import type { ReportInput } from "../../report/build-report.ts";
import { UsageError } from "../command-errors.ts";
import { parseWhere } from "../flags/parse-where.ts";
import type { FilterFlags } from "../flags/selection.ts";
import { checkTimes, parseInstantFlag, toPeriod } from "../flags/time-options.ts";

/** What the example's events come to: the same for every question, so a process that asks several makes it once. */
let account: Account | undefined;

/** The bundled example in the place of a ledger, at its own time unless `--now` fixes another. */
export function exampleReportInput(flags: FilterFlags): Omit<ReportInput, "only"> {
  if (flags.pricesKnownAt !== undefined) {
    throw new UsageError("--example has the prices of this release; leave out --prices-known-at");
  }
  const settings = { ...DEFAULT_SETTINGS, billing: { [EVERY_SOURCE]: "per-token" as const } };
  const { calendar, since, until } = toPeriod(checkTimes(flags), settings.timeZone);
  return {
    account: (account ??= foldAccount(exampleEvents())),
    damage: [],
    book: listPriceBook(),
    settings,
    now: flags.now === undefined ? EXAMPLE_NOW : parseInstantFlag(flags.now, "--now"),
    timeZone: calendar.timeZone,
    since,
    until,
    where: parseWhere(flags.where),
    example: true,
  };
}
