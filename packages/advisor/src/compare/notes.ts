import { modelById, type SpendResult } from "@farthing/ledger";
import { countWords, grouped } from "../report/words.ts";
import { movedBetween, shortModel } from "./cause-words.ts";
import type { CostComparison } from "./compare-costs.ts";

/** One of the two sides of a comparison, besides its groups. */
export interface Side {
  readonly spend: SpendResult;
  /** How long the period is, or has been by now, in days; null where nothing limits it and nothing was recorded. */
  readonly days: number | null;
  /** Whether the period ends after the current time. */
  readonly isOpen: boolean;
}

/** What has to be known before believing a comparison, one sentence each. */
export function comparisonNotes(comparison: CostComparison, before: Side, after: Side): readonly string[] {
  return [
    ...emptyNotes(before, after),
    ...lengthNotes(before, after),
    ...countNotes(before.spend, after.spend),
    ...tokenizerNotes(comparison),
  ];
}

function emptyNotes(before: Side, after: Side): string[] {
  return [
    ...(before.spend.total.requests === 0 ? ["nothing was recorded before"] : []),
    ...(after.spend.total.requests === 0 ? ["nothing was recorded after"] : []),
  ];
}

/** Days are taken for equally long where clocks were changed on one of them. */
const CLOCK_CHANGE_DAYS = 1.5 / 24;

function lengthNotes(before: Side, after: Side): string[] {
  const notes = after.isOpen ? ["the second period is not over yet"] : [];
  if (before.days === null || after.days === null || Math.abs(before.days - after.days) <= CLOCK_CHANGE_DAYS) {
    return notes;
  }
  const perDay = ({ spend, days }: Side): string => {
    const requests = spend.total.requests / (days || 1);
    return requests < 10 ? requests.toFixed(1) : grouped(Math.round(requests));
  };
  return [
    ...notes,
    `the periods are not equally long, ${daysWords(before.days)} and ${daysWords(after.days)}: volume includes that; ` +
      `${perDay(before)} responses a day became ${perDay(after)}`,
  ];
}

/** A length in days, such as `31 days` or `1.5 days`. */
export function daysWords(days: number): string {
  const rounded = days >= 10 ? Math.round(days) : Math.round(days * 10) / 10;
  return `${String(rounded)} ${rounded === 1 ? "day" : "days"}`;
}

function countNotes(before: SpendResult, after: SpendResult): string[] {
  const both = (was: number, is: number, words: (count: string) => string): string[] =>
    was + is === 0 ? [] : [words(`${grouped(was)} before and ${grouped(is)} after`)];
  return [
    ...both(
      before.total.unpricedRequests,
      after.total.unpricedRequests,
      (count) => `responses without a price, ${count}, are in no amount`,
    ),
    ...both(
      before.total.failedAtUnknownCost,
      after.total.failedAtUnknownCost,
      (count) => `attempts without an answer, ${count}, may have been billed: their cost is unknown and in no amount`,
    ),
    ...both(
      before.lowerBoundRequests,
      after.lowerBoundRequests,
      (count) => `responses without a recorded end, ${count}, may have more output than is known`,
    ),
    ...both(
      before.notional.requests,
      after.notional.requests,
      (count) => `responses at the priority tier, ${count}, are prepaid: their list price is no charge`,
    ),
  ];
}

/** A newer tokenizer counts the same text as more tokens, so that some of a move shows as size. */
function tokenizerNotes({ groups }: CostComparison): string[] {
  const moved = groups.flatMap(({ before, after, parts }) => {
    if (!parts.some(({ cause }) => cause === "model")) return [];
    const move = movedBetween(before.models, after.models);
    const [from, to] = [modelById(move?.from ?? ""), modelById(move?.to ?? "")];
    return from === null || to === null || from.tokenizer === to.tokenizer ? [] : [`${from.id} ${to.id}`];
  });
  const pairs = [...new Set(moved)].map((pair) => pair.split(" ").map(shortModel).join(" and "));
  if (pairs.length === 0) return [];
  const more = pairs.length > 1 ? `, and ${countWords(pairs.length - 1, "other pair")}` : "";
  return [
    `${pairs[0] ?? ""}${more} do not count tokens alike: the same text is 1.0 to 1.35 times as many for the newer one, ` +
      "so a part of the sizes is the model's",
  ];
}
