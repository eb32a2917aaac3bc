import { STRATEGIES, type Advice } from "@farthing/advisor";
import { money, parseUsd, ZERO, type LedgerEvent, type OutcomeRow } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aReport } from "../support/a-report.ts";
import { adviceOn, usd } from "../support/advice.ts";
import { anOutcomeRecorded } from "../support/builders.ts";
import { repeated, singleCalls } from "../support/proposals.ts";
import { runCli } from "../support/run-cli.ts";

const SONNET_5 = { model: "claude-sonnet-5" };
const RESPONSES = singleCalls(repeated(20, { uncachedInput: 10_000, output: 100 }), SONNET_5);

/** Tasks of one model in one workload: how many, how many succeeded, and what all of them cost. */
function tasksOf(model: string, tasks: number, succeeded: number, dollars: string, workload = "chat"): OutcomeRow {
  return {
    by: { model, workload },
    tasks,
    succeeded,
    failed: tasks - succeeded,
    usd: money(parseUsd(dollars)),
    otherModelsUsd: ZERO,
    requests: tasks,
    lowerBoundTasks: 0,
    unknownCost: { tasks: 0, succeeded: 0, failed: 0, usd: ZERO },
  };
}

function advised(strategy: string, outcomes: readonly OutcomeRow[], responses = RESPONSES): Advice {
  return adviceOn(responses, { strategies: STRATEGIES.filter(({ name }) => name === strategy), outcomes });
}

const ON_SONNET = tasksOf("claude-sonnet-5", 100, 80, "2.00");

describe("outcomes", () => {
  it("speak against a cheaper model whose successes cost more", () => {
    // 2.00 for 80 is 0.0250 each; 0.90 for 30 is 0.0300, escalations and failures included.
    const { recommendations, abstained } = advised("cheaper-model", [
      ON_SONNET,
      tasksOf("claude-haiku-5-5", 60, 30, "0.90"),
    ]);
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ reason, observed }) => [reason, observed])).toEqual([
      [
        "cost-per-success",
        "sonnet-5 -> haiku-5-5: a success cost $0.0300 in 60 tasks on haiku-5-5, $0.0250 in 100 tasks on sonnet-5",
      ],
    ]);
  });

  it("speak against one whose successes cost the same, or that never succeeds", () => {
    for (const row of [tasksOf("claude-haiku-5-5", 40, 40, "1.00"), tasksOf("claude-haiku-5-5", 40, 0, "0.01")]) {
      expect(advised("cheaper-model", [ON_SONNET, row]).abstained).toMatchObject([{ reason: "cost-per-success" }]);
    }
  });

  it("are said of a cheaper model whose successes cost less, and take the place of its break-even", () => {
    const { recommendations } = advised("cheaper-model", [ON_SONNET, tasksOf("claude-haiku-5-5", 60, 50, "0.25")]);
    expect(recommendations.map(({ share }) => share.expected)).toEqual([usd("0.399")]);
    expect(recommendations[0]?.plan.uncertainty).toContain(
      "measured: a success cost $0.0050 in 60 tasks on haiku-5-5, $0.0250 in 100 tasks on sonnet-5",
    );
    // 1 - 0.005 / 0.025.
    expect(recommendations[0]?.breakEven).toBe(
      "measured by outcomes; saves until it fails at 80 % of what it now succeeds at",
    );
  });

  it.each([
    ["of too few tasks", tasksOf("claude-haiku-5-5", 29, 5, "0.90")],
    ["of another workload", tasksOf("claude-haiku-5-5", 60, 30, "0.90", "search")],
    ["of another model", tasksOf("claude-haiku-4-5", 60, 30, "0.90")],
    ["of tasks that may have cost more", { ...tasksOf("claude-haiku-5-5", 60, 30, "0.90"), lowerBoundTasks: 31 }],
  ])("%s say nothing", (_, row) => {
    const { recommendations } = advised("cheaper-model", [ON_SONNET, row]);
    expect(recommendations[0]?.breakEven).toContain("400.00x as long");
  });

  it("speak against a newer model too", () => {
    const responses = singleCalls(repeated(20, { uncachedInput: 10_000, output: 100 }), { model: "claude-opus-5" });
    const { recommendations, abstained } = advised(
      "newer-model",
      [tasksOf("claude-opus-5", 50, 50, "1.00"), tasksOf("claude-opus-5-5", 50, 20, "1.00")],
      responses,
    );
    expect(recommendations).toEqual([]);
    expect(abstained).toMatchObject([{ reason: "cost-per-success" }]);
  });

  it("are taken from the ledger that a report is about", async () => {
    const call = { uncachedInput: 10_000, output: 100 };
    const taskFor = (model: string, isGood: (number: number) => boolean): LedgerEvent[] =>
      singleCalls(repeated(40, call), { model, name: model }).flatMap((event, number) => {
        const labels = { task: `${model} ${String(number)}` };
        const id = `outcome:${model}/${String(number)}`;
        const { occurredAt } = event;
        return [
          { ...event, labels },
          { ...anOutcomeRecorded({ id, occurredAt, ok: isGood(number) }), labels },
        ];
      });
    const events = (isGood: (number: number) => boolean): LedgerEvent[] => [
      ...taskFor("claude-sonnet-5", () => true),
      ...taskFor("claude-haiku-5-5", isGood),
    ];
    const reasonsIn = (report: ReturnType<typeof aReport>): readonly string[] =>
      report.abstained.map(({ reason }) => reason);
    // A call costs a twentieth on Haiku: one success in 40 costs twice what 40 of 40 do.
    const rarely = events((number) => number === 0);
    expect(reasonsIn(aReport(rarely))).toContain("cost-per-success");
    expect(reasonsIn(aReport(events(() => true)))).not.toContain("cost-per-success");
    const { stdout } = await runCli(["report", "--ledger", await aLedger(rarely), "--format", "json"]);
    expect(stdout).toContain('"cost-per-success"');
  });
});
