import { STRATEGIES, traceFromResponses, type Advice } from "@farthing/advisor";
import { listPriceBook, type TrialRecorded } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aReport } from "../support/a-report.ts";
import { aTrialRecorded } from "../support/a-trial.ts";
import { adviceOn, usd } from "../support/advice.ts";
import { openLoopbackApi } from "../support/loopback-api.ts";
import { repeated, singleCalls, type Call } from "../support/proposals.ts";
import { runCli } from "../support/run-cli.ts";
import { apiOfModels } from "../support/api-of-models.ts";
import { samples, trialOn } from "./samples.ts";

const CALL: Call = { uncachedInput: 10_000, output: 1_000 };
const SONNET = { model: "claude-sonnet-5" };
/** 20 x (10,000 x $2 + 1,000 x $10) per million: $0.60. */
const RESPONSES = singleCalls(repeated(20, CALL), SONNET);

function advised(trials: readonly TrialRecorded[], responses = RESPONSES, strategy = "cheaper-model"): Advice {
  return adviceOn(responses, { strategies: STRATEGIES.filter(({ name }) => name === strategy), trials });
}

/** The only recommendation. */
function only({ recommendations }: Advice): Advice["recommendations"][number] {
  const [first, second] = recommendations;
  if (first === undefined || second !== undefined) throw new Error(`${String(recommendations.length)} recommendations`);
  return first;
}

describe("a trial on samples of a workload", () => {
  it("takes the place of what is assumed of the answers' length, in the range and in words", () => {
    const assumed = only(advised([]));
    const { share, plan, breakEven } = only(advised([aTrialRecorded()]));
    // $0.02 of prompts on Haiku 5.5; output of 20,000 tokens at $0.50 per million, 0.9 (0.85 to 0.95) times as long.
    expect(share).toEqual({ expected: usd("0.571"), low: usd("0.5705"), high: usd("0.5715") });
    expect(share.high - share.low).toBeLessThan(assumed.share.high - assumed.share.low);
    expect(plan.uncertainty).toBe(
      "measured on your own samples: 98 % of 40 agree (87-99 %), on 40 prompts 1.00x tokens and answers 0.85-0.95x, " +
        "of 41 asked of haiku-5-5 1 failed",
    );
    // $0.60 less $0.02 are what 58 times the output of today costs at those $0.50: not 58 times that of the trial.
    expect(breakEven).toContain("saves until answers are 58.00x as long");
    expect(breakEven).toContain("are redone on sonnet-5; 2 % of the samples differed (1-13 %)");
    expect(assumed.plan.uncertainty).toContain("answers taken as 0.8-1.25x as long");
  });

  it("measures a tokenizer's ratio rather than taking the published range", () => {
    const responses = singleCalls(repeated(20, CALL), { model: "claude-opus-4-5" });
    const trial = aTrialRecorded({
      from: { model: "claude-opus-4-5-20251101" },
      to: { model: "claude-opus-5-5" },
      promptRatio: { low: 1.2, expected: 1.21, high: 1.22 },
    });
    const [assumed, measured] = [advised([], responses, "newer-model"), advised([trial], responses, "newer-model")];
    const of = ({ recommendations, abstained }: Advice): string =>
      [...recommendations.map(({ plan }) => plan.uncertainty), ...abstained.map(({ observed }) => observed)].join("; ");
    expect(of(assumed)).not.toContain("measured on");
    expect(of(measured)).toContain("prompts 1.20-1.22x tokens");
    expect(of(measured)).not.toContain("same text is");
  });

  it("is said in the report, where quality is not called tested", () => {
    const report = aReport([...RESPONSES, aTrialRecorded()], { limits: null });
    const [row] = report.recommendations.filter(({ plan }) => plan.strategy === "cheaper-model");
    expect(row?.plan).toMatchObject({ answersUnchanged: false, risk: "other-answers", tried: true });
  });

  it("speaks against a candidate whose answers are so much longer that it costs more", () => {
    const trial = aTrialRecorded({ outputRatio: { low: 59, expected: 60, high: 61 } });
    expect(advised([trial])).toMatchObject({ recommendations: [], abstained: [{ reason: "would-cost-more" }] });
  });

  it.each([
    ["of another workload", { workload: "search" }],
    ["of no workload that was named", { workload: null }],
    ["of another candidate", { to: { model: "claude-haiku-4-5" } }],
    ["instead of another model", { from: { model: "claude-opus-5" } }],
  ])("%s says nothing", (_, overrides) => {
    expect(advised([aTrialRecorded(overrides)])).toEqual(advised([]));
  });

  it("is said, and narrows nothing, with too few samples, however often each was asked", () => {
    const few = only(
      advised([aTrialRecorded({ samples: 19, repeat: 2, pairs: 38, agreement: { compared: 19, share: 1 } })]),
    );
    expect(few.share).toEqual(only(advised([])).share);
    expect(few.plan.uncertainty).toContain("measured on your own samples: 100 % of 19 agree (83-100 %)");
    expect(few.plan.uncertainty).toContain("under 20 samples narrow no range");
    expect(few.plan.uncertainty).toContain("answers taken as 0.8-1.25x as long");
  });

  it("gives way to a later one", () => {
    const later = aTrialRecorded({
      id: "trial:0",
      occurredAt: "2026-10-02T11:00:00.000Z",
      agreement: { compared: 30, share: 0.5 },
      pairs: 30,
    });
    for (const trials of [
      [aTrialRecorded(), later],
      [later, aTrialRecorded()],
    ]) {
      expect(only(advised(trials)).plan.uncertainty).toContain("measured on your own samples: 50 % of 30 agree");
    }
  });

  it("does not give way to a later one that measured less", () => {
    const nothing = { agreement: { compared: 0, share: null }, pairs: 0, promptRatio: null, outputRatio: null };
    const little = { agreement: { compared: 19, share: 1 }, pairs: 19 };
    for (const overrides of [nothing, little]) {
      const later = aTrialRecorded({ id: "trial:0", occurredAt: "2026-10-02T11:00:00.000Z", ...overrides });
      expect(only(advised([aTrialRecorded(), later]))).toEqual(only(advised([aTrialRecorded()])));
    }
    // Of two that measured too little, one that measured something.
    const [some, none] = [
      aTrialRecorded(little),
      aTrialRecorded({ occurredAt: "2026-10-02T11:00:00.000Z", ...nothing }),
    ];
    expect(only(advised([some, none]))).toEqual(only(advised([some])));
  });

  it.each([
    ["were cut off", { truncated: 3 }, "of 41 asked of haiku-5-5 3 cut off and 1 failed"],
    ["were refused", { failures: [{ errorType: "refusal", requests: 3 }] }, "of 43 asked of haiku-5-5 3 refused"],
    ["failed", { failures: [{ errorType: "api_error", requests: 3 }] }, "of 43 asked of haiku-5-5 3 failed"],
  ])("narrows nothing where more than one answer in twenty %s, and says so", (_, to, words) => {
    const { plan, share } = only(advised([aTrialRecorded({ to })]));
    expect(plan.uncertainty).toContain(`${words}, over 5 % without an answer narrow no range`);
    expect(plan.uncertainty).toContain("answers taken as 0.8-1.25x as long");
    expect(share).toEqual(only(advised([])).share);
    const fewer = only(advised([aTrialRecorded({ to: { truncated: 1, failures: [] } })])).plan.uncertainty;
    expect(fewer).toContain("of 40 asked of haiku-5-5 1 cut off");
    expect(fewer).not.toContain("narrow no range");
  });

  it("says of each figure how many samples it is of", () => {
    const trial = aTrialRecorded({ pairs: 25, agreement: { compared: 40, share: 0.975 } });
    expect(only(advised([trial])).plan.uncertainty).toContain("98 % of 40 agree (87-99 %), on 25 prompts 1.00x tokens");
  });

  it("is none where answers could not be compared, and says what it measured all the same", () => {
    const { plan, breakEven } = only(advised([aTrialRecorded({ agreement: { compared: 0, share: null } })]));
    expect(plan.uncertainty).toContain("no answers could be compared, on 40 prompts 1.00x tokens");
    expect(breakEven).not.toContain("differed");
  });
});

describe("the calls of a trial", () => {
  const labels = { "farthing-trial": "trial:1" };
  const calls = singleCalls(repeated(30, { ...CALL, at: 0 }), {
    model: "claude-opus-5",
    service: "farthing-trial",
    name: "t",
  });
  const ofTrial = calls.map((event) => ({ ...event, labels }));

  it("are spent, and are no traffic that advice is for", () => {
    const [without, withTrial] = [aReport(RESPONSES), aReport([...RESPONSES, ...ofTrial])];
    expect(withTrial.total.responses).toBe(50);
    expect(withTrial.total.usd).toBeGreaterThan(without.total.usd);
    expect(withTrial.where.byWorkload.map(({ name }) => name)).toContain("farthing-trial");
    expect(withTrial.recommendations).toEqual(without.recommendations);
    expect(withTrial.joint).toEqual(without.joint);
    expect(withTrial.abstained).toEqual(without.abstained);
    expect(withTrial.advice).toEqual({ ...without.advice, trialCalls: 30 });
    // The same without the label are a workload of their own.
    expect(aReport([...RESPONSES, ...calls]).recommendations).not.toEqual(without.recommendations);
  });

  it("are left out of what a period asks for alone", () => {
    const inPeriod = traceFromResponses([...RESPONSES, ...ofTrial], listPriceBook(), ({ id }) => !id.includes("t"));
    expect(inPeriod.trialCalls ?? 0).toBeLessThan(30);
  });
});

describe("farthing trial --advice", () => {
  /** A workload of which the report says that Haiku would do. */
  async function aLedgerToTry(): Promise<string> {
    return aLedger(singleCalls(repeated(40, { uncachedInput: 10_000, output: 100 }), SONNET));
  }

  it("tries a recommendation, and the next report says what came of it", async () => {
    await using api = await openLoopbackApi(
      apiOfModels({ usage: ({ model }) => ({ output_tokens: model === "claude-haiku-5-5" ? 8 : 10 }) }),
    );
    const ledger = await aLedgerToTry();
    const flags = ["--ledger", ledger];
    const before = await runCli(["report", ...flags]);
    expect(before.stdout).toContain("quality untested; answers taken as 0.8-1.25x as long");
    const [, number] = /^ *(\d) chat +sonnet-5 -> haiku-5-5/m.exec(before.stdout) ?? [];
    const run = await trialOn(api.url, samples(25), ["--budget", "1", "--advice", number ?? ""], { ledger });
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain("reports on chat use it");
    const after = await runCli(["report", ...flags, "--fresh"]);
    const words = after.stdout.replaceAll(/\s+/g, " ");
    expect(words).toContain("quality not judged; measured on your own samples: 100 % of 25 agree (87-100 %)");
    expect(words).toContain("Advice leaves out 50 responses made for trials");
    // Unasked too: what is kept of the report before is of another ledger.
    expect((await runCli(["report", ...flags])).stdout).toBe(after.stdout);
  });

  it("is refused for what is no change of model, for another model's samples, and for no recommendation", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const ledger = await aLedgerToTry();
    const tryIt = async (...flags: readonly string[]): Promise<string> => {
      const run = await trialOn(api.url, samples(1), ["--budget", "1", ...flags], { ledger });
      expect(run.exitCode).toBe(2);
      return run.stderr;
    };
    expect(await tryIt("--advice", "9")).toContain('no recommendation "9"');
    expect(await tryIt("--advice", "1", "--against", "claude-opus-5")).toContain("it is about claude-sonnet-5");
    expect(await tryIt("--advice", "1", "--model", "claude-haiku-4-5")).toContain("is to ask claude-haiku-5-5");
    expect(await tryIt("--advice", "1", "--workload", "search")).toContain("the recommendation is about chat");
    const wasteful = singleCalls(repeated(25, { cacheWrite1h: 100_000 }), { ...SONNET, service: "rag", name: "rag" });
    const other = await trialOn(api.url, samples(1), ["--budget", "1", "--advice", "1"], {
      ledger: await aLedger(wasteful),
    });
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining("is no change of model")]);
    expect(api.requests).toEqual([]);
  });
});
