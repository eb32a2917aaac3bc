import { formatInstant } from "@farthing/ledger";
import type { Followed, Quiet } from "../../follow-up/follow-up.ts";
import type { Recommendation } from "../../portfolio/advice.ts";
import { findRecommendation } from "../../report/explain-text.ts";
import { calibrationToJson, dismissedToJson, followedToJson } from "../../report/follow-up-json.ts";
import { recommendationToJson } from "../../report/report-json.ts";
import type { Report } from "../../report/report.ts";
import { commandLine } from "./command-line.ts";

/** All that is known of one piece of advice. */
export interface AdvicePiece {
  readonly recommendation: Recommendation | null;
  readonly accepted: Followed | null;
  readonly dismissed: Quiet | null;
}

/** The advice that a number of the report, or an id, names; null where there is none. */
export function pieceOf(report: Report, name: string): AdvicePiece | null {
  const recommendation = findRecommendation(report, name);
  const id = recommendation?.id ?? name;
  const accepted = report.followUp?.accepted.find((each) => each.id === id) ?? null;
  const dismissed = report.followUp?.dismissed.find((each) => each.id === id) ?? null;
  if (recommendation === null && accepted === null && dismissed === null) return null;
  return { recommendation, accepted, dismissed };
}

/** Command lines that print advice again. */
export interface AdviceCommands {
  readonly list: string;
  /** One piece of it, by its id. */
  readonly show: (id: string) => string;
}

/** @param question Which ledger, as of when and at which prices, as flags. */
export function adviceCommands(question: readonly string[]): AdviceCommands {
  const flags = [...question, "--format", "json"];
  return {
    list: commandLine(["advice", "list", ...flags]),
    show: (id) => commandLine(["advice", "show", id, ...flags]),
  };
}

/** The document of `farthing advice list`. */
export function adviceToJson(report: Report, { list, show }: AdviceCommands): object {
  const { followUp, recommendations } = report;
  return {
    command: list,
    ...head(report),
    recommendations: recommendations.map((each) => ({ command: show(each.id), ...numbered(each, report) })),
    accepted: followUp?.accepted.map((each) => ({ command: show(each.id), ...followedToJson(each) })) ?? [],
    dismissed: followUp?.dismissed.map((each) => ({ command: show(each.id), ...dismissedToJson(each) })) ?? [],
    calibration: followUp === null || followUp.calibration === null ? null : calibrationToJson(followUp.calibration),
    priceBook: report.priceBookHash,
  };
}

/** The same of one piece of advice. */
export function pieceToJson(report: Report, piece: AdvicePiece, { show }: AdviceCommands): object {
  const { recommendation, accepted, dismissed } = piece;
  const command = show((recommendation ?? accepted ?? dismissed)?.id ?? "");
  return {
    command,
    ...head(report),
    recommendations: recommendation === null ? [] : [{ command, ...numbered(recommendation, report) }],
    accepted: accepted === null ? [] : [{ command, ...followedToJson(accepted) }],
    dismissed: dismissed === null ? [] : [{ command, ...dismissedToJson(dismissed) }],
    calibration: null,
    priceBook: report.priceBookHash,
  };
}

function head({ now, period, advice }: Report): object {
  return {
    now: formatInstant(now),
    timeZone: period.timeZone,
    asOf: advice.savedAt === null ? null : formatInstant(advice.savedAt),
  };
}

function numbered(each: Recommendation, { recommendations }: Report): object {
  return { number: recommendations.indexOf(each) + 1, ...recommendationToJson(each) };
}
