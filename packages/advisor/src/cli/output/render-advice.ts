import type { Followed } from "../../follow-up/follow-up.ts";
import { adviceBasisWords } from "../../report/advice-basis-text.ts";
import { calibrationWords, decidedWords, dismissedWords, followedWords } from "../../report/follow-up-words.ts";
import type { Report } from "../../report/report.ts";
import { padEnd, padStart, printable, underHeading, wrap } from "../../report/text-layout.ts";
import { dayWords, rangeWords, usdWords } from "../../report/words.ts";
import type { AdvicePiece } from "./advice-json.ts";

const MARGIN = 14;

/** Advice for a terminal: what may be decided on, then what was. */
export function renderAdvice(report: Report, columns: number): readonly string[] {
  const { recommendations, followUp, period, now } = report;
  const { timeZone } = period;
  const open = recommendations.map((recommendation, index) => {
    const { id, plan, share } = recommendation;
    const decided = decidedWords(recommendation, followUp, timeZone);
    return entry(
      `${padStart(String(index + 1), 2)} ${id}`,
      `${plan.workload}: ${plan.title}, ${usdWords(share.expected)} (${rangeWords(share)})`,
      decided,
    );
  });
  const given = new Set(recommendations.map(({ id }) => id));
  const accepted = (followUp?.accepted ?? []).filter(({ id }) => !given.has(id));
  const dismissed = (followUp?.dismissed ?? []).filter(({ returned }) => !returned);
  const made = accepted.map((one) =>
    entry(`   ${one.id}`, titleOf(one), `${one.state}: ${followedWords(one, timeZone)}`),
  );
  const quiet = dismissed.map((one) => entry(`   ${one.id}`, titleOf(one), dismissedWords(one, timeZone)));
  const calibration = followUp?.calibration ?? null;
  const lines = [
    `farthing advice   ${dayWords(now, timeZone, true)}, ${timeZone}`,
    ...adviceBasisWords(report).map((sentence) => `  ${sentence}`),
    ...section("ADVISED", open, "nothing: no change was found that is worth a line"),
    ...section("ACCEPTED", made, null),
    ...section("DISMISSED", quiet, null),
    ...(calibration === null ? [] : [`CALIBRATION  ${calibrationWords(calibration)}`]),
  ];
  return [...lines, ...next(report)].flatMap((line) => wrap(printable(line), columns, indentOf(line)));
}

/** One piece of advice that is not given any more. */
export function renderDecided(
  { accepted, dismissed }: AdvicePiece,
  timeZone: string,
  columns: number,
): readonly string[] {
  const one = accepted ?? dismissed;
  if (one === null) return [];
  const rows: readonly (readonly [string, string])[] = [
    ["CHANGE", one.change],
    [
      "PROJECTED",
      `${usdWords(one.saving.expected)} less on its own, range ${rangeWords(one.saving)}, when it was decided on`,
    ],
    ...(accepted === null ? [] : [["ACCEPTED", `${accepted.state}: ${followedWords(accepted, timeZone)}`] as const]),
    ...(dismissed === null ? [] : [["DISMISSED", dismissedWords(dismissed, timeZone)] as const]),
  ];
  return [
    printable(`${titleOf(one)}   id ${one.id}`),
    ...rows.flatMap(([heading, text]) => underHeading(heading, printable(text), columns, MARGIN)),
  ];
}

function titleOf({ workload, title }: Pick<Followed, "workload" | "title">): string {
  return `${workload}: ${title}`;
}

function entry(id: string, what: string, decided: string | null): readonly string[] {
  return [`${padEnd(id, 13)}  ${what}`, ...(decided === null ? [] : [`${DECIDED_INDENT}${decided}`])];
}

const DECIDED_INDENT = " ".repeat(15);

function section(title: string, entries: readonly (readonly string[])[], none: string | null): readonly string[] {
  if (entries.length === 0) return none === null ? [] : [`${title}  ${none}`];
  return [title, ...entries.flat()];
}

function indentOf(line: string): string {
  return line.startsWith(" ") && !line.startsWith("  A") ? DECIDED_INDENT : "  ";
}

function next({ recommendations, followUp }: Report): readonly string[] {
  const decided = new Set(followUp?.accepted.map(({ id }) => id));
  const first = recommendations.find(({ id }) => !decided.has(id));
  return first === undefined ? [] : [`NEXT  farthing advice accept ${first.id}`];
}
