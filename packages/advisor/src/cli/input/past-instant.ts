import { openLedger, type Instant, type LedgerSettings } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { instantIn } from "../flags/time-options.ts";

/** Settings of a ledger's folder, or of the copy of one in a database. */
export async function settingsOf(path: string): Promise<LedgerSettings> {
  await using ledger = await openLedger(path, { mode: "read" });
  return await ledger.settings.read();
}

/**
 * The time that `--before` names, in the time zone of a ledger.
 *
 * @throws UsageError for a text that is no time, and for one that has not passed.
 */
export function pastInstant(text: string, { timeZone }: LedgerSettings, now: Instant): Instant {
  const before = instantIn(text, "--before", timeZone);
  if (before > now) throw new UsageError("--before: it is in the future; name a time that has passed");
  return before;
}
