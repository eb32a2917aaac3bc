import { advise, STRATEGIES, traceFromResponses, type Recommendation, type Trace } from "@farthing/advisor";
import { calendarOf, listPriceBook, money, type Money } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { followChange } from "../../packages/advisor/src/follow-up/follow-change.ts";
import type { Followed } from "../../packages/advisor/src/follow-up/follow-up.ts";
import { isRecognised } from "../../packages/advisor/src/strategies/recognition.ts";
import { NOW } from "../self-test/arrivals.ts";
import { billTraffic, trueCost } from "../self-test/bill-traffic.ts";
import { changedTraffic } from "../self-test/changes.ts";
import { FAMILIES, type Family } from "../self-test/families.ts";
import { record } from "../self-test/record.ts";
import { makeCase, type SelfTestCase } from "../self-test/self-test-case.ts";
import type { TrueRequest } from "../self-test/true-request.ts";
import { anAcceptance } from "./decided.ts";

/** Weeks of traffic are made, billed and replayed. */
const TIMEOUT_MS = 120_000;
const SEED = 1;
const SPLIT = Date.parse("2026-11-08T00:00:00Z");
const BOOK = listPriceBook();
const CALENDAR = calendarOf("UTC");

/** Two weeks before a change, and two after it. */
class TwoWeeksEach {
  readonly #made: SelfTestCase;
  readonly #earlier: readonly TrueRequest[];
  readonly #later: readonly TrueRequest[];

  constructor(family: Family) {
    const services = (seed: number): ReturnType<Family["services"]> =>
      family.services(seed).map((knobs) => ({ ...knobs, days: 28 }));
    this.#made = makeCase({ ...family, services }, SEED);
    this.#earlier = this.#made.requests.filter(({ startedAt }) => startedAt < SPLIT);
    this.#later = this.#made.requests.filter(({ startedAt }) => startedAt >= SPLIT);
  }

  advised(): readonly Recommendation[] {
    const total = this.#costOf(this.#earlier);
    const context = {
      book: BOOK,
      calendar: CALENDAR,
      now: NOW,
      billing: { "*": "per-token" as const },
      total,
      only: null,
    };
    return advise(this.#trace(this.#earlier), context).recommendations;
  }

  /** What is found where the change was made, and where it was not, and what it truly saved. */
  outcome({ id, plan, alone, share, before }: Recommendation): OutcomeOfChange {
    const { strategy, workload, subject, target = "", title, change } = plan;
    const said = {
      strategy,
      workload,
      subject,
      target,
      title,
      change,
      saving: alone,
      share: share.expected,
      days: 14,
      before,
    };
    const acceptance = anAcceptance({ advice: id, at: SPLIT, said });
    const changed = changedTraffic(this.#later, [plan], this.#made.world);
    const follow = (later: readonly TrueRequest[]): Followed =>
      followChange(this.#trace([...this.#earlier, ...later]), acceptance, { book: BOOK, calendar: CALENDAR });
    return {
      made: follow(changed),
      notMade: follow(this.#later),
      truth: money(this.#costOf(this.#later) - this.#costOf(changed)),
    };
  }

  #trace(requests: readonly TrueRequest[]): Trace {
    const billed = billTraffic(requests, this.#made.chance);
    return traceFromResponses(
      this.#made.services.flatMap((knobs) =>
        record(
          billed.filter(({ request }) => request.service === knobs.service),
          knobs,
          SEED,
        ),
      ),
      BOOK,
    );
  }

  #costOf(requests: readonly TrueRequest[]): Money {
    return trueCost(billTraffic(requests, this.#made.chance), BOOK);
  }
}

interface OutcomeOfChange {
  readonly made: Followed;
  readonly notMade: Followed;
  readonly truth: Money;
}

/** Families that were built to deserve a change by which a strategy is tried. */
const TRIED = [
  "writes never read",
  "imports without fingerprints",
  "five minutes for longer breaks",
  "older model",
  "older tokenizer",
  "front not cached",
  "simple work on a dear model",
  "much thinking",
  "tools never called",
  "fast for nobody",
  "US geography",
];

describe("a change", { timeout: TIMEOUT_MS }, () => {
  it.each(TRIED)("is recognised where it was made, and nowhere else: %s", (name) => {
    const family = FAMILIES.find((each) => each.name === name);
    if (family === undefined || typeof family.deserves === "string") throw new Error(`no family "${name}"`);
    const weeks = new TwoWeeksEach(family);
    const advised = weeks.advised();
    expect(advised.map(({ plan }) => plan.strategy)).toContain(family.deserves.strategy);
    for (const recommendation of advised) {
      const { made, notMade, truth } = weeks.outcome(recommendation);
      expect([notMade.state, notMade.later.carrying]).toEqual(["accepted", 0]);
      expect(made.appliedAt === null).toBe(made.unseen !== null);
      if (made.result === null) continue;
      // What it saved is known to within its range, or to within a tenth of what is spent.
      const { realised, usd } = made.result;
      const width = Math.max(Number(realised.high - realised.low), Number(usd) / 10);
      expect(Math.abs(Number(truth - realised.expected))).toBeLessThan(width);
    }
  });
});

describe("every strategy", () => {
  it("says how its changes are recognised, or why they cannot be", () => {
    const change = { subject: "claude-opus-5 effort high", target: "medium" };
    const unseen = STRATEGIES.flatMap((strategy) => {
      const found = strategy.recognise(change);
      return isRecognised(found) ? [] : [[strategy.name, found.unseen]];
    });
    expect(unseen.map(([name]) => name)).toEqual([
      "duplicate-requests",
      "retried-work",
      "compact-earlier",
      // Where it starts caching, it is recognised.
      "cache-breakpoints",
      "stable-prefix",
      "warm-before-fan-out",
      "resent-context",
    ]);
    for (const [, why = ""] of unseen) expect(why).not.toBe("");
  });
});
