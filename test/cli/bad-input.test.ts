import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";

const READING = ["spend", "requests", "report", "settings get"];
const TWO = [aRequestCompleted({ id: "msg:1" }), aRequestCompleted({ id: "msg:2" })];

/** Permissions do not bind root. */
const isRoot = process.getuid?.() === 0;

function expectOneLine(result: CliResult, exitCode: number, ...hints: readonly string[]): void {
  expect(result).toMatchObject({ exitCode, stdout: "" });
  expect(result.stderr).toMatch(/^farthing: [^\n]+\n$/);
  for (const hint of hints) expect(result.stderr).toContain(hint);
}

describe.each(READING)("bad input to farthing %s", (words) => {
  const command = words.split(" ");

  it("is a ledger that is missing: named, not made, exit 3", async () => {
    const path = join(emptyFolder(), "nowhere");
    expectOneLine(await runCli([...command, "--ledger", path]), 3, path);
    expect(existsSync(path)).toBe(false);
  });

  it("is no ledger at all: exit 3 and what to do", async () => {
    const home = emptyFolder();
    const result = await runCli(command, { home });
    // Most people begin with a report; what it says instead is in first-report.test.ts.
    if (words === "report") expect(result).toMatchObject({ exitCode: 3, stdout: "" });
    else expectOneLine(result, 3, "farthing import claude-code", "--ledger");
    expect(readdirSync(home)).toEqual([]);
  });

  it("is a folder that is not a ledger: named, unchanged, exit 3", async () => {
    const path = emptyFolder();
    writeFileSync(join(path, "notes.txt"), "mine");
    expectOneLine(await runCli([...command, "--ledger", path]), 3, path);
    expect(readdirSync(path)).toEqual(["notes.txt"]);
  });

  it("is a file where a ledger was expected: named, unchanged, exit 3", async () => {
    const path = join(emptyFolder(), "ledger");
    writeFileSync(path, "mine");
    expectOneLine(await runCli([...command, "--ledger", path]), 3, path);
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  it("is a ledger of a newer format: named, unchanged, exit 3", async () => {
    const path = await aLedger(TWO);
    const manifest = join(path, "ledger.json");
    const newer = readFileSync(manifest, "utf8").replace(/("version":\s*)\d+/, "$1999");
    expect(newer).toContain("999");
    writeFileSync(manifest, newer);
    expectOneLine(await runCli([...command, "--ledger", path]), 3, path, "999");
    expect(readFileSync(manifest, "utf8")).toBe(newer);
  });

  it.skipIf(isRoot)("is a folder that may not be read: named, exit 3", async () => {
    const path = await aLedger(TWO);
    chmodSync(path, 0o000);
    try {
      expectOneLine(await runCli([...command, "--ledger", path]), 3, path);
    } finally {
      chmodSync(path, 0o700);
    }
  });

  it("is a flag nobody knows: named, exit 2", async () => {
    const { exitCode, stdout, stderr } = await runCli([...command, "--legder", "x"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("--legder");
    expect(stderr).toContain("--ledger");
  });
});

describe("a damaged ledger", () => {
  it("is read as far as it goes, with file, line and byte of the damage, and exit 3", async () => {
    const path = await aLedger(TWO);
    const segment = segmentOf(path);
    const lines = readFileSync(segment, "utf8").split("\n");
    writeFileSync(segment, [lines[0]?.replace('"output":10', '"output":11'), ...lines.slice(1)].join("\n"));
    const damaged = readFileSync(segment, "utf8");
    const { exitCode, stdout, stderr } = await runCli(["spend", "--ledger", path, "--format", "json"]);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ total: { requests: 1 }, damage: [{ line: 1, byte: 0 }] });
    expect(stderr).toMatch(/\.ndjson:1 \(byte 0\): /);
    expect(readFileSync(segment, "utf8")).toBe(damaged);
  });

  it("is not one whose last line is still being written", async () => {
    const path = await aLedger(TWO);
    appendFileSync(segmentOf(path), '{"writer":"x","seq"');
    const { exitCode, stdout, stderr } = await runCli(["spend", "--ledger", path, "--format", "json"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ total: { requests: 2 } });
  });
});

describe("bad flags", () => {
  it.each([
    [["--since", "2026-02-30"], "--since"],
    [["--until", "2026-11-31"], "--until"],
    [["--since", "22.11.2026"], "--since"],
    [["--now", "2026-11-22T25:00:00Z"], "--now"],
    [["--prices-known-at", "soon"], "--prices-known-at"],
    [["--tz", "Berlin"], "--tz"],
    [["--where", "model"], "--where"],
    [["--ledger", "https://user:secret@host/x"], "--ledger"],
  ])("such as %j are named before any ledger is looked for, exit 2", async (flags, hint) => {
    const result = await runCli(["spend", ...flags]);
    expectOneLine(result, 2, hint);
    expect(result.stderr).not.toContain("secret");
  });

  it("such as one recommendation as a page say what it comes as", async () => {
    const flags = ["--example", "--format", "html", "--explain", "1"];
    expectOneLine(await runCli(["report", ...flags]), 2, "--explain answers in text");
  });

  it("such as two ledgers to write to are refused", async () => {
    expectOneLine(await runCli(["import", "events", "--ledger", "a", "--ledger", "b"]), 2, "--ledger");
  });
});

describe("farthing import events", () => {
  const line = (overrides: object): string => JSON.stringify({ ...aRequestCompleted({ id: "msg:1" }), ...overrides });

  it("imports good lines, names each bad one, and exits 3", async () => {
    const ledger = join(emptyFolder(), "ledger");
    const input = [
      line({}),
      "{nonsense",
      line({ id: "msg:2", usage: tokens(-1) }),
      line({ id: "msg:3", usage: tokens(1.5) }),
      line({ id: "msg:4", usage: tokens(7) }).replaceAll(":7,", ":9007199254740993,"),
      line({ id: "msg:5", occurredAt: "2026-02-30T00:00:00.000Z" }),
      line({ id: "msg:6" }),
    ];
    const { exitCode, stdout } = await runCli(["import", "events", "-", "--ledger", ledger], {
      stdin: input.join("\n"),
    });
    expect(exitCode).toBe(3);
    for (const bad of [2, 3, 4, 5, 6]) expect(stdout).toMatch(new RegExp(`^ +-:${String(bad)}: `, "m"));
    const spend = await runCli(["spend", "--ledger", ledger, "--format", "json"]);
    expect(JSON.parse(spend.stdout)).toMatchObject({ total: { requests: 2 } });
  });

  it("changes nothing the second time", async () => {
    const ledger = join(emptyFolder(), "ledger");
    const stdin = [line({}), line({ id: "msg:2" })].join("\n");
    const outcomes: unknown[] = [];
    for (let time = 0; time < 2; time += 1) {
      const { exitCode, stdout } = await runCli(["import", "events", "--ledger", ledger, "--format", "json"], {
        stdin,
      });
      expect(exitCode).toBe(0);
      outcomes.push((JSON.parse(stdout) as { outcomes: unknown }).outcomes);
    }
    expect(outcomes).toMatchObject([{ appended: 2 }, { appended: 0, exists: 2 }]);
  });

  it("makes no ledger for a file that is not there", async () => {
    const ledger = join(emptyFolder(), "ledger");
    expectOneLine(await runCli(["import", "events", "nowhere.ndjson", "--ledger", ledger]), 3, "nowhere.ndjson");
    expect(existsSync(ledger)).toBe(false);
  });

  it("writes into no folder that is not a ledger", async () => {
    const path = emptyFolder();
    writeFileSync(join(path, "notes.txt"), "mine");
    expectOneLine(await runCli(["import", "events", "--ledger", path], { stdin: line({}) }), 3, path);
    expect(readdirSync(path)).toEqual(["notes.txt"]);
  });
});

describe("farthing import claude-code", () => {
  it("makes no ledger where there are no transcripts", async () => {
    const [home, ledger] = [emptyFolder(), join(emptyFolder(), "ledger")];
    expectOneLine(
      await runCli(["import", "claude-code", "--ledger", ledger], { home }),
      3,
      join(home, ".claude", "projects"),
    );
    expectOneLine(await runCli(["import", "claude-code", "/nowhere", "--ledger", ledger]), 3, "/nowhere");
    expect(existsSync(ledger)).toBe(false);
  });

  it("says where it looked when a folder holds no transcript", async () => {
    const path = emptyFolder();
    mkdirSync(join(path, "empty"));
    const { exitCode, stderr } = await runCli([
      "import",
      "claude-code",
      path,
      "--ledger",
      join(emptyFolder(), "ledger"),
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(path);
  });
});

function tokens(uncachedInput: number): object {
  const { usage } = aRequestCompleted();
  const [part] = usage.parts;
  return { ...usage, parts: [{ ...part, tokens: { ...part?.tokens, uncachedInput } }] };
}

function segmentOf(ledger: string): string {
  const [name, ...others] = readdirSync(join(ledger, "segments"));
  expect(others).toEqual([]);
  return join(ledger, "segments", name ?? "");
}
