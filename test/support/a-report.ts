import { buildReport, type Report, type ReportInput } from "@farthing/advisor";
import { DEFAULT_SETTINGS, foldAccount, listPriceBook, parseInstant, type LedgerEvent } from "@farthing/ledger";
import { NOW } from "./advice.ts";

/** The report on events, as if they were a whole ledger. */
export function aReport(events: readonly LedgerEvent[], overrides: Partial<ReportInput> = {}): Report {
  return buildReport({
    account: foldAccount(events),
    damage: [],
    book: listPriceBook(),
    settings: DEFAULT_SETTINGS,
    now: parseInstant(NOW),
    timeZone: "UTC",
    since: null,
    until: null,
    where: [],
    example: false,
    only: null,
    ...overrides,
  });
}
