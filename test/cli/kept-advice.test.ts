import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { traceFromResponses } from "@farthing/advisor";
import { calendarOf, listPriceBook, openLedger, type Position } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import {
  chooseAnalysis,
  REPLAYED_AT_ONCE_MAX,
  type AnalysisChoice,
} from "../../packages/advisor/src/cli/input/choose-analysis.ts";
import { analysisShelf } from "../../packages/advisor/src/cli/input/saved-analysis.ts";
import { analyse, type Analysis } from "../../packages/advisor/src/report/analysis.ts";
import { readAnalysis, writeAnalysis } from "../../packages/advisor/src/report/analysis-text.ts";
import { aLedger, aLedgerOfSegments } from "../support/a-ledger.ts";
import { aTrialRecorded } from "../support/a-trial.ts";
import { aConversation, type Step } from "../support/conversation.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const EARLIER = "w1:0:100:2" as Position;
const LATER = "w1:0:200:3" as Position;

/** Every call writes 100,000 tokens for an hour that nobody reads: there is something to advise. */
const WASTEFUL: Step[] = Array.from({ length: 25 }, (_, number) => ({
  at: number * 7_200,
  cacheWrite1h: 100_000,
  continues: -1,
}));

function anAnalysis(): Analysis {
  const book = listPriceBook();
  const context = { book, calendar: calendarOf("UTC"), now: NOW, billing: {}, only: null, outcomes: [] };
  return analyse(traceFromResponses(aConversation(WASTEFUL, { service: "rag" }), book), null, context);
}

async function report(ledger: string, ...flags: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(["report", "--ledger", ledger, "--format", "json", ...flags]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout;
}

function keptIn(ledger: string): string[] {
  return readdirSync(join(ledger, "checkpoints"))
    .filter((name) => name.startsWith("advice-"))
    .map((name) => join(ledger, "checkpoints", name));
}

describe("advice that was kept", () => {
  it("is what was found, amounts and all", () => {
    const analysis = anAnalysis();
    expect(analysis.recommendations.length).toBeGreaterThan(0);
    expect(readAnalysis(writeAnalysis(analysis))).toEqual(analysis);
  });

  it("makes the same report, byte for byte, as looking again and as a ledger without derived files", async () => {
    const ledger = await aLedgerOfSegments(aConversation(WASTEFUL, { service: "rag" }));
    const first = await report(ledger);
    expect(JSON.parse(first)).toMatchObject({ advice: { responses: 25, from: null, asOf: null, newer: 0 } });
    expect(keptIn(ledger)).toHaveLength(1);
    expect(readdirSync(join(ledger, "columns")).length).toBeGreaterThan(1);
    expect(await report(ledger)).toBe(first);
    expect(await report(ledger, "--fresh")).toBe(first);
    for (const derived of ["checkpoints", "columns"]) rmSync(join(ledger, derived), { recursive: true, force: true });
    expect(await report(ledger)).toBe(first);
  });

  it("is not shown for another question", async () => {
    const ledger = await aLedger([
      ...aConversation(WASTEFUL, { service: "rag" }),
      ...aConversation(WASTEFUL, { service: "web", name: "s2" }),
    ]);
    const only = async (...flags: readonly string[]): Promise<unknown> =>
      (JSON.parse(await report(ledger, ...flags)) as { recommendations: { workload: string }[] }).recommendations.map(
        ({ workload }) => workload,
      );
    expect(new Set((await only()) as string[])).toEqual(new Set(["rag", "web"]));
    expect(new Set((await only("--where", "service=web")) as string[])).toEqual(new Set(["web"]));
    expect(await only("--until", "2026-01-01")).toEqual([]);
    expect(keptIn(ledger)).toHaveLength(3);
  });

  it("is of another question once something was tried, of however many responses it is", async () => {
    const ledger = await aLedger(aConversation(WASTEFUL, { service: "rag" }));
    await report(ledger);
    await using writer = await openLedger(ledger, { mode: "write" });
    await writer.append([aTrialRecorded()]);
    await report(ledger);
    expect(keptIn(ledger)).toHaveLength(2);
  });

  it("is looked for again where the file is damaged anywhere", async () => {
    const ledger = await aLedger(aConversation(WASTEFUL, { service: "rag" }));
    const first = await report(ledger);
    const [path = ""] = keptIn(ledger);
    const bytes = readFileSync(path);
    for (let place = 0; place < bytes.length; place += 97) {
      const damaged = Buffer.from(bytes);
      damaged[place] = (damaged[place] ?? 0) ^ 1;
      writeFileSync(path, damaged);
      expect(await report(ledger)).toBe(first);
    }
    writeFileSync(path, "");
    expect(await report(ledger)).toBe(first);
  }, 120_000);

  it("is looked for again once detail was pruned, and then says of how many responses it is", async () => {
    const ledger = await aLedgerOfSegments(aConversation(WASTEFUL, { service: "rag" }));
    expect(JSON.parse(await report(ledger))).toMatchObject({ total: { requests: 25 }, advice: { responses: 25 } });
    const pruned = await runCli(["prune", "--before", "2026-10-11", "--ledger", ledger]);
    expect([pruned.exitCode, pruned.stderr]).toEqual([0, ""]);
    const { total, advice } = JSON.parse(await report(ledger)) as Record<"total" | "advice", Record<string, number>>;
    expect(total).toMatchObject({ requests: 25, usd: "25.00625" });
    expect(advice["responses"]).toBeLessThan(25);
    expect((await runCli(["report", "--ledger", ledger])).stdout).toContain("whose detail");
  });

  it("leaves a report as it is where nothing can be kept", async () => {
    const ledger = await aLedger(aConversation(WASTEFUL, { service: "rag" }));
    const first = await report(ledger);
    rmSync(join(ledger, "checkpoints"), { recursive: true, force: true });
    writeFileSync(join(ledger, "checkpoints"), "a file where the folder should be");
    expect(await report(ledger)).toBe(first);
  });
});

describe("the choice between kept advice and new", () => {
  const analysis = anAnalysis();

  function aChoice(overrides: Partial<AnalysisChoice>, shelf = analysisShelf(emptyFolder(), "q")): AnalysisChoice {
    return {
      shelf,
      state: "a",
      position: EARLIER,
      responses: 10,
      now: NOW,
      fresh: false,
      analyse: () => Promise.resolve({ ...analysis, responses: 99 }),
      onUnsaved: (error) => {
        throw error;
      },
      ...overrides,
    };
  }

  async function afterOne(overrides: Partial<AnalysisChoice>): Promise<unknown> {
    const shelf = analysisShelf(emptyFolder(), "q");
    await chooseAnalysis(aChoice({ responses: 60_000, analyse: () => Promise.resolve(analysis) }, shelf));
    const { analysis: chosen, ...rest } = await chooseAnalysis(aChoice({ now: NOW + 1, ...overrides }, shelf));
    return { isNew: chosen.responses === 99, ...rest };
  }

  it("shows what is kept where nothing has changed, whatever its size", async () => {
    for (const responses of [10, 1_000_000]) {
      expect(await afterOne({ responses })).toEqual({ isNew: false, savedAt: null, position: null, newer: 0 });
    }
  });

  it("looks again where something has and that takes no long time", async () => {
    const responses = REPLAYED_AT_ONCE_MAX;
    expect(await afterOne({ state: "b", responses })).toEqual({ isNew: true, savedAt: null, position: null, newer: 0 });
  });

  it("shows what is kept, with its date, where that would take long", async () => {
    const later = { state: "b", position: LATER, responses: 60_123 };
    expect(await afterOne(later)).toEqual({ isNew: false, savedAt: NOW, position: EARLIER, newer: 123 });
  });

  it("looks again when told to, and where nothing is kept", async () => {
    const responses = 60_123;
    expect(await afterOne({ state: "b", responses, fresh: true })).toEqual({
      isNew: true,
      savedAt: null,
      position: null,
      newer: 0,
    });
    expect(await chooseAnalysis(aChoice({ responses }))).toMatchObject({ savedAt: null, newer: 0 });
  });

  it("keeps the advice of the newest 64 questions", async () => {
    const ledger = emptyFolder();
    mkdirSync(join(ledger, "checkpoints"));
    for (let question = 0; question < 70; question += 1) {
      await analysisShelf(ledger, question).write({
        analysis,
        savedAt: NOW,
        responses: 1,
        position: EARLIER,
        state: "a",
      });
      for (const path of keptIn(ledger)) utimesSync(path, new Date(NOW - 1e6), new Date(NOW - 1e6));
    }
    expect(keptIn(ledger)).toHaveLength(64);
    expect(await analysisShelf(ledger, 69).read()).toMatchObject({ responses: 1 });
  });
});
