import type { Cause } from "./causes.ts";
import type { GroupComparison } from "./compare-costs.ts";
import type { GroupFacts } from "./group-facts.ts";
import { grouped } from "../report/words.ts";

/** How a cause is called in a table. */
export const CAUSE_NAMES: Readonly<Record<Cause, string>> = {
  volume: "volume",
  "new-workloads": "new workloads",
  "gone-workloads": "gone workloads",
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

type Sides = Pick<GroupComparison, "before" | "after">;

/** What a cause did to one workload, to be read after its name: `moved from haiku-5-5 to opus-5`. */
export function causeWords(cause: Cause, { before, after }: Sides): string {
  switch (cause) {
    case "volume":
      return `made ${changeWords(before.requests, after.requests, "many")} requests`;
    case "new-workloads":
      return "is new";
    case "gone-workloads":
      return "is gone";
    case "model":
      return movedWords(before.models, after.models, shortModel) ?? "used its models in other shares";
    case "price":
      return `was charged other prices for ${[...after.models.keys()].slice(0, 2).map(shortModel).join(" and ")}`;
    case "prompt-size":
      return `sent ${lengthWords(perRequest(before, "promptTokens"), perRequest(after, "promptTokens"))} prompts`;
    case "output-size":
      return `got ${lengthWords(perRequest(before, "outputTokens"), perRequest(after, "outputTokens"))} answers`;
    case "cache":
      return cacheWords(before, after);
    case "tier":
      return movedWords(before.tiers, after.tiers, tierWords) ?? "was billed at its tiers in other shares";
    case "retries":
      return `broke off ${shareWords(after.interrupted, after.requests)} of its streams, ${shareWords(before.interrupted, before.requests)} before`;
    case "web-search":
      return "searched the web at another rate";
    case "further-passes":
      return "had other work done in further passes over a model";
    case "unexplained":
      return before.requests === 0 || after.requests === 0
        ? "has a price in one of the two alone"
        : "changed in ways that cannot be told apart";
  }
}

/** What a cause did to several workloads. */
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

function cacheWords(before: GroupFacts, after: GroupFacts): string {
  const was = shareWords(before.cacheReadTokens, before.promptTokens);
  const is = shareWords(after.cacheReadTokens, after.promptTokens);
  if (was === is) return `wrote its cache otherwise, reading ${is} of its prompts from it as before`;
  return `read ${is} of its prompts from the cache, ${was} before`;
}

/** From twice as much on a factor says more than a percentage. */
const FACTOR_FROM = 2;

function changeWords(before: number, after: number, many: string): string {
  if (before > 0 && after / before >= FACTOR_FROM) return `${factorWords(after / before)} times as ${many}`;
  const change = Math.round((100 * Math.abs(after - before)) / before);
  return `${change === 0 ? "<1" : grouped(change)} % ${after > before ? "more" : "fewer"}`;
}

function lengthWords(before: number, after: number): string {
  if (before > 0 && after / before >= FACTOR_FROM) return `${factorWords(after / before)} times as long`;
  const change = Math.round((100 * Math.abs(after - before)) / before);
  return `${change === 0 ? "<1" : String(change)} % ${after > before ? "longer" : "shorter"}`;
}

function factorWords(factor: number): string {
  return factor < 10 ? factor.toFixed(1).replace(/\.0$/, "") : grouped(Math.round(factor));
}

function shareWords(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "none";
  const share = (100 * part) / whole;
  return share < 1 ? "<1 %" : `${share.toFixed(0)} %`;
}

function perRequest(facts: GroupFacts, name: "promptTokens" | "outputTokens"): number {
  return facts.requests === 0 ? 0 : facts[name] / facts.requests;
}

function totalOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0) || 1;
}
