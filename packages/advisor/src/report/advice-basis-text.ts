import { calendarOf, formatInstant } from "@farthing/ledger";
import type { Effort, Risk } from "../strategies/strategy.ts";
import type { Report } from "./report.ts";
import { countWords, dayWords, grouped } from "./words.ts";

const EFFORT_LIMITS: Readonly<Record<Effort, string>> = {
  setting: "only what takes one setting",
  lines: "only what takes a setting or some lines of code",
  rework: "whatever it takes",
};

const RISK_LIMITS: Readonly<Record<Risk, string>> = {
  none: ", and leaves answers as they are",
  "later-answers": ", and no change that can make others of answers",
  "other-answers": "",
};

/** Whether the advice rests on all responses of the report. */
export function restsOnAll({ advice, total }: Report): boolean {
  return advice.from === null && advice.savedAt === null && advice.responses >= total.responses;
}

/** Which responses the advice is of, where these are not all: one sentence each. */
export function adviceBasisWords({ advice, total, period, limits, followUp }: Report): readonly string[] {
  const { responses, from, savedAt, newer, trialCalls } = advice;
  const lookedAt = responses + newer + trialCalls;
  const sentences: string[] = [];
  if (savedAt !== null) {
    sentences.push(
      `Advice as of ${formatInstant(savedAt)}, over ${countWords(responses, "response")}; ` +
        `${grouped(newer)} newer: --fresh looks again.`,
    );
  }
  if (from !== null) {
    sentences.push(
      `Advice rests on the newest ${countWords(responses, "response")} of ${grouped(total.responses)}, ` +
        `those from ${dayWords(from, period.timeZone, true)} on; its shares are shares of theirs.`,
    );
  }
  if (trialCalls > 0) {
    sentences.push(
      `Advice leaves out ${countWords(trialCalls, "response")} made for trials: nobody will send them again.`,
    );
  }
  if (from === null && lookedAt < total.responses) {
    sentences.push(
      `Advice rests on the ${countWords(lookedAt - trialCalls, "response")} of ${grouped(total.responses)} whose detail has not ` +
        "been pruned; its shares are shares of theirs.",
    );
  }
  const made = (followUp?.accepted ?? []).flatMap(({ appliedAt }) => appliedAt ?? []);
  if (made.length > 0) {
    const since = calendarOf(period.timeZone).day(Math.max(...made));
    sentences.push(
      "Savings count the days before a change that was made since, too: " +
        `for what is left, farthing report --since ${since}.`,
    );
  }
  if (limits !== null) sentences.push(`Proposed is ${EFFORT_LIMITS[limits.effort]}${RISK_LIMITS[limits.risk]}.`);
  return sentences;
}
