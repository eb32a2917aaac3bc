import type { RecordedService } from "./recorded-hours.ts";
import type { Report } from "./report.ts";
import { underHeading } from "./text-layout.ts";
import { dayWords, grouped } from "./words.ts";

const MARGIN = 7;
const SERVICES_SHOWN = 5;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** What is shorter is told in minutes. */
const IN_HOURS_MS = 10 * HOUR_MS;

/** For how much of the time each service was being recorded; nothing where none says so. */
export function recordedText(report: Report, columns: number): readonly string[] {
  const all = recordedSentences(report);
  const shown = all.slice(0, SERVICES_SHOWN);
  const rest = all.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${grouped(rest)} more: --format json`] : [])].flatMap((sentence, index) =>
    underHeading(index === 0 ? "ON" : "", sentence, columns, MARGIN),
  );
}

/** The same, a sentence for each service. */
export function recordedSentences({ coverage, period }: Report): readonly string[] {
  return coverage.services.map((each) => {
    const name = each.service ?? "a service without a name";
    const since = dayWords(each.since, period.timeZone, true);
    return `${name}: recorded ${timeWords(each)} since ${since}, ${each.isOn ? "still on" : "stopped"}`;
  });
}

/** `331 of 336 hours`. */
function timeWords({ recordedMs, since, until }: RecordedService): string {
  const possibleMs = until - since;
  const [unit, ms] = possibleMs < IN_HOURS_MS ? ["minutes", MINUTE_MS] : ["hours", HOUR_MS];
  return `${grouped(Math.round(recordedMs / ms))} of ${grouped(Math.round(possibleMs / ms))} ${unit}`;
}
