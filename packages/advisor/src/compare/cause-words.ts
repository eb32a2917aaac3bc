import { ZERO, type Money } from "@farthing/ledger";
import type { Cause } from "./causes.ts";
import type { GroupComparison } from "./compare-costs.ts";
import { volumesOf, type GroupFacts } from "./group-facts.ts";
import { grouped } from "../report/words.ts";

/** How causes are called in a table. */
const CAUSE_NAMES: Readonly<Record<Cause, string>> = {
  volume: "volume",
  "new-workloads": "new",
  "gone-workloads": "gone",
  model: "model",
  price: "price",
  "prompt-size": "prompt size",
  "output-size": "output size",
  cache: "cache",
  tier: "tier",
  retries: "retries",
  "web-search": "web search",
  "further-passes": "further passes",
  unexplained: "unexplained",
};

/** How a cause is called in a table: `prompt size`, `new services`. */
export function causeName(cause: Cause, groups: string): string {
  const name = CAUSE_NAMES[cause];
  return cause === "new-workloads" || cause === "gone-workloads" ? `${name} ${groups}` : name;
}

/** What the groups of a comparison by some dimensions are called: `services`. */
export function groupsName(by: readonly string[]): string {
  const [key = "", ...others] = by;
  if (key === "" || key.startsWith("label:") || others.length > 0) return "groups";
  return key === "branch" ? "branches" : `${key}s`;
}

type Sides = Pick<GroupComparison, "before" | "after">;

/**
 * What a cause did to one group, to be read after its name: `moved from haiku-5-5 to opus-5`.
 *
 * @param usd Its part of the group's difference. Words that would say the opposite of it are not used: means of a group can
 *   move against what its models or its tiers did one by one.
 */
export function causeWords(cause: Cause, { before, after }: Sides, usd: Money): string {
  switch (cause) {
    case "volume":
      return volumeWords(...volumesOf(before, after), usd);
    case "new-workloads":
      return "is new";
    case "gone-workloads":
      return "is gone";
    case "model":
      return movedWords(before.models, after.models, shortModel) ?? "used its models in other shares";
    case "price":
      return `was charged other prices for ${[...after.models.keys()].slice(0, 2).map(shortModel).join(" and ")}`;
    case "prompt-size":
      return `sent ${sizeWords("prompts", { before, after }, ({ promptTokens }) => promptTokens, usd)}`;
    case "output-size":
      return `got ${sizeWords("answers", { before, after }, ({ outputTokens }) => outputTokens, usd)}`;
    case "cache":
      return cacheWords(before, after, usd);
    case "tier":
      return movedWords(before.tiers, after.tiers, tierWords) ?? "was billed at its tiers in other shares";
    case "retries":
      return retriesWords(before, after, usd);
    case "web-search":
      return "searched the web at another rate";
    case "further-passes":
      return "had other work done in further passes over a model";
    case "unexplained":
      return unexplainedWords(before, after);
  }
}

/** What a cause did to several groups. */
export const CAUSE_OF_SEVERAL: Readonly<Record<Cause, (count: string) => string>> = {
  volume: (count) => `other numbers of requests in ${count}`,
  "new-workloads": (count) => `${count} are new`,
  "gone-workloads": (count) => `${count} are gone`,
  model: (count) => `other models in ${count}`,
  price: (count) => `other prices in ${count}`,
  "prompt-size": (count) => `prompts of other sizes in ${count}`,
  "output-size": (count) => `answers of other sizes in ${count}`,
  cache: (count) => `another use of the cache in ${count}`,
  tier: (count) => `other tiers in ${count}`,
  retries: (count) => `other shares of broken-off streams in ${count}`,
  "web-search": (count) => `other numbers of web searches in ${count}`,
  "further-passes": (count) => `other work in further passes in ${count}`,
  unexplained: (count) => `unexplained in ${count}`,
};

/** A model's name as a column or a sentence has room for it. */
export function shortModel(model: string): string {
  return model.replace(/^claude-/, "") || "(no model)";
}

/** From the one whose share fell most to the one whose share rose most; null where none did both. */
export function movedBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): { readonly from: string; readonly to: string } | null {
  const [was, is] = [totalOf(before), totalOf(after)];
  const moves = [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, by: (after.get(name) ?? 0) / is - (before.get(name) ?? 0) / was }))
    .sort((a, b) => a.by - b.by);
  const [fell, rose] = [moves[0], moves.at(-1)];
  return fell !== undefined && rose !== undefined && fell.by < 0 && rose.by > 0
    ? { from: fell.name, to: rose.name }
    : null;
}

function movedWords(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  nameOf: (key: string) => string,
): string | null {
  const move = movedBetween(before, after);
  return move === null ? null : `moved from ${nameOf(move.from)} to ${nameOf(move.to)}`;
}

function tierWords(tier: string): string {
  return tier === "standard" ? "the standard tier" : tier.replaceAll("+", " and ");
}

/** Whether a measure rose where that costs more, or fell where that costs less. */
function isAlong(before: number, after: number, usd: Money): boolean {
  return before !== after && after > before === usd > ZERO;
}

function cacheWords(before: GroupFacts, after: GroupFacts, usd: Money): string {
  const was = shareWords(before.cacheReadTokens, before.promptTokens);
  const is = shareWords(after.cacheReadTokens, after.promptTokens);
  if (was === is) return `wrote its cache otherwise, reading ${is} of its prompts from it as before`;
  const readShare = ({ cacheReadTokens, promptTokens }: GroupFacts): number => cacheReadTokens / (promptTokens || 1);
  // Prompts that are read more cost less.
  if (isAlong(readShare(after), readShare(before), usd))
    return `read ${is} of its prompts from the cache, ${was} before`;
  return `used its cache otherwise, reading ${is} of its prompts from it, ${was} before`;
}

function retriesWords(before: GroupFacts, after: GroupFacts, usd: Money): string {
  const was = shareWords(before.interrupted, before.requests);
  const is = shareWords(after.interrupted, after.requests);
  if (was === is) return `broke off a ${usd > ZERO ? "larger" : "smaller"} share of its streams, about ${is} as before`;
  return `broke off ${is} of its streams, ${was} before`;
}

function unexplainedWords(before: GroupFacts, after: GroupFacts): string {
  if (before.requests === 0 || after.requests === 0) return "has a price in one of the two alone";
  if (before.unpriced + after.unpriced === 0) return "changed in ways that cannot be told apart";
  return `has responses without a price, ${countOrNone(before.unpriced)} before and ${countOrNone(after.unpriced)} after`;
}

function countOrNone(count: number): string {
  return count === 0 ? "none" : grouped(count);
}

/** From twice as much on a factor says more than a percentage. */
const FACTOR_FROM = 2;

function volumeWords(before: number, after: number, usd: Money): string {
  if (before === 0 || !isAlong(before, after, usd)) return "made another number of requests";
  if (after / before >= FACTOR_FROM) return `made ${factorWords(after / before)} times as many requests`;
  return `made ${changeWords(before, after)} ${after > before ? "more" : "fewer"} requests`;
}

/** How long prompts or answers were: `23 % longer answers`. */
function sizeWords(
  what: "prompts" | "answers",
  sides: Sides,
  tokensOf: (facts: GroupFacts) => number,
  usd: Money,
): string {
  const { before, after } = sides;
  const meanOf = (facts: GroupFacts): number => (facts.requests === 0 ? 0 : tokensOf(facts) / facts.requests);
  const [was, is] = [meanOf(before), meanOf(after)];
  if (!isAlong(was, is, usd)) {
    const models = new Set([...before.models.keys(), ...after.models.keys()]);
    return `${what} of other sizes${models.size > 1 ? " between its models" : ""}`;
  }
  if (was === 0) return `${what}, none before`;
  if (is === 0) return `no ${what} any more`;
  if (is / was >= FACTOR_FROM) return `${factorWords(is / was)} times as long ${what}`;
  return `${changeWords(was, is)} ${is > was ? "longer" : "shorter"} ${what}`;
}

function changeWords(before: number, after: number): string {
  const change = Math.round((100 * Math.abs(after - before)) / before);
  return `${change === 0 ? "<1" : grouped(change)} %`;
}

function factorWords(factor: number): string {
  return factor < 10 ? factor.toFixed(1).replace(/\.0$/, "") : grouped(Math.round(factor));
}

function shareWords(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "none";
  const share = (100 * part) / whole;
  return share < 1 ? "<1 %" : `${share.toFixed(0)} %`;
}

function totalOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0) || 1;
}
