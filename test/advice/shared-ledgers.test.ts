import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aConversation } from "../support/conversation.ts";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";

/** Ten days of services that write for an hour what nobody reads. */
function wasteful(...services: readonly string[]): LedgerEvent[] {
  const steps = Array.from({ length: 40 }, (_, number) => ({
    at: number * 21_600,
    continues: -1,
    cacheWrite1h: 90_000,
  }));
  return services.flatMap((service) =>
    aConversation(steps, { service, name: service, startedAt: "2026-10-20T01:00:00.000Z" }),
  );
}

async function advice(ledgers: readonly string[], ...args: readonly string[]): Promise<CliResult> {
  return runCli(["advice", ...args, ...ledgers.flatMap((path) => ["--ledger", path])]);
}

async function idsIn(ledger: string): Promise<readonly string[]> {
  const { stdout } = await advice([ledger], "list", "--format", "json");
  return (JSON.parse(stdout) as { recommendations: { id: string }[] }).recommendations.map(({ id }) => id);
}

interface Listed {
  readonly recommendations: readonly { readonly id: string }[];
  readonly accepted: readonly { readonly id: string; readonly at: string }[];
  readonly dismissed: readonly { readonly id: string; readonly at: string; readonly reason: string }[];
}

async function listed(...ledgers: readonly string[]): Promise<Listed> {
  const { exitCode, stdout, stderr } = await advice(ledgers, "list", "--format", "json");
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Listed;
}

function copyOf(ledger: string): string {
  const path = join(emptyFolder(), "copy");
  cpSync(ledger, path, { recursive: true });
  return path;
}

function bytesIn(ledger: string): string {
  const folder = join(ledger, "segments");
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

async function eventsIn(path: string): Promise<LedgerEvent[]> {
  await using ledger = await openLedger(path, { mode: "read" });
  const events: LedgerEvent[] = [];
  for await (const { event } of ledger.read()) events.push(event);
  return events;
}

describe("a decision in a ledger", () => {
  it("changes nothing where it is made again", async () => {
    const ledger = await aLedger(wasteful("rag"));
    const [id = ""] = await idsIn(ledger);
    expect((await advice([ledger], "accept", id, "--now", "2026-11-01")).exitCode).toBe(0);
    const bytes = bytesIn(ledger);
    const again = await advice([ledger], "accept", "1", id, "--now", "2026-11-02");
    expect(again.stdout).toContain(`accepted already  ${id}`);
    expect(bytesIn(ledger)).toBe(bytes);
    await advice([ledger], "dismiss", id, "--reason", "not now", "--now", "2026-11-03");
    const dismissed = bytesIn(ledger);
    await advice([ledger], "dismiss", id, "--reason", "another reason", "--now", "2026-11-04");
    expect(bytesIn(ledger)).toBe(dismissed);
    expect((await listed(ledger)).dismissed).toMatchObject([{ id, reason: "not now" }]);
  });

  it("is later than the one it is made in view of, whatever the clock says", async () => {
    const ledger = await aLedger(wasteful("rag"));
    const [id = ""] = await idsIn(ledger);
    await advice([ledger], "accept", id, "--now", "2026-11-02");
    await advice([ledger], "dismiss", id, "--reason", "not now", "--now", "2026-11-01");
    expect(await listed(ledger)).toMatchObject({ accepted: [], dismissed: [{ id, at: "2026-11-02T00:00:00.001Z" }] });
  });

  it("can be taken back: what was dismissed is accepted as it is then", async () => {
    const ledger = await aLedger(wasteful("rag"));
    const [id = ""] = await idsIn(ledger);
    await advice([ledger], "dismiss", id, "--reason", "not now", "--now", "2026-11-01");
    expect(await idsIn(ledger)).not.toContain(id);
    await advice([ledger], "accept", id, "--now", "2026-11-02");
    expect(await idsIn(ledger)).toContain(id);
    expect(await listed(ledger)).toMatchObject({ accepted: [{ id, at: "2026-11-02T00:00:00.000Z" }], dismissed: [] });
  });

  it("is read from copies of a ledger in any order, the later one of two counting", async () => {
    const ledger = await aLedger(wasteful("rag", "web"));
    const [one = "", two = ""] = await idsIn(ledger);
    const [first, second] = [copyOf(ledger), copyOf(ledger)];
    await advice([first], "accept", one, two, "--now", "2026-11-01");
    await advice([second], "dismiss", one, "--reason", "not now", "--now", "2026-11-02");
    const both = await advice([first, second], "list", "--format", "json");
    expect(await advice([second, first], "list", "--format", "json")).toEqual(both);
    const found = JSON.parse(both.stdout) as Listed;
    expect([found.accepted.map(({ id }) => id), found.dismissed.map(({ id }) => id)]).toEqual([[two], [one]]);
    // Written into one, in either order, they say the same.
    const merged = await Promise.all(
      [
        [first, second],
        [second, first],
      ].map(async (order) => aLedger((await Promise.all(order.map(eventsIn))).flat())),
    );
    const texts = await Promise.all(
      merged.map(async (path) => (await advice([path], "list", "--format", "json")).stdout),
    );
    expect(texts).toEqual([both.stdout, both.stdout]);
  });

  it("made by several at once is one, as of the earliest", async () => {
    const ledger = await aLedger(wasteful("rag", "web"));
    const [one = "", two = ""] = await idsIn(ledger);
    const days = ["2026-11-04", "2026-11-02", "2026-11-02", "2026-11-03"];
    const ended = await Promise.all(days.map(async (day) => advice([ledger], "accept", one, two, "--now", day)));
    expect(ended.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(days.map(() => [0, ""]));
    const { accepted } = await listed(ledger);
    expect(accepted.map(({ id, at }) => [id, at])).toEqual(
      [one, two].sort().map((id) => [id, "2026-11-02T00:00:00.000Z"]),
    );
    const { exitCode } = await runCli(["verify", "--deep", "--ledger", ledger]);
    expect(exitCode).toBe(0);
  });

  it("outlives the requests that it was made on", async () => {
    const ledger = await aLedger(wasteful("rag"));
    const [id = ""] = await idsIn(ledger);
    await advice([ledger], "accept", id, "--now", "2026-11-01");
    const { exitCode } = await runCli(["prune", "--before", "2026-11-10", "--ledger", ledger]);
    expect(exitCode).toBe(0);
    expect((await listed(ledger)).accepted.map((each) => each.id)).toEqual([id]);
  });

  it.each([
    [["accept", "9"], 'there is no advice "9"'],
    [["accept", "1", "nonsense"], 'there is no advice "nonsense"'],
    [["dismiss", "1"], "--reason"],
    [["dismiss", "1", "--reason", "  "], "--reason"],
    [["show", "nonsense"], 'there is no advice "nonsense"'],
    [["accept"], "ids"],
  ])("is refused where it is not clear, and nothing is recorded: %s", async (args, message) => {
    const ledger = await aLedger(wasteful("rag"));
    const bytes = bytesIn(ledger);
    const { exitCode, stdout, stderr } = await advice([ledger], ...args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(bytesIn(ledger)).toBe(bytes);
  });

  it("is made in one ledger that there is", async () => {
    const [one, other] = [await aLedger(wasteful("rag")), await aLedger(wasteful("rag"))];
    expect((await advice([one, other], "accept", "1")).exitCode).toBe(2);
    const cwd = emptyFolder();
    for (const args of [["list"], ["accept", "1"], ["dismiss", "1", "--reason", "x"]]) {
      expect((await runCli(["advice", ...args], { cwd })).exitCode).toBe(3);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("that cannot be read is named, and decides nothing", async () => {
    const ledger = await aLedger([
      ...wasteful("rag"),
      {
        type: "AdviceDismissed",
        version: 1,
        id: "advice:odd",
        occurredAt: "2026-11-01T00:00:00.000Z",
        sources: ["test"],
        advice: "odd",
        detail: {},
      },
    ]);
    const { exitCode, stdout, stderr } = await advice([ledger], "list");
    expect(exitCode).toBe(0);
    expect(stderr).toBe("farthing: decision advice:odd is left out: strategy: expected a text\n");
    expect(stdout).toContain("ADVISED");
  });
});
