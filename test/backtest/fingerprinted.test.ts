import { runBacktest, SharedPrefixes, traceableCalls, traceFromCalls, type Backtest } from "@farthing/advisor";
import { calendarOf, listPriceBook, type ResponseRecorded } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { NOW } from "../self-test/arrivals.ts";
import { billTraffic } from "../self-test/bill-traffic.ts";
import { generate } from "../self-test/generate.ts";
import { SOUND, type Knobs } from "../self-test/knobs.ts";
import { record } from "../self-test/record.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SPLIT = NOW - 9 * DAY_MS;

/** Questions that all begin with the same long system prompt, which nobody caches. */
const UNCACHED: Knobs = {
  ...SOUND,
  days: 20,
  perDay: 60,
  arrival: "steady",
  turns: [1, 1],
  systemTokens: 20_000,
  thinking: "disabled",
  breakpoints: "none",
};

/** What was recorded of a service that behaves in one way before the split and in another from it on. */
function recorded(before: Knobs, after: Knobs, seed: number): ResponseRecorded[] {
  const earlier = generate(before, seed).filter(({ startedAt }) => startedAt < SPLIT);
  const later = generate(after, seed).filter(({ startedAt }) => startedAt >= SPLIT);
  const chance = { seed, missRate: 0, batchHitShare: 0.6 };
  return record(billTraffic([...earlier, ...later], chance), before, seed);
}

function backtested(before: Knobs, after: Knobs): Backtest {
  const calls = traceableCalls(recorded(before, after, 3), () => true);
  return runBacktest(calls, SPLIT, {
    book: listPriceBook(),
    calendar: calendarOf("UTC"),
    billing: { "*": "per-token" },
  });
}

function startCaching({ changes }: Backtest): Backtest["changes"][number] | undefined {
  return changes.find(({ plan }) => plan.strategy === "cache-breakpoints");
}

describe("a backtest on fingerprinted prompts", () => {
  it("finds that caching what prompts share goes on saving where they go on sharing it", () => {
    const change = startCaching(backtested(UNCACHED, UNCACHED));
    expect(change).toMatchObject({ applied: "as-advised", inRange: true, shortfall: null });
    expect(change?.realised).toBeGreaterThan(0n);
  });

  it("finds that it costs more where prompts begin with a time of day from then on", () => {
    const change = startCaching(backtested(UNCACHED, { ...UNCACHED, unstable: "timestamp" }));
    expect(change).toMatchObject({ applied: "as-advised", inRange: false, shortfall: null });
    expect(change?.realised).toBeLessThan(0n);
  });

  it("does not compare what rests on prompts that are no longer fingerprinted", () => {
    const events = recorded(UNCACHED, UNCACHED, 3).map((event) =>
      Date.parse(event.timing.startedAt ?? "") < SPLIT ? event : { ...event, prompt: undefined },
    ) as ResponseRecorded[];
    const result = runBacktest(
      traceableCalls(events, () => true),
      SPLIT,
      { book: listPriceBook(), calendar: calendarOf("UTC"), billing: { "*": "per-token" } },
    );
    expect(startCaching(result)).toMatchObject({ realised: null, inRange: null, applied: null });
    expect(startCaching(result)?.shortfall).not.toBeNull();
  });

  it("replays workloads that share prefixes together, as they were advised on", () => {
    // Every twelve minutes one of both asks with the same beginning: five minutes are too short for it, an hour is not.
    const both = ["answers", "summaries"].map((service): Knobs => ({
      ...UNCACHED,
      service,
      front: "common",
      breakpoints: "front",
    }));
    const requests = both.flatMap((knobs) => generate(knobs, 3));
    const billed = billTraffic(requests, { seed: 3, missRate: 0, batchHitShare: 0.6 });
    const calls = traceableCalls(record(billed, UNCACHED, 3), () => true);
    const book = listPriceBook();
    expect(new SharedPrefixes(traceFromCalls(calls, book)).groups()).toEqual([
      expect.arrayContaining(["answers", "summaries"]),
    ]);
    const { changes, overall } = runBacktest(calls, SPLIT, {
      book,
      calendar: calendarOf("UTC"),
      billing: { "*": "per-token" },
    });
    // Once one of them writes for an hour, the other reads that too: its requests are part of the saving.
    expect(changes.map(({ plan }) => `${plan.workload} ${plan.strategy}`)).toEqual(["answers cache-ttl-1h"]);
    expect(overall.inRange).toBe(true);
    expect(changes.every(({ realised }) => realised !== null && realised > 0n)).toBe(true);
  });
});
