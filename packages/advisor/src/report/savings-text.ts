import { ratio, type Money } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import type { ReplayGap } from "../replay/baseline.ts";
import { restsOnAll } from "./advice-basis-text.ts";
import { decidedWords, followUpSentences } from "./follow-up-words.ts";
import type { Report } from "./report.ts";
import { fit, padEnd, padStart, percent, wrap } from "./text-layout.ts";
import { countWords, rangeName, rangeWords, usdWords } from "./words.ts";

const TITLE_COLUMNS = 28;
const TITLE_COLUMNS_MIN = 12;
const NAME_COLUMNS = 15;
const NAME_COLUMNS_MIN = 10;
/** By which the last column can be wider than its heading leaves room for. */
const GAP_COLUMNS_MORE = 2;
/** What the widest table takes. */
const TABLE_COLUMNS = 80;
const MONTH_DAYS = 30;
/** Fewer days than this say less than the number of responses. */
const DAYS_NAMED_MIN = 7;

/** What would have cost less: the joint saving, then one row per change. */
export function savingsText(report: Report, columns: number): readonly string[] {
  return [...savings(report, columns), ...recommendations(report, columns), ...followUp(report, columns)];
}

function savings(report: Report, columns: number): readonly string[] {
  const { joint, period, advice, recommendations: found } = report;
  if (report.total.responses === 0) return [];
  const what = lookedAt(report);
  if (found.length === 0) return [`${what}: ${nothingFound(report)}`];
  const row = (name: string, range: { readonly expected: Money }, text: string): string =>
    `  ${padEnd(name, 27)}${padStart(usdWords(range.expected), 10)}  ${padStart(text, 17)}`;
  const unchanged = found.filter(({ plan }) => plan.answersUnchanged);
  const tested = found.filter(({ plan }) => !plan.answersUnchanged);
  const changes = (some: readonly Recommendation[]): string =>
    `${some.length === 1 ? "change" : "changes"} ${some.map((each) => String(found.indexOf(each) + 1)).join(", ")}`;
  const range = rangeName(report);
  const lines = [`${padEnd(`${what} WOULD HAVE COST LESS BY`, 39)}  ${padStart(range, 17)}`];
  if (unchanged.length > 0) {
    lines.push(
      `${row("answers unchanged", joint.answersUnchanged, rangeWords(joint.answersUnchanged))}   ${changes(unchanged)}`,
    );
  }
  if (tested.length > 0) {
    lines.push(
      `${row("after a quality test", joint.needsQualityTest, rangeWords(joint.needsQualityTest))}   ${changes(tested)}`,
    );
  }
  if (unchanged.length > 0 && tested.length > 0) {
    lines.push(
      `${row("both, replayed together", joint.all, rangeWords(joint.all))}   ${percent(ratio(joint.all.expected, advice.usd))} of ${restsOnAll(report) ? "the total" : "their cost"}`,
    );
  }
  if (joint.perMonth !== null && period.calendarDays !== MONTH_DAYS) {
    lines.push(row("a month like the last 30 days", joint.perMonth, rangeWords(joint.perMonth)));
  }
  if (joint.claimedOneByOne > joint.all.expected && usdWords(joint.claimedOneByOne) !== usdWords(joint.all.expected)) {
    lines.push(`  One by one they would claim ${usdWords(joint.claimedOneByOne)}: they overlap, so never add them.`);
  }
  return lines.flatMap((line) => (line.length > columns ? wrap(line, columns, "    ") : [line]));
}

/** Why no change is recommended. */
export function nothingFound({ abstained, where, total }: Report): string {
  if (total.responses > 0 && where.byItem.length === 0)
    return "nothing has a price, so nothing can be said to cost less";
  const flat = abstained.filter(({ reason }) => reason === "flat-plan").length;
  return flat > 0 && flat >= where.byWorkload.length
    ? "on a flat plan no change lowers the bill, so none was looked for"
    : "nothing found that would have cost less and is worth a line";
}

/** What the savings are savings of, in capitals. */
export function lookedAt(report: Report): string {
  const { period, total, advice } = report;
  if (advice.from !== null) return `THE NEWEST ${countWords(advice.responses, "RESPONSE", "RESPONSES")}`;
  const { days, responses } = restsOnAll(report) ? { days: period.daysWithUse, responses: total.responses } : advice;
  return days >= DAYS_NAMED_MIN ? these(days, "DAY", "DAYS") : these(responses, "RESPONSE", "RESPONSES");
}

function these(count: number, singular: string, plural: string): string {
  return count === 1 ? `THIS ${singular}` : `THESE ${countWords(count, singular, plural)}`;
}

function recommendations(report: Report, columns: number): readonly string[] {
  if (report.recommendations.length === 0) return [];
  const lacking = columns >= TABLE_COLUMNS ? 0 : TABLE_COLUMNS + GAP_COLUMNS_MORE - columns;
  const titleColumns = Math.max(TITLE_COLUMNS_MIN, TITLE_COLUMNS - lacking);
  const nameMax = Math.max(NAME_COLUMNS_MIN, NAME_COLUMNS - Math.max(0, lacking - (TITLE_COLUMNS - titleColumns)));
  const nameColumns = Math.min(nameMax, Math.max(...report.recommendations.map(({ plan }) => plan.workload.length), 8));
  const header = ` # ${padEnd("workload", nameColumns)} ${padEnd("change", titleColumns)} ${padStart("share", 7)}  ${padEnd("range", 13)} replay gap`;
  const rows = report.recommendations.flatMap((recommendation, index) => {
    const { plan, share } = recommendation;
    const gap = gapWords(report.gaps, plan.workload, plan.needsReplay);
    const row = `${padStart(String(index + 1), 2)} ${padEnd(fit(plan.workload, nameColumns), nameColumns)} ${padEnd(fit(plan.title, titleColumns), titleColumns)} ${padStart(usdWords(share.expected), 7)}  ${padEnd(rangeWords(share), 13)} ${gap}`;
    const details = [
      fit(plan.workload, nameColumns) === plan.workload ? null : plan.workload,
      columns >= TABLE_COLUMNS || fit(plan.title, titleColumns) === plan.title ? null : plan.title,
      plan.answersUnchanged
        ? null
        : `${plan.tried === true ? "quality not judged" : "quality untested"}; ${plan.uncertainty}`,
      recommendation.breakEven,
      decidedWords(recommendation, report.followUp, report.period.timeZone),
    ].filter((part) => part !== null);
    return details.length === 0 ? [row] : [row, ...wrap(`     ${details.join("; ")}`, columns, "     ")];
  });
  return [header, ...rows];
}

function followUp({ followUp: found, recommendations: given, period }: Report, columns: number): readonly string[] {
  const sentences = followUpSentences(found, given, period.timeZone);
  return sentences.length === 0
    ? []
    : ["DECIDED", ...sentences.flatMap((sentence) => wrap(`  ${sentence}`, columns, "    "))];
}

function gapWords(gaps: readonly ReplayGap[], workload: string, needed: boolean): string {
  const gap = gaps.find((candidate) => candidate.workload === workload)?.gap ?? null;
  return !needed || gap === null ? "-" : `${(100 * gap).toFixed(1)} %`;
}
