import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { interruptedWords } from "../../packages/advisor/src/cli/interrupted-words.ts";
import { createPaceMeter } from "../../packages/advisor/src/cli/output/pace.ts";
import { createProgress } from "../../packages/advisor/src/cli/output/progress.ts";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const FARTHING = join(REPOSITORY, "packages/advisor/bin/farthing.js");

/** A clock that is set by hand, in milliseconds. */
function aClock(): { at: number; readonly now: () => number } {
  const clock = { at: 0, now: () => clock.at };
  return clock;
}

describe("the pace of work", () => {
  it("is what was done since it was first asked, and what is left at that pace", () => {
    const clock = aClock();
    const paceOf = createPaceMeter(clock.now);
    // What was there at the start took no time.
    expect(paceOf({ done: 100, total: 1_000 })).toBeNull();
    clock.at = 999;
    expect(paceOf({ done: 200, total: 1_000 })).toBeNull();
    clock.at = 4_000;
    // 200 in 4 seconds are 50 a second; 700 more take 14.
    expect(paceOf({ done: 300, total: 1_000 })).toEqual({ rate: 50, remainingMs: 14_000 });
    expect(paceOf({ done: 300, total: null })).toEqual({ rate: 50, remainingMs: null });
    clock.at = 18_000;
    expect(paceOf({ done: 1_000, total: 1_000 })).toEqual({ rate: 50, remainingMs: 0 });
  });

  it("is not known while nothing is done, and is measured anew for other work", () => {
    const clock = aClock();
    const paceOf = createPaceMeter(clock.now);
    paceOf({ done: 50, total: 90 });
    clock.at = 60_000;
    expect(paceOf({ done: 50, total: 90 })).toBeNull();
    expect(paceOf({ done: 0, total: 10 })).toBeNull();
    clock.at = 62_000;
    expect(paceOf({ done: 4, total: 10 })).toEqual({ rate: 2, remainingMs: 3_000 });
  });
});

describe("a line of progress", () => {
  function shownOn(terminal: { readonly isTTY?: boolean; readonly columns?: number }): readonly string[] {
    const clock = aClock();
    const written: string[] = [];
    const stderr = { ...terminal, write: (text: string) => written.push(text) };
    const progress = createProgress({ stderr, now: clock.now });
    for (const [at, done] of [
      [0, 0],
      [10_000, 25],
      [39_500, 99],
    ] as const) {
      clock.at = at;
      progress.show(`${String(done)} of 100`, { done, total: 100 }, (count) => `${String(count)} files`);
    }
    progress.clear();
    return written.map((text) => text.replace("\r\u001b[2K", ""));
  }

  it("says on a terminal how fast it goes on, and how long it takes where a person can wait for it", () => {
    // 25 in 10 seconds: 2.5 a second, which rounds to 3; 75 more take 30. The last one takes less than a second.
    expect(shownOn({ isTTY: true })).toEqual([
      "0 of 100",
      "25 of 100, 3 files/s, 30 seconds left",
      "99 of 100, 3 files/s",
      "",
    ]);
    expect(shownOn({ isTTY: true, columns: 12 })[1]).toBe("25 of 100, ");
  });

  it("is written nowhere else", () => {
    expect(shownOn({})).toEqual([]);
    expect(shownOn({ isTTY: false, columns: 80 })).toEqual([]);
  });

  it("is shown by commands that can take long, on stderr alone", async () => {
    const ledger = await aLedger([aRequestCompleted({})]);
    const lines = `{"at":"2026-10-01T10:00:00Z","model":"claude-opus-5","usage":{"input_tokens":1,"output_tokens":1}}\n`;
    for (const [args, shown] of [
      [["verify", "--format", "json"], / of .* verified/],
      [["import", "events", "-", "--format", "json"], /1 lines, 1 events/],
    ] as const) {
      const all = [...args, "--ledger", ledger];
      const terminal = await runCli(all, { stdin: lines, terminal: { columns: 80 } });
      expect(terminal.stderr, args.join(" ")).toMatch(shown);
      expect(JSON.parse(terminal.stdout)).toMatchObject({ ledger });
      expect((await runCli(all, { stdin: lines })).stderr).toBe("");
    }
  });
});

describe("an interrupted command", () => {
  it("says what it left, and what to do", () => {
    expect(interruptedWords(["import", "events"])).toContain("the same command imports the rest");
    expect(interruptedWords(["--ledger", "x"])).toContain("nothing is half written");
    expect(interruptedWords(["constructor"])).toContain("nothing is half written");
    expect(interruptedWords([])).toContain("nothing is half written");
  });

  it("leaves a ledger that is sound, and an import that goes on from there", { timeout: 120_000 }, async () => {
    const folder = emptyFolder();
    const ledger = join(folder, "ledger");
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, number) =>
      JSON.stringify({
        id: `msg:${String(number)}`,
        at: new Date(Date.UTC(2026, 9, 1) + number * 1_000).toISOString(),
        model: "claude-opus-5",
        usage: { input_tokens: 10, output_tokens: 1 },
      }),
    );
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "events.ndjson");
    writeFileSync(file, `${lines.join("\n")}\n`);

    const args = ["import", "events", file, "--ledger", ledger, "--format", "json"];
    const child = spawn(process.execPath, [FARTHING, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    const exit = once(child, "exit") as Promise<[number | null]>;
    await untilSomeIsThere(ledger);
    child.kill("SIGINT");
    const [exitCode] = await exit;
    expect([exitCode, output.stdout]).toEqual([130, ""]);
    expect(output.stderr).toBe(`farthing: ${interruptedWords(["import"])}\n`);

    const verified = await runCli(["verify", "--ledger", ledger, "--format", "json"]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ sound: true, lost: 0 });
    const held = (JSON.parse(verified.stdout) as { lines: number }).lines;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(count);
    const again = await runCli(args);
    expect(JSON.parse(again.stdout)).toMatchObject({
      lines: count,
      outcomes: { appended: count - held, exists: held },
    });
  });
});

/** Waits until some events were appended. */
async function untilSomeIsThere(ledger: string): Promise<void> {
  for (;;) {
    const { exitCode, stdout } = await runCli(["verify", "--ledger", ledger, "--format", "json"]);
    if (exitCode === 0 && (JSON.parse(stdout) as { lines: number }).lines > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
