import { runTrial, trialResult, type Sent, type TrialResult } from "@farthing/advisor";
import { convertUsage, money, parseUsd, totalCostOf, type Money } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokenReply, openLoopbackApi } from "../support/loopback-api.ts";
import { apiOfModels } from "../support/api-of-models.ts";
import { runCli } from "../support/run-cli.ts";
import { anAnswer, aPlan, BOOK, NOW } from "./a-plan.ts";
import { samples, trialOn } from "./samples.ts";

/** What the API does with one call: how much it writes, or that it gives no answer, and how long it takes. */
const calls = fc.record({
  output: fc.nat({ max: 200 }),
  fails: fc.constantFrom(null, null, null, "free" as const, "unknown" as const),
  turns: fc.nat({ max: 5 }),
});

describe("the budget of a trial", () => {
  it("is never passed, however calls cross each other and end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(calls, { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 40_000_000_000 }),
        async (count, isRecorded, repeat, concurrency, behaviours, picodollars) => {
          const budget = money(BigInt(picodollars));
          let sent = 0;
          let billed = 0n;
          const send = async (params: Readonly<Record<string, unknown>>): Promise<Sent> => {
            const { output, fails, turns } = behaviours[sent++ % behaviours.length] ?? {
              output: 0,
              fails: null,
              turns: 0,
            };
            for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
            const prompt = JSON.stringify(params["messages"]).length;
            const { usage } = convertUsage({ input_tokens: prompt, output_tokens: output });
            // What is not answered may have been billed in full.
            if (fails !== "free") billed += totalCostOf(usage, String(params["model"]), NOW, BOOK) ?? 0n;
            if (fails !== null) return { kind: "failure", errorType: "x", cost: fails };
            return {
              kind: "answer",
              content: [],
              servedModel: String(params["model"]),
              usage,
              stopReason: "end_turn",
              billedTo: "self",
              latencyMs: 1,
            };
          };
          const plan = aPlan(count, isRecorded, repeat);
          const outcomes = await runTrial(
            plan,
            { budget, concurrency },
            {
              send,
              count: (params) => Promise.resolve(JSON.stringify(params["messages"]).length),
            },
          );
          expect(billed).toBeLessThanOrEqual(budget);
          expect(outcomes.spent).toBeGreaterThanOrEqual(billed);
          expect(outcomes.spent).toBeLessThanOrEqual(budget);
          // Every run is accounted for, in the order of the samples.
          const order = plan.samples.flatMap((_, place) => Array.from({ length: repeat }, () => place));
          expect(outcomes.runs.map(({ sample }) => sample)).toEqual(order);
          const notSent = outcomes.runs.filter((run) => run.notSent !== null).length;
          expect(sent).toBeGreaterThanOrEqual(outcomes.runs.length - notSent);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is used as far as it reaches: what calls under way give back is spent", async () => {
    // Each call is taken to cost 200 tokens of output at most, and comes to 1: one after the other, all fit.
    const plan = aPlan(10, [true], 1);
    const send = (): Promise<Sent> => {
      const { usage } = convertUsage({ input_tokens: 1, output_tokens: 1 });
      return Promise.resolve({
        kind: "answer",
        content: [],
        servedModel: plan.to,
        usage,
        stopReason: "end_turn",
        billedTo: "self",
        latencyMs: 1,
      });
    };
    const ports = { send, count: () => Promise.resolve(1) };
    const result = async (budget: Money): Promise<TrialResult> =>
      trialResult(plan, budget, await runTrial(plan, { budget, concurrency: 10 }, ports));
    // (1 x 1.05 + 100, rounded up) 102 prompt tokens at $0.10 and 200 of output at $0.50 per million, 1.1 times that where the
    // workspace says so, are $0.00012122 at most; one of each is $0.0000006. After nine calls $0.0001213 are left of this.
    expect(await result(parseUsd("0.0001267"))).toMatchObject({
      to: { answers: 10 },
      notSent: [],
      spent: parseUsd("0.000006"),
    });
    expect(await result(parseUsd("0.0001265"))).toMatchObject({
      to: { answers: 9 },
      notSent: [{ reason: "budget", samples: 1 }],
    });
    expect(await result(parseUsd("0.00011"))).toMatchObject({
      to: { answers: 0 },
      notSent: [{ reason: "budget", samples: 10 }],
      spent: 0n,
    });
  });

  it("ends a trial at once where a call was billed more than it can have cost", async () => {
    const plan = aPlan(5, [true], 1);
    const { usage } = convertUsage({ input_tokens: 100_000, output_tokens: 200 });
    let sent = 0;
    const outcomes = await runTrial(
      plan,
      { budget: parseUsd("1"), concurrency: 1 },
      {
        send: () => {
          sent += 1;
          return Promise.resolve({
            kind: "answer",
            content: [],
            servedModel: plan.to,
            usage,
            stopReason: "end_turn",
            billedTo: "self",
            latencyMs: 1,
          });
        },
        count: () => Promise.resolve(10),
      },
    );
    expect(sent).toBe(1);
    expect(outcomes).toMatchObject({
      callsAboveBound: 1,
      runs: [{ notSent: null }, { notSent: "bound-passed" }, {}, {}, {}],
    });
  });

  it("ends a trial for those too that waited for room in the budget meanwhile", async () => {
    const plan = aPlan(3, [true], 1);
    const [dear, cheap] = [300, 1].map((input) => convertUsage({ input_tokens: input, output_tokens: input }).usage);
    let sent = 0;
    // $0.00012122 at most for each, so that two are under way at a time. The first comes to more, the second to so little that
    // there would be room for the third.
    const outcomes = await runTrial(
      plan,
      { budget: parseUsd("0.00036"), concurrency: 3 },
      {
        send: async () => {
          sent += 1;
          const usage = sent === 1 ? dear : cheap;
          await Promise.resolve();
          return anAnswer(usage ?? null);
        },
        count: () => Promise.resolve(1),
      },
    );
    expect(sent).toBe(2);
    // 300 x $0.10 and 300 x $0.50 per million, and one of each.
    expect(outcomes).toMatchObject({
      spent: parseUsd("0.0001806"),
      runs: [{ notSent: null }, { notSent: null }, { notSent: "bound-passed" }],
    });
  });

  it("holds what an answer may have cost that never came", async () => {
    await using api = await openLoopbackApi(
      apiOfModels({ instead: ({ model }) => (model === "claude-haiku-5-5" ? brokenReply : null) }),
    );
    const run = await trialOn(api.url, samples(2), ["--budget", "1", "--format", "json"]);
    // Two answers of Sonnet for $0.0003, and 1.1 x ((100 x 1.05 + 100) x $0.10 and 200 x $0.50) per million, twice.
    expect(JSON.parse(run.stdout)).toMatchObject({ callsAtUnknownCost: 2, spentUsd: "0.0008651" });
    // None of them was sent again: a second call would be one that nothing was set aside for.
    expect(api.requests.filter(({ path }) => path.endsWith("/messages"))).toHaveLength(4);
    const text = await trialOn(api.url, samples(2), ["--budget", "1"]);
    expect(text.stdout).toContain("2 calls may have been billed without an answer");
  });

  it("is not passed by what is really under way at a time, and is what the ledger says was spent", async () => {
    // 100 prompt tokens and 10 of 200 tokens of output: $0.0003 and $0.000015, of which the first may be $0.00241.
    await using api = await openLoopbackApi(apiOfModels({ waitMs: () => Math.random() * 20 }));
    const run = await trialOn(api.url, samples(30), ["--budget", "0.006", "--concurrency", "8", "--format", "json"]);
    const { spentUsd, notSent } = JSON.parse(run.stdout) as { spentUsd: string; notSent: unknown[] };
    const sent = api.requests.filter(({ path }) => path.endsWith("/messages"));
    expect(parseUsd(spentUsd)).toBeLessThanOrEqual(parseUsd("0.006"));
    expect(notSent).toMatchObject([{ reason: "budget" }]);
    expect(sent.length).toBeLessThan(60);
    expect(sent.length).toBeGreaterThan(10);
    const spend = await runCli(["spend", "--ledger", run.ledger, "--format", "json"]);
    expect(JSON.parse(spend.stdout)).toMatchObject({ total: { usd: spentUsd, requests: sent.length } });
  });

  it("leaves samples out that do not fit, and asks those that do", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const lines = samples(3, (number) => ({
      params: {
        model: "claude-sonnet-5",
        max_tokens: number === 1 ? 100_000 : 10,
        messages: [{ role: "user", content: `m ${String(number)}` }],
      },
      answer: "billing",
    }));
    const run = await trialOn(api.url, lines, ["--budget", "0.01", "--concurrency", "1"]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain("NOT SENT   1 sample: the budget had no room for what they can cost at most");
    expect(api.requests.filter(({ path }) => path.endsWith("/messages"))).toHaveLength(2);
  });
});
