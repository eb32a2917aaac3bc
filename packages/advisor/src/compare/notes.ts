import { modelById, type SpendResult } from "@farthing/ledger";
import { countWords, grouped } from "../report/words.ts";
import { movedBetween, shortModel } from "./cause-words.ts";
import type { CostComparison } from "./compare-costs.ts";
import { periodNotes } from "./period-notes.ts";
import type { Side } from "./side.ts";

/** What has to be known before believing a comparison, one sentence each. */
export function comparisonNotes(comparison: CostComparison, before: Side, after: Side): readonly string[] {
  return [...periodNotes(before, after), ...countNotes(before.spend, after.spend), ...tokenizerNotes(comparison)];
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
