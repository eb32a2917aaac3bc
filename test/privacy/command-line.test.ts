import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const KEY_TEXT = "0123456789abcdef".repeat(4);

function lineOf(messageId: string, user: string): string {
  const usage = { input_tokens: 100, output_tokens: 10 };
  return JSON.stringify({ at: "2026-11-20T10:00:00Z", messageId, model: "claude-opus-5", usage, labels: { user } });
}

/** A ledger in which users are personal, with a response of alice and two of bob. */
async function aLedgerOfUsers(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const ledger = join(emptyFolder(), "ledger");
  await runCli(["import", "events", "--ledger", ledger], { env });
  await runCli(["settings", "set", "personal-labels", "user", "--ledger", ledger], { env });
  const stdin = [lineOf("msg_1", "alice"), lineOf("msg_2", "bob"), lineOf("msg_3", "bob")].join("\n");
  expect((await runCli(["import", "events", "--ledger", ledger], { env, stdin })).exitCode).toBe(0);
  return ledger;
}

async function requestsOf(ledgers: readonly string[], user: string, env = {}): Promise<string> {
  const named = ledgers.flatMap((ledger) => ["--ledger", ledger]);
  const where = ["--where", `label:user=${user}`];
  const { stdout, stderr } = await runCli(["spend", "--format", "json", ...named, ...where], { env });
  return stdout === "" ? stderr : String(JSON.parse(stdout).total.requests);
}

describe("the command line", () => {
  it("finds the requests of a person by the value that is stored nowhere", async () => {
    const ledger = await aLedgerOfUsers();
    expect([await requestsOf([ledger], "alice"), await requestsOf([ledger], "bob")]).toEqual(["1", "2"]);
    const files = readdirSync(ledger, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("");
    expect(bytes).not.toMatch(/alice|bob/);
  });

  it("prints tokens, and never the value or the key", async () => {
    const ledger = await aLedgerOfUsers();
    const key = readFileSync(join(ledger, "key"), "latin1").trim();
    const by = ["--by", "label:user", "--format", "json"];
    const { stdout } = await runCli(["spend", ...by, "--ledger", ledger]);
    expect(JSON.parse(stdout).rows.map((row: { by: object }) => row.by)).toEqual([
      { "label:user": expect.stringMatching(/^~[0-9a-f]{8}\.[\w-]{22}$/) },
      { "label:user": expect.stringMatching(/^~[0-9a-f]{8}\.[\w-]{22}$/) },
    ]);
    const all = await Promise.all(
      [
        ["requests", "--format", "json"],
        ["report", "--format", "json"],
        ["settings", "get"],
      ].map((args) => runCli([...args, "--ledger", ledger])),
    );
    const printed = all.map((result) => result.stdout + result.stderr).join("");
    expect(printed).toContain("~");
    expect(printed).not.toMatch(/alice|bob/);
    expect(printed).not.toContain(key);
  });

  it("has one token for one person in ledgers that FARTHING_KEY is given for", async () => {
    const env = { FARTHING_KEY: KEY_TEXT };
    const ledger = await aLedgerOfUsers(env);
    expect(readdirSync(ledger)).not.toContain("key");
    expect(await requestsOf([ledger, await aLedgerOfUsers(env)], "bob", env)).toBe("2");
    expect(await requestsOf([ledger], "bob")).toContain("set FARTHING_KEY");
    expect(await requestsOf([ledger, await aLedgerOfUsers()], "bob")).toContain("set FARTHING_KEY");
    expect(await requestsOf([await aLedgerOfUsers(), await aLedgerOfUsers()], "bob")).toContain("different tokens");
  });

  it("refuses a FARTHING_KEY that is none, without repeating it", async () => {
    const { exitCode, stderr } = await runCli(["import", "events", "--ledger", join(emptyFolder(), "ledger")], {
      env: { FARTHING_KEY: "hunter2" },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("64 hexadecimal digits");
    expect(stderr).not.toContain("hunter2");
  });

  it("says that events recorded before keep their values", async () => {
    const ledger = await aLedgerOfUsers();
    const { stderr } = await runCli(["settings", "set", "personal-labels", "user,team", "--ledger", ledger]);
    expect(stderr).toContain("from now on");
    expect((await runCli(["settings", "set", "personal-labels", "none", "--ledger", ledger])).stderr).toBe("");
  });
});
