import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeProcesses, openLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import {
  aCaptureStarted,
  anEventsDropped,
  anUnknownEvent,
  aRequestCompleted,
  aUsage,
  type DeepPartial,
} from "../support/builders.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { CLI_NOW, emptyFolder, runCli, type CliOptions } from "../support/run-cli.ts";

const NOW = Date.parse(CLI_NOW);
const HOUR_MS = 3_600_000;

/** A new ledger, written an hour ago. */
async function aLedger(events: readonly LedgerEvent[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true, now: () => NOW - HOUR_MS });
  await ledger.append(events);
  return path;
}

interface Check {
  readonly check: string;
  readonly status: string;
  readonly finding: string;
  readonly next: string | null;
}

async function diagnose(
  path: string,
  options: CliOptions = {},
): Promise<{ exitCode: number; checks: readonly Check[]; of: (check: string) => readonly Check[] }> {
  const { exitCode, stdout, stderr } = await runCli(["doctor", "--ledger", path, "--format", "json"], options);
  expect(stderr).toBe("");
  const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
  return { exitCode, checks, of: (check) => checks.filter((each) => each.check === check) };
}

function before(hours: number): string {
  return new Date(NOW - hours * HOUR_MS).toISOString();
}

function aCall(hoursAgo: number, overrides: DeepPartial<ReturnType<typeof aRequestCompleted>> = {}): LedgerEvent {
  const id = `msg:${String(hoursAgo)}:${overrides.context?.service ?? ""}:${overrides.context?.host ?? ""}`;
  return aRequestCompleted({ id, occurredAt: before(hoursAgo), ...overrides });
}

/** One call an hour, from so many hours ago until so many hours ago. */
function hourly(
  from: number,
  until: number,
  overrides: DeepPartial<ReturnType<typeof aRequestCompleted>> = {},
): LedgerEvent[] {
  return Array.from({ length: from - until + 1 }, (_, index) => aCall(from - index, overrides));
}

describe("farthing doctor", () => {
  it("exits with 0 where all is well, and says so", async () => {
    const path = await aLedger(hourly(30, 1));
    const { exitCode, stdout } = await runCli(["doctor", "--ledger", path]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`farthing doctor   ${path}\nALL WELL\n`);
    expect(stdout).toMatch(/^ok {2}last event {5}60 minutes ago, of test$/m);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("asks for events where there are none", async () => {
    const { exitCode, of } = await diagnose(await aLedger([]));
    expect(exitCode).toBe(1);
    expect(of("last event")).toMatchObject([{ status: "attention", next: expect.stringContaining("farthing import") }]);
  });

  it("names a service that fell silent out of its rhythm, and none that is resting or has ended", async () => {
    const path = await aLedger([
      ...hourly(200, 100, { context: { service: "fell-silent" } }),
      ...hourly(60, 20, { context: { service: "resting" } }),
      ...[700, 500, 300, 100].flatMap((start) => hourly(start, start - 5, { context: { service: "weekly" } })),
      ...hourly(1000, 900, { context: { service: "ended" } }),
      aCall(50, { context: { service: "new" } }),
    ]);
    const { exitCode, of } = await diagnose(path);
    expect(exitCode).toBe(1);
    expect(of("silence")).toEqual([
      {
        check: "silence",
        status: "attention",
        finding: "fell-silent (test): nothing for 4 days; it never paused for an hour before",
        next: "see whether it still runs, and still records",
      },
    ]);
  });

  it("only notes that hosts are silent of a service that goes on", async () => {
    const path = await aLedger([
      ...hourly(100, 80, { context: { service: "search", host: "gone" } }),
      ...hourly(80, 1, { context: { service: "search", host: "here" } }),
    ]);
    const { exitCode, of } = await diagnose(path);
    expect(exitCode).toBe(0);
    expect(of("silence")).toMatchObject([{ status: "note", finding: expect.stringMatching(/1 of 2 hosts .*: gone$/) }]);
  });

  it("says what was captured, dropped, cannot be priced, and is of a newer release", async () => {
    const path = await aLedger([
      ...hourly(5, 1),
      aCaptureStarted({ occurredAt: before(10), context: { service: "search", host: "a" } }),
      anEventsDropped({ occurredAt: before(3) }),
      aRequestCompleted({ id: "msg:u", occurredAt: before(2), servedModel: "claude-haiku-9" }),
      anUnknownEvent(),
    ]);
    const { of } = await diagnose(path);
    expect(of("capture")).toMatchObject([
      { status: "ok", finding: expect.stringContaining("search: recording on 1 host") },
    ]);
    expect(of("dropped")).toMatchObject([
      { status: "attention", finding: "2 events with 220 tokens, the last 3 hours ago" },
    ]);
    expect(of("unpriced")).toMatchObject([
      { status: "attention", finding: "1 of 6 responses, 16.7 %: claude-haiku-9 (unknown-model)" },
    ]);
    expect(of("unknown types")).toMatchObject([
      { status: "attention", finding: expect.stringContaining("1 TeapotBrewed@1") },
    ]);
  });

  it("names damage, and exits with 3 for it", async () => {
    const path = await aLedger(hourly(5, 1));
    appendFileSync(onlySegmentOf(path), "nonsense\n");
    const { exitCode, of } = await diagnose(path);
    expect(exitCode).toBe(3);
    expect(of("damage")).toMatchObject([{ status: "attention", next: "farthing verify" }]);
    expect(await runCli(["doctor", "--ledger", emptyFolder()])).toMatchObject({ exitCode: 3, stdout: "" });
  });

  it("asks how it is paid only while that is not known", async () => {
    const path = await aLedger(hourly(5, 1));
    const { of } = await diagnose(path);
    expect(of("billing")).toMatchObject([
      { status: "note", next: expect.stringContaining("settings set billing.test") },
    ]);
    await runCli(["settings", "set", "billing", "per-token", "--ledger", path]);
    expect((await diagnose(path)).of("billing")).toEqual([]);
  });

  it("tells old prices, a passed disk limit, clocks that are ahead, and what the dead left", async () => {
    const path = await aLedger([...hourly(5, 1), aCall(-3, { usage: aUsage({ output: 1 }) })]);
    await runCli(["settings", "set", "disk-limit-bytes", "1000", "--ledger", path]);
    mkdirSync(join(path, "writers"), { recursive: true });
    writeFileSync(join(path, "writers", "x.lock"), JSON.stringify({ ...nodeProcesses.self, pid: 999_999_999 }));
    const { of } = await diagnose(path);
    expect(of("disk")).toMatchObject([{ status: "attention", next: expect.stringContaining("farthing prune") }]);
    expect(of("processes")).toMatchObject([
      { status: "ok" },
      { status: "note", finding: "1 lock of processes that are gone" },
    ]);
    expect(of("clock")).toContainEqual(
      expect.objectContaining({ status: "attention", finding: "test has requests of 3 hours from now" }),
    );
    const later = await runCli(["doctor", "--ledger", path, "--now", "2027-06-01"]);
    expect(later.stdout).toMatch(/^!! {2}prices/m);
  });

  it("says what Claude Code wrote since the last import", async () => {
    const home = emptyFolder();
    const projects = join(home, ".claude", "projects", "app");
    mkdirSync(projects, { recursive: true });
    const file = join(projects, "session.jsonl");
    writeFileSync(file, "");
    const path = await aLedger(hourly(5, 1));
    writeFileSync(file, `${JSON.stringify({ type: "user", uuid: "u", timestamp: before(5) })}\n`);
    expect((await diagnose(path, { home })).of("transcripts")).toMatchObject([
      { status: "note", finding: expect.stringContaining("never imported") },
    ]);
    await runCli(["import", "claude-code", "--ledger", path], { home });
    expect((await diagnose(path, { home })).of("transcripts")).toMatchObject([
      { status: "ok", finding: expect.stringContaining("all read") },
    ]);
    appendFileSync(file, "{}\n");
    expect((await diagnose(path, { home })).of("transcripts")).toMatchObject([
      { status: "note", next: "farthing import claude-code" },
    ]);
    const tomorrow = new Date(Date.now() + 30 * HOUR_MS);
    utimesSync(file, tomorrow, tomorrow);
    expect((await diagnose(path, { home })).of("transcripts")).toMatchObject([{ status: "attention" }]);
  });

  it("says nothing of several ledgers at once", async () => {
    expect(await runCli(["doctor", "--ledger", "a", "--ledger", "b"])).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
