import { renderMarkdown, renderText, reportToJson, type Report } from "@farthing/advisor";
import { parseInstant, parseUsd, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedgerOfSegments } from "../support/a-ledger.ts";
import { aReport } from "../support/a-report.ts";
import {
  aCaptureStarted,
  anOutcomeRecorded,
  aRequestCompleted,
  aRequestFailed,
  aUsage,
  NO_CONTEXT,
  NO_IDS,
} from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

function text(report: Report): string {
  return renderText(report, { columns: 80, explain: null });
}

/** A mark of a service on a host, at an hour of October counted from its begin. */
function aMark(type: "CaptureStarted" | "CaptureStopped", hour: number, service: string, host = "a"): LedgerEvent {
  const context = { ...NO_CONTEXT, service, host };
  const id = `${type}:${service}:${host}:${String(hour)}`;
  return { ...aCaptureStarted({ id, occurredAt: atHour(hour), context }), type };
}

function atHour(hour: number): string {
  return new Date(Date.parse("2026-10-01T00:00:00.000Z") + hour * 3_600_000).toISOString();
}

function aCall(
  id: string,
  hour: number,
  { service = "search", host = "a", ...rest }: { service?: string; host?: string; model?: string; task?: string } = {},
): LedgerEvent {
  const { model = "claude-opus-5", task } = rest;
  return aRequestCompleted({
    id: `req:${id}`,
    occurredAt: atHour(hour),
    requestedModel: model,
    servedModel: model,
    usage: aUsage({ output: 1000 }),
    ids: NO_IDS,
    timing: { startedAt: atHour(hour) },
    context: { service, host },
    labels: task === undefined ? {} : { task },
  });
}

/** Search on two hosts, one of which never said that it stopped; digest for two hours. */
const CAPTURED: readonly LedgerEvent[] = [
  aMark("CaptureStarted", 0, "search"),
  aMark("CaptureStopped", 10, "search"),
  aMark("CaptureStarted", 5, "search", "b"),
  aCall("a", 30, { host: "b" }),
  aMark("CaptureStarted", 1, "digest"),
  aMark("CaptureStopped", 3, "digest"),
  aCall("b", 2, { service: "digest" }),
];

describe("a report tells when services were recording", () => {
  const now = parseInstant(atHour(100));

  it("in a line for each, of those that say so", () => {
    const report = aReport(CAPTURED, { now });
    // Search from 0 to 30, which is the last request of b, of 100 hours; digest from 1 to 3, of 99.
    expect(text(report)).toContain(
      [
        "ON     digest: recorded 2 of 99 hours since 1 Oct 2026, stopped",
        "       search: recorded 30 of 100 hours since 1 Oct 2026, still on",
      ].join("\n"),
    );
    expect(renderMarkdown(report)).toContain("- search: recorded 30 of 100 hours since 1 Oct 2026, still on");
  });

  it("within its own period, and in JSON with every span", () => {
    const report = aReport(
      [...CAPTURED, aMark("CaptureStarted", 40, "search"), aMark("CaptureStopped", 44, "search")],
      {
        now,
        since: parseInstant(atHour(8)),
        until: parseInstant(atHour(42)),
        where: [{ key: "service", value: "search" }],
      },
    );
    expect(reportToJson(report)).toMatchObject({
      coverage: {
        services: [
          {
            service: "search",
            since: atHour(8),
            until: atHour(42),
            recordedMs: 24 * 3_600_000,
            on: true,
            spans: [
              { since: atHour(8), until: atHour(30) },
              { since: atHour(40), until: atHour(42) },
            ],
          },
        ],
      },
    });
  });

  it("and says nothing where none does", () => {
    const report = aReport([aCall("a", 1)]);
    expect(report.coverage.services).toEqual([]);
    expect(text(report)).not.toMatch(/^ON /m);
  });

  it("the same from a ledger of many segments, also when it is asked again", async () => {
    const path = await aLedgerOfSegments(CAPTURED);
    const { coverage } = reportToJson(aReport(CAPTURED, { now })) as { coverage: { services: unknown } };
    for (let time = 0; time < 2; time += 1) {
      const { stdout } = await runCli(["report", "--ledger", path, "--now", atHour(100), "--format", "json"]);
      expect((JSON.parse(stdout) as typeof coverage & { coverage: typeof coverage }).coverage.services).toEqual(
        coverage.services,
      );
    }
  });
});

/** Two tasks begun by Haiku, one of which Opus ended, one begun by Opus that failed, and one at an unknown cost. */
const TASKS: readonly LedgerEvent[] = [
  aCall("a", 1, { model: "claude-haiku-4-5", task: "a" }),
  anOutcomeOf("a", true),
  aCall("b1", 1, { model: "claude-haiku-4-5", task: "b" }),
  aCall("b2", 2, { model: "claude-opus-5", task: "b" }),
  anOutcomeOf("b", true),
  aCall("c", 1, { model: "claude-opus-5", task: "c" }),
  anOutcomeOf("c", false),
  aCall("d", 1, { model: "claude-opus-5", task: "d" }),
  aRequestFailed({ labels: { task: "d" }, cost: "unknown" }),
  anOutcomeOf("d", true),
];

function anOutcomeOf(task: string, ok: boolean): LedgerEvent {
  return { ...anOutcomeRecorded({ id: `outcome:${task}`, occurredAt: atHour(3), ok }), labels: { task } };
}

describe("a report tells what a success cost", () => {
  const report = aReport(TASKS);

  it("by the model that was asked first, with retries, escalations and failures", () => {
    // 1,000 output tokens are 0.005 of Haiku 4.5 and 0.025 dollars of Opus 5: (0.005 + 0.005 + 0.025) / 2.
    expect(text(report)).toContain(
      [
        "A SUCCESS, by the model asked first: retries, escalations and failures included",
        "  claude-haiku-4-5, search             $0.0175  2 of 2 tasks for $0.04",
        "  claude-opus-5, search                   none  0 of 1 task for $0.02",
        "  $0.02, 42 %, went to other models than the one asked first.",
        "  1 task left out, of which a part has no known cost.",
      ].join("\n"),
    );
    expect(renderMarkdown(report)).toContain("| claude-haiku-4-5, search | $0.0175 | 2 | 2 | $0.04 |");
    for (const line of text(report).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("in JSON to the picodollar", () => {
    const { outcomes } = reportToJson(report) as { outcomes: { rows: unknown[]; total: unknown } };
    expect(outcomes.rows[0]).toEqual({
      model: "claude-haiku-4-5",
      workload: "search",
      tasks: 2,
      succeeded: 2,
      failed: 0,
      usd: "0.035",
      otherModelsUsd: "0.025",
      usdPerSuccess: "0.0175",
      requests: 3,
      lowerBoundTasks: 0,
      unknownCost: { tasks: 0, succeeded: 0, failed: 0, usd: "0" },
    });
    expect(outcomes.total).toMatchObject({ tasks: 3, unknownCost: { tasks: 1, succeeded: 1, usd: "0.025" } });
  });

  it("and nothing where no outcome was recorded", () => {
    const without = aReport([aCall("a", 1)]);
    expect(without.outcomes).toBeNull();
    expect(text(without)).not.toContain("A SUCCESS");
    expect(renderMarkdown(without)).not.toContain("success");
    expect(without.total.usd).toBe(parseUsd("0.025"));
  });

  it("the same from the command line", async () => {
    const path = await aLedgerOfSegments(TASKS);
    const { stdout } = await runCli(["report", "--ledger", path, "--format", "json"]);
    const { outcomes } = JSON.parse(stdout) as { outcomes: unknown };
    expect(outcomes).toEqual((reportToJson(report) as { outcomes: unknown }).outcomes);
  });
});
