import { formatInstant, formatUsd } from "@farthing/ledger";
import type { GroupFacts } from "../../compare/group-facts.ts";
import { comparisonNotes } from "../../compare/notes.ts";
import { summaryOf } from "../../compare/summary.ts";
import type { Part } from "../../compare/causes.ts";
import { asOfText } from "../../report/words.ts";
import type { AskedSide } from "../input/compare-periods.ts";
import { compareCommand, sideCommand } from "./compare-commands.ts";
import type { ComparisonAnswer } from "./render-compare.ts";

/** A comparison as its JSON document. */
export function comparisonToJson(answer: ComparisonAnswer): object {
  const { before, after, by, comparison } = answer;
  const command = compareCommand(answer);
  return {
    ...(command === null ? {} : { command }),
    summary: summaryOf(comparison),
    by,
    before: sideToJson(before),
    after: sideToJson(after),
    difference: formatUsd(comparison.difference),
    parts: comparison.parts.map(partToJson),
    groups: comparison.groups.map((group) => ({
      by: group.by,
      before: factsToJson(group.before),
      after: factsToJson(group.after),
      difference: formatUsd(group.difference),
      parts: group.parts.map(partToJson),
    })),
    notes: comparisonNotes(comparison, before, after),
  };
}

/** What one side was asked, and came to. */
export function sideToJson({ selection, period, spend, isOpen }: AskedSide): object {
  const { total, span } = spend;
  return {
    command: sideCommand({ selection, period }),
    ledgers: selection.contents.paths,
    since: period === null ? null : formatInstant(period.since),
    until: period === null ? null : formatInstant(period.until),
    timeZone: selection.timeZone,
    asOf: selection.asOf === null ? null : asOfText(selection.asOf),
    open: isOpen,
    first: span === null ? null : formatInstant(span.first),
    last: span === null ? null : formatInstant(span.last),
    priceBook: selection.book.hash,
    usd: formatUsd(total.usd),
    requests: total.requests,
    unpricedRequests: total.unpricedRequests,
    failed: total.failed,
    failedAtUnknownCost: total.failedAtUnknownCost,
    lowerBoundRequests: spend.lowerBoundRequests,
  };
}

function factsToJson(facts: GroupFacts): object {
  const { usd, requests, unpriced, interrupted, promptTokens, outputTokens, cacheReadTokens, models, tiers } = facts;
  return {
    usd: formatUsd(usd),
    requests: requests + unpriced,
    unpricedRequests: unpriced,
    interrupted,
    promptTokens,
    outputTokens,
    cacheReadTokens,
    models: Object.fromEntries(models),
    tiers: Object.fromEntries(tiers),
  };
}

function partToJson({ cause, usd }: Part): object {
  return { cause, usd: formatUsd(usd) };
}
