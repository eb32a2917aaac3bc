import { formatInstant, formatUsd, parseInstant, parseUsd, type Money } from "@farthing/ledger";
import type { BeforeChange } from "../portfolio/before-change.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { Said } from "./decision.ts";

type Json = Readonly<Record<string, unknown>>;

/** What advice said, as the detail of an event: amounts as decimal strings, times in UTC. */
export function saidToJson({ saving, share, before, ...said }: Said): Json {
  return {
    ...said,
    saving: rangeToJson(saving),
    share: formatUsd(share),
    before: before === null ? null : beforeToJson(before),
  };
}

/**
 * Reads what `saidToJson` wrote, and what a later release may have added to it.
 *
 * @throws TypeError naming the first field that is not what it should be.
 */
export function saidFromJson(detail: Json): Said {
  const before = detail["before"] ?? null;
  return {
    strategy: text(detail, "strategy"),
    workload: text(detail, "workload"),
    subject: text(detail, "subject"),
    target: text(detail, "target"),
    title: text(detail, "title"),
    change: text(detail, "change"),
    saving: rangeFromJson(object(detail, "saving")),
    share: usd(detail, "share"),
    days: count(detail, "days"),
    before: before === null ? null : beforeFromJson(object(detail, "before")),
  };
}

function beforeToJson({ usd: amount, last, ...before }: BeforeChange): Json {
  return { ...before, usd: formatUsd(amount), last: formatInstant(last) };
}

function beforeFromJson(json: Json): BeforeChange {
  const prompt = object(json, "prompt");
  return {
    requests: count(json, "requests"),
    without: count(json, "without"),
    usd: usd(json, "usd"),
    days: count(json, "days"),
    last: parseInstant(text(json, "last")),
    prompt: {
      uncachedInput: count(prompt, "uncachedInput"),
      cacheWrite5m: count(prompt, "cacheWrite5m"),
      cacheWrite1h: count(prompt, "cacheWrite1h"),
      cacheRead: count(prompt, "cacheRead"),
    },
    answers: count(json, "answers"),
    answersFinal: json["answersFinal"] === true,
    promptError: error(json, "promptError"),
    answerError: error(json, "answerError"),
  };
}

function rangeToJson({ low, expected, high }: SavingRange): Json {
  return { low: formatUsd(low), expected: formatUsd(expected), high: formatUsd(high) };
}

function rangeFromJson(json: Json): SavingRange {
  return { low: usd(json, "low"), expected: usd(json, "expected"), high: usd(json, "high") };
}

function object(json: Json, name: string): Json {
  const value = json[name];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new TypeError(`${name}: expected an object`);
}

export function text(json: Json, name: string): string {
  const value = json[name];
  if (typeof value === "string") return value;
  throw new TypeError(`${name}: expected a text`);
}

function usd(json: Json, name: string): Money {
  return parseUsd(text(json, name));
}

function count(json: Json, name: string): number {
  const value = json[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name}: expected a count`);
}

function error(json: Json, name: string): number | null {
  const value = json[name] ?? null;
  if (value === null || (typeof value === "number" && value >= 0)) return value;
  throw new TypeError(`${name}: expected a number or null`);
}
