import { EXACT, runTrial, trialEvent, trialResult, type Sample, type Sent, type TrialPlan } from "@farthing/advisor";
import { convertUsage, listPriceBook, loadParseEvent, parseInstant, parseUsd } from "@farthing/ledger";
import { describe, expect, it } from "vitest";

const NOW = parseInstant("2026-11-22");
const BUDGET = parseUsd("1");

const SAMPLES = Array.from({ length: 20 }, (_, index): Sample => ({
  line: index + 1,
  model: "claude-sonnet-5",
  params: { model: "claude-sonnet-5", max_tokens: 50, messages: [{ role: "user", content: String(index) }] },
  recorded: null,
}));

const PLAN: TrialPlan = {
  samples: SAMPLES,
  from: "claude-sonnet-5",
  to: "claude-haiku-5-5",
  candidate: null,
  repeat: 1,
  agreement: EXACT,
  book: listPriceBook(),
  now: () => NOW,
};

/** Haiku writes 9 tokens where Sonnet writes 10, is cut off in every fifth, differs in every fourth, and takes 5 ms for each. */
function send(params: Readonly<Record<string, unknown>>): Promise<Sent> {
  const number = Number((params["messages"] as readonly { readonly content: string }[])[0]?.content);
  const isHaiku = params["model"] === "claude-haiku-5-5";
  return Promise.resolve({
    kind: "answer",
    content: [{ type: "text", text: isHaiku && number % 4 === 0 ? "no" : "yes" }],
    servedModel: String(params["model"]),
    stopReason: isHaiku && number % 5 === 0 ? "max_tokens" : "end_turn",
    usage: convertUsage({ input_tokens: 100, output_tokens: isHaiku ? 9 : 10 }).usage,
    billedTo: "self",
    latencyMs: isHaiku ? 5 * (number + 1) : 100,
  });
}

async function resultWith(concurrency: number): Promise<ReturnType<typeof trialResult>> {
  const ports = { send, count: () => Promise.resolve(100) };
  return trialResult(PLAN, BUDGET, await runTrial(PLAN, { budget: BUDGET, concurrency }, ports));
}

describe("what a trial came to", () => {
  it("is the same however many samples are under way at a time", async () => {
    const one = await resultWith(1);
    for (const concurrency of [2, 7, 50]) expect(await resultWith(concurrency)).toEqual(one);
  });

  it("is summed over pairs, and timed over answers", async () => {
    expect(await resultWith(4)).toMatchObject({
      // What was cut off is neither measured nor judged.
      pairs: 16,
      answeredByBoth: 16,
      // 16 x (100 x $2 + 10 x $10) and 16 x (100 x $0.10 + 9 x $0.50) per million.
      from: { answers: 20, usd: parseUsd("0.0048"), truncated: 0, latencyMs: { p50: 100, p95: 100 } },
      // The tenth and the nineteenth of 5 to 100 ms.
      to: { answers: 20, usd: parseUsd("0.000232"), truncated: 4, latencyMs: { p50: 50, p95: 95 } },
      outputRatio: { low: 0.9, expected: 0.9, high: 0.9 },
      // Of 0, 4, 8, 12 and 16 the first was cut off.
      agreement: { compared: 16, share: 0.75 },
      spent: parseUsd("0.00629"),
    });
  });

  it.each(["refusal", "pause_turn", "model_context_window_exceeded", null])(
    "is no answer of a model that stopped with %s, however alike the texts are",
    async (stopReason) => {
      const stopping = async (params: Readonly<Record<string, unknown>>): Promise<Sent> => {
        const sent = await send(params);
        return sent.kind === "answer" ? { ...sent, content: [], stopReason } : sent;
      };
      const ports = { send: stopping, count: () => Promise.resolve(100) };
      const outcomes = await runTrial(PLAN, { budget: BUDGET, concurrency: 4 }, ports);
      const failures = [{ errorType: stopReason ?? "no_stop_reason", requests: 20 }];
      expect(trialResult(PLAN, BUDGET, outcomes)).toMatchObject({
        from: { answers: 0, failures },
        to: { answers: 0, failures },
        answeredByBoth: 0,
        pairs: 0,
        outputRatio: null,
        agreement: { compared: 0, notComparable: 0, share: null },
        spent: parseUsd("0.00629"),
      });
    },
  );

  it("is recorded as an event that a ledger takes", async () => {
    const event = trialEvent(await resultWith(4), { id: "trial:1", workload: "chat", advice: "0123456789" }, NOW);
    const parseEvent = await loadParseEvent();
    expect(parseEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
    expect(event).toMatchObject({ occurredAt: "2026-11-22T00:00:00.000Z", workload: "chat", spentUsd: "0.00629" });
  });
});
