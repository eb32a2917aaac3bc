import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const EVENTS = ["msg:1", "msg:2", "msg:3"].map((id) => aRequestCompleted({ id }));

async function aDamagedLedger(): Promise<{ readonly path: string; readonly segment: string }> {
  const path = await aLedger(EVENTS);
  const segment = onlySegmentOf(path);
  const lines = readFileSync(segment, "utf8").split("\n");
  writeFileSync(segment, lines.map((line, index) => (index === 1 ? line.replace("msg:2", "msg:9") : line)).join("\n"));
  truncateSync(segment, readFileSync(segment).length - 20);
  return { path, segment };
}

describe("farthing verify", () => {
  it("says that a sound ledger is sound, and where its logs end, and exits with 0", async () => {
    const path = await aLedger(EVENTS);
    const { exitCode, stdout, stderr } = await runCli(["verify", "--ledger", path]);
    const chain = readFileSync(onlySegmentOf(path), "utf8").trimEnd().slice(-66, -2);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^SOUND {3}every one of 3 lines of \d.* is as it was written$/m);
    expect(stdout).toContain(`3 ${chain.slice(0, 12)}`);
  });

  it("names what is damaged with file, line and byte, and what is left behind, and exits with 3", async () => {
    const { path, segment } = await aDamagedLedger();
    const { exitCode, stdout } = await runCli(["verify", "--ledger", path], { terminal: { columns: 200 } });
    const name = segment.slice(path.length + 1);
    const byte = readFileSync(segment).indexOf("\n") + 1;
    expect(exitCode).toBe(3);
    expect(stdout).toContain("DAMAGED   1 problem, 1 event cannot be read; 1 line");
    expect(stdout).toContain(`${name}:2 (byte ${String(byte)}): the checksum does not match`);
    expect(stdout).toContain(`${name}:3`);
    expect(stdout).toContain("farthing verify --repair");
    expect(stdout.split("\n").filter((line) => line.length > 200)).toEqual([]);
  });

  it("repairs what can be, says what it did and what remains, and the second time does nothing", async () => {
    const { path, segment } = await aDamagedLedger();
    const first = await runCli(["verify", "--repair", "--ledger", path, "--format", "json"]);
    expect(first.exitCode).toBe(3);
    expect(JSON.parse(first.stdout)).toMatchObject({
      sound: false,
      lost: 1,
      counts: { damage: 1, leftover: 0 },
      repair: [
        { action: "kept", file: segment },
        { action: "moved-aside", file: segment },
      ],
    });
    expect(readdirSync(join(path, "damaged"))).toHaveLength(2);
    const second = await runCli(["verify", "--repair", "--ledger", path, "--format", "json"]);
    expect(JSON.parse(second.stdout)).toMatchObject({ repair: [], counts: { damage: 1 } });
  });

  it("says on one ledger at a time, and on none that is not there", async () => {
    const path = await aLedger(EVENTS);
    expect(await runCli(["verify", "--ledger", path, "--ledger", "other"])).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await runCli(["verify", "--ledger", emptyFolder()])).toMatchObject({ exitCode: 3, stdout: "" });
    expect(await runCli(["verify"])).toMatchObject({ exitCode: 3, stdout: "" });
  });

  it("shows how far it is on a terminal, and nowhere else", async () => {
    const path = await aLedger(EVENTS);
    const { stderr } = await runCli(["verify", "--ledger", path], { terminal: { columns: 80 } });
    expect(stderr).toContain("kB verified");
  });
});
