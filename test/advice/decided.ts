import { parseUsd, type Instant, type Money } from "@farthing/ledger";
import type { Acceptance, Dismissal, Said } from "../../packages/advisor/src/follow-up/decision.ts";
import type { BeforeChange } from "../../packages/advisor/src/portfolio/before-change.ts";
import type { SavingRange } from "../../packages/advisor/src/portfolio/saving-range.ts";

export function usd(amount: string): Money {
  return parseUsd(amount);
}

export function aRange(low: string, expected: string, high: string): SavingRange {
  return { low: usd(low), expected: usd(expected), high: usd(high) };
}

/** A hundred requests over ten days, of 1,000 prompt and 100 answer tokens each, without the change. */
export function aBefore(overrides: Partial<BeforeChange> = {}): BeforeChange {
  return {
    requests: 100,
    without: 100,
    usd: usd("1"),
    days: 10,
    last: Date.parse("2026-10-10T12:00:00Z"),
    prompt: { uncachedInput: 100_000, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 },
    answers: 10_000,
    answersFinal: true,
    promptError: 0,
    answerError: 0,
    ...overrides,
  };
}

/** What was said of sending the requests of a service through batches, unless told otherwise. */
export function aSaid(overrides: Partial<Said> = {}): Said {
  return {
    strategy: "batch",
    workload: "chat",
    subject: "",
    target: "",
    title: "Batches; nobody waits",
    change: "In src/chat.ts:1, collect requests.",
    saving: aRange("0.4", "0.5", "0.6"),
    share: usd("0.5"),
    days: 10,
    before: aBefore(),
    ...overrides,
  };
}

export function anAcceptance(overrides: Partial<Acceptance> = {}): Acceptance {
  return { kind: "accepted", advice: "a1", at: at("2026-10-11"), said: aSaid(), ...overrides };
}

export function aDismissal(overrides: Partial<Dismissal> = {}): Dismissal {
  return {
    kind: "dismissed",
    advice: "a1",
    at: at("2026-10-11"),
    said: aSaid(),
    reason: "not now",
    after: null,
    ...overrides,
  };
}

export function at(day: string): Instant {
  return Date.parse(`${day}T00:00:00Z`);
}
