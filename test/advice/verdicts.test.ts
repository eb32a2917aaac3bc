import { traceFromResponses } from "@farthing/advisor";
import { calendarOf, listPriceBook, type ResponseRecorded } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { followChange } from "../../packages/advisor/src/follow-up/follow-change.ts";
import { followAccepted, followUpOf, settledBy } from "../../packages/advisor/src/follow-up/follow-up-on.ts";
import type { Followed } from "../../packages/advisor/src/follow-up/follow-up.ts";
import type { Decision, Said } from "../../packages/advisor/src/follow-up/decision.ts";
import { verdictOn } from "../../packages/advisor/src/follow-up/verdict.ts";
import type { SavingRange } from "../../packages/advisor/src/portfolio/saving-range.ts";
import { asBilledBut } from "../../packages/advisor/src/strategies/recognition.ts";
import { aUsage } from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";
import { aBefore, aDismissal, anAcceptance, aRange, aSaid, usd } from "./decided.ts";

const BOOK = listPriceBook();
const CONTEXT = { book: BOOK, calendar: calendarOf("UTC") };
const HOUR_S = 3_600;

interface Sent {
  readonly requests: number;
  readonly tier?: string;
  readonly model?: string;
  readonly uncachedInput?: number;
  readonly output?: number;
}

/** Requests four times a day, from a day on: of 1,000 prompt and 100 answer tokens unless told otherwise. */
function sent(
  from: string,
  { requests, tier = "standard", model, uncachedInput = 1_000, output = 100 }: Sent,
): ResponseRecorded[] {
  return aConversation(
    Array.from({ length: requests }, (_, number) => ({
      at: number * 6 * HOUR_S,
      continues: -1,
      overrides: { usage: aUsage({ uncachedInput, output }, { serviceTier: tier }) },
    })),
    { name: `${from}-${tier}`, startedAt: `${from}T01:00:00.000Z`, ...(model === undefined ? {} : { model }) },
  );
}

function followed(said: Partial<Said>, ...responses: readonly ResponseRecorded[][]): Followed {
  return followChange(traceFromResponses(responses.flat(), BOOK), anAcceptance({ said: aSaid(said) }), CONTEXT);
}

// At $5 and $25 per million tokens of claude-opus-5, a request costs 1,000 x $5 + 100 x $25 = $0.0075, half of that in a batch.
const BATCHED = sent("2026-10-12", { requests: 40, tier: "batch" });

describe("a verdict", () => {
  const verdictOf = (realised: SavingRange): string =>
    verdictOn(
      { requests: 40, days: 10, usd: usd("2"), withoutUsd: usd("3"), realised, projected: aRange("1", "1.5", "2") },
      aBefore(),
      asBilledBut({}),
    ).state;

  it("is given only where chance does not explain it", () => {
    expect(verdictOf(aRange("0.2", "1.2", "2.2"))).toBe("verified");
    expect(verdictOf(aRange("-8", "1.2", "10"))).toBe("applied");
    expect(verdictOf(aRange("-1", "0.2", "1.4"))).toBe("applied");
    expect(verdictOf(aRange("-1", "0.2", "0.9"))).toBe("refuted");
  });
});

describe("what a change saved", () => {
  it("is what the same requests would have cost without it, less what they cost", () => {
    const { state, appliedAt, later, result } = followed({}, BATCHED);
    expect([state, appliedAt, later]).toEqual([
      "verified",
      Date.parse("2026-10-12T01:00:00Z"),
      { requests: 40, carrying: 40 },
    ]);
    // 40 x $0.0075 = $0.30 without batches, half of it with them; half of what was spent was projected.
    expect(result).toMatchObject({
      requests: 40,
      days: 10,
      usd: usd("0.15"),
      withoutUsd: usd("0.3"),
      projected: aRange("0.12", "0.15", "0.18"),
      realised: { expected: usd("0.15") },
    });
  });

  it("is no more where more is sent, and no less where less is", () => {
    const shareOf = ({ result }: Followed): number => Number(result?.realised.expected) / Number(result?.withoutUsd);
    for (const requests of [28, 40, 120]) {
      expect(shareOf(followed({}, sent("2026-10-12", { requests, tier: "batch" })))).toBe(0.5);
    }
  });

  it("is net of longer answers of another model, which are held against those before it", () => {
    const said = { strategy: "newer-model", subject: "claude-opus-5", target: "claude-opus-5-5" };
    const longer = sent("2026-10-12", { requests: 40, model: "claude-opus-5-5", output: 300 });
    const { state, result } = followed(said, longer);
    // Before, answers were 10,000 / 100 = 100 tokens long: 40 x $0.0075 = $0.30. At $4 and $20 per million tokens the
    // same prompts with answers three times as long come to 40 x (1,000 x $4 + 300 x $20) = $0.40.
    expect(result).toMatchObject({ withoutUsd: usd("0.3"), usd: usd("0.4"), realised: { expected: usd("-0.1") } });
    expect(state).toBe("refuted");
  });

  it("is reckoned from how prompts were cached before", () => {
    // Before, all of it was written for an hour, at $10 per million tokens, and nothing was read.
    const prompt = { uncachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 100_000, cacheRead: 0 };
    const { result } = followed(
      { strategy: "stop-caching", before: aBefore({ prompt }) },
      sent("2026-10-12", { requests: 40 }),
    );
    // Without the change 40 x (1,000 x $10 + 100 x $25) = $0.50, with it $0.30.
    expect(result).toMatchObject({ withoutUsd: usd("0.5"), usd: usd("0.3"), realised: { expected: usd("0.2") } });
  });

  it("counts only as many requests as changed which did not carry it before", () => {
    // Three of four were in batches already.
    const before = aBefore({ without: 25 });
    const { result } = followed({ before }, sent("2026-10-12", { requests: 120, tier: "batch" }));
    // 120 requests at half of $0.0075 came to $0.45; a quarter of them would have cost twice as much.
    expect(result).toMatchObject({
      usd: usd("0.45"),
      withoutUsd: usd("0.5625"),
      realised: { expected: usd("0.1125") },
    });
  });
});

describe("a verdict", () => {
  it("is not given under seven days, or without a price; what is missing is said", () => {
    const few = followed({}, sent("2026-10-12", { requests: 24, tier: "batch" }));
    expect([few.state, few.open]).toEqual([
      "applied",
      { observed: "6 days with use since the change", needed: "7 days with use" },
    ]);
    const unpriced = followed({}, sent("2026-10-12", { requests: 40, tier: "batch", model: "claude-haiku-9" }));
    expect([unpriced.state, unpriced.result, unpriced.open?.observed]).toEqual([
      "applied",
      null,
      "requests without a price since the change",
    ]);
    const short = { strategy: "stop-caching", before: aBefore({ days: 3 }) };
    expect(followed(short, sent("2026-10-12", { requests: 40 })).open?.observed).toBe(
      "3 days with use before the change",
    );
    const said = { strategy: "newer-model", subject: "claude-opus-5", target: "claude-opus-5-5" };
    const partly = { ...said, before: aBefore({ answersFinal: false }) };
    const { open } = followed(partly, sent("2026-10-12", { requests: 40, model: "claude-opus-5-5" }));
    expect(open?.observed).toBe("answers before the change were not recorded to their end");
  });

  it("is not given where days differ so much that less may be chance", () => {
    const before = aBefore({ promptError: 1 });
    const saving = aRange("0.3", "0.35", "0.4");
    const { state, open } = followed(
      { strategy: "stop-caching", saving, before },
      sent("2026-10-12", { requests: 40 }),
    );
    expect([state, open?.needed]).toEqual(["applied", "more days with use"]);
  });

  it("is not given on two changes that both change caching: what each saved cannot be told apart", () => {
    const decisions = new Map<string, Decision>(
      [anAcceptance(), anAcceptance({ advice: "a2", said: aSaid({ strategy: "stop-caching" }) })].map((each) => [
        each.advice,
        each,
      ]),
    );
    const both = followAccepted(traceFromResponses(BATCHED, BOOK), decisions, CONTEXT);
    expect(both.map(({ state, result }) => [state, result])).toEqual([
      ["applied", null],
      ["applied", null],
    ]);
    expect(both[0]?.open?.observed).toContain("cannot be told apart");
  });

  it("stands after the change was taken back, and is made on what carried it alone", () => {
    const back = sent("2026-10-22", { requests: 40 });
    const { state, takenBackAt, result } = followed({}, BATCHED, back);
    expect([state, takenBackAt]).toEqual(["verified", Date.parse("2026-10-22T01:00:00Z")]);
    expect(result).toMatchObject({ requests: 40, usd: usd("0.15") });
    // Without one there is nothing to stand.
    const early = followed({}, sent("2026-10-12", { requests: 24, tier: "batch" }), back);
    expect([early.state, early.appliedAt, early.result]).toEqual(["accepted", null, null]);
  });
});

describe("what is followed", () => {
  const trace = traceFromResponses([...BATCHED, ...sent("2026-10-22", { requests: 40 })], BOOK);

  function followUp(decision: Decision): {
    readonly followUp: ReturnType<typeof followUpOf>;
    readonly settled: ReturnType<typeof settledBy>;
  } {
    const inForce = new Map([[decision.advice, decision]]);
    const all = followAccepted(trace, inForce, CONTEXT);
    return { followUp: followUpOf(all, inForce, []), settled: settledBy(all, inForce) };
  }

  it("is proposed again once it is taken back, unless it was refuted", () => {
    expect(followUp(anAcceptance()).settled.applied).toEqual(new Set());
    const dear = anAcceptance({ said: aSaid({ saving: aRange("0.7", "0.8", "0.9") }) });
    expect(followUp(dear).followUp.accepted.map(({ state }) => state)).toEqual(["refuted"]);
    expect(followUp(dear).settled.applied).toEqual(new Set(["a1"]));
  });

  it("stays in the calibration after it was dismissed: else only what went well would be left", () => {
    const { followUp: found } = followUp(aDismissal({ after: anAcceptance() }));
    expect(found.accepted).toEqual([]);
    expect(found.dismissed.map(({ verdict }) => verdict)).toEqual(["verified"]);
    expect(found.calibration).toEqual({ verified: 1, refuted: 0, projected: usd("0.15"), realised: usd("0.15") });
    expect(followUp(aDismissal()).followUp.calibration).toBeNull();
  });

  it("is not a change that no request shows, and says why", () => {
    expect(followed({ strategy: "duplicate-requests" }, BATCHED).unseen).toBe(
      "a request that was not sent is not recorded",
    );
    expect(followed({ strategy: "of-a-later-release" }, BATCHED).unseen).toContain("does not know the strategy");
    expect(followed({ before: null }, BATCHED).unseen).toContain("nothing that would show it");
  });

  it("is not what was sent before the advice, nor of another workload", () => {
    const early = sent("2026-10-01", { requests: 30, tier: "batch" });
    expect(followed({}, early).later).toEqual({ requests: 0, carrying: 0 });
    expect(followed({ workload: "web" }, BATCHED).later).toEqual({ requests: 0, carrying: 0 });
  });

  it("goes on where a workload is named after its model", () => {
    const unnamed = sent("2026-10-12", { requests: 40, model: "claude-opus-5-5" }).map((response) => ({
      ...response,
      context: { ...response.context, service: null },
      request: {
        maxTokens: 900,
        thinking: null,
        thinkingBudgetTokens: null,
        effort: null,
        stream: false,
        toolCount: 0,
        cacheBreakpoints: [],
        temperature: null,
      },
    }));
    const trace = traceFromResponses(unnamed, BOOK);
    const [name = ""] = trace.workloads.keys();
    expect(name).toMatch(/^opus-5-5, no tools/);
    const workload = name.replace("opus-5-5", "opus-5");
    const said = aSaid({ strategy: "newer-model", workload, subject: "claude-opus-5", target: "claude-opus-5-5" });
    expect(followChange(trace, anAcceptance({ said }), CONTEXT).later).toEqual({ requests: 40, carrying: 40 });
  });
});
