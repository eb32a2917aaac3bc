import { join } from "node:path";
import { displayUsd, parseUsd } from "@farthing/ledger";
import { beforeAll, expect, it } from "vitest";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { describeWithSharedData } from "../support/shared-data.ts";

interface ReportDocument {
  readonly total: {
    readonly usd: string;
    readonly responses: number;
    readonly sessions: number;
    readonly projects: number;
  };
  readonly period: { readonly daysWithUse: number; readonly calendarDays: number };
  readonly where: {
    readonly items: readonly { readonly item: string; readonly usd: string }[];
    readonly sessions: readonly { readonly name: string; readonly usd: string }[];
    readonly longContext: { readonly usd: string; readonly responses: number };
    readonly resent: readonly { readonly cause: string; readonly responses: number }[];
  };
  readonly coverage: { readonly lowerBoundOutput: number };
  readonly replayGap: readonly (Readonly<Record<"steps" | "exactSteps" | "unexplainedSteps", number>> & {
    readonly gap: number;
  })[];
  readonly recommendations: readonly { readonly strategy: string; readonly title: string }[];
  readonly abstained: readonly { readonly strategy: string; readonly workload: string; readonly reason: string }[];
}

function cents(usd: string): string {
  return displayUsd(parseUsd(usd));
}

describeWithSharedData("the report on real transcripts", "claude-code/real/projects", (projects) => {
  let report: ReportDocument;
  let text: string;

  beforeAll(async () => {
    const ledger = join(emptyFolder(), "ledger");
    await runCli(["import", "claude-code", projects, "--ledger", ledger]);
    report = JSON.parse((await runCli(["report", "--ledger", ledger, "--format", "json"])).stdout) as ReportDocument;
    text = (await runCli(["report", "--ledger", ledger])).stdout;
  });

  it("says what it came to, at least, and over which days", () => {
    expect(report.total).toMatchObject({ usd: "26.2117202", requests: 547, sessions: 9, projects: 2 });
    expect(report.period).toMatchObject({ daysWithUse: 5, calendarDays: 163 });
    expect(report.coverage.lowerBoundOutput).toBe(534);
    expect(text).toContain("AT LEAST $26.21 at API list prices");
  });

  it("says on which tokens it went, in which sessions, and at which context lengths", () => {
    expect(Object.fromEntries(report.where.items.map(({ item, usd }) => [item, cents(usd)]))).toEqual({
      cacheRead: "$15.09",
      cacheWrite1h: "$4.45",
      cacheWrite5m: "$4.06",
      output: "$2.59",
      uncachedInput: "$0.01",
    });
    expect(report.where.sessions.slice(0, 2).map(({ name, usd }) => [name.slice(0, 8), cents(usd)])).toEqual([
      ["258c7280", "$12.23"],
      ["4d5611e5", "$10.11"],
    ]);
    expect([cents(report.where.longContext.usd), report.where.longContext.responses]).toEqual(["$10.08", 109]);
  });

  it("predicts 517 of 523 steps to the token without looking at what was read, and leaves 5 as recorded", () => {
    const sum = (field: "steps" | "exactSteps" | "unexplainedSteps"): number =>
      report.replayGap.reduce((total, gap) => total + gap[field], 0);
    expect([sum("exactSteps"), sum("steps"), sum("unexplainedSteps")]).toEqual([517, 518, 5]);
    for (const { gap } of report.replayGap) expect(Math.abs(gap)).toBeLessThan(0.001);
  });

  it("finds the context that was sent again, and blames breaks for two of them only", () => {
    expect(report.where.resent.find(({ cause }) => cause === "expired")?.responses).toBe(2);
    expect(report.where.resent.find(({ cause }) => cause === "not-recorded")?.responses).toBe(4);
  });

  it("recommends what the record can carry, and names why it says nothing else", () => {
    expect(report.recommendations.map(({ title }) => title)).toEqual([
      "5m cache instead of 1h",
      "opus-4-6 -> opus-5-5",
    ]);
    expect(report.abstained).toContainEqual(
      expect.objectContaining({ strategy: "newer-model", workload: "viewer", reason: "model-retired" }),
    );
    expect(report.abstained).toContainEqual(
      expect.objectContaining({ strategy: "per-month", reason: "too-few-full-days" }),
    );
  });
});
