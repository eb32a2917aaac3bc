import { join } from "node:path";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const MORNING = "2026-11-20T08:00:00.000Z";
const NOON = "2026-11-20T12:00:00.000Z";

/** A ledger whose events were recorded at these times, one after the other. */
async function recordedAt(...appends: readonly (readonly [string, LedgerEvent])[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  let now = 0;
  await using ledger = await openLedger(path, { mode: "write", create: true, now: () => now });
  for (const [at, event] of appends) {
    now = Date.parse(at);
    await ledger.append([event]);
  }
  return path;
}

const dollars = (id: string, millions: number): LedgerEvent =>
  aRequestCompleted({ id, usage: aUsage({ uncachedInput: millions * 1_000_000 }) });

const PRICE: LedgerEvent = {
  type: "PriceSet",
  version: 1,
  id: "price:1",
  occurredAt: NOON,
  sources: ["prices-set"],
  card: {
    model: "claude-opus-5",
    effectiveFrom: "2026-08-01",
    rates: { uncachedInput: "6", cacheWrite5m: null, cacheWrite1h: null, cacheRead: null, output: "30" },
    usGeography: false,
    regionalPremium: false,
    source: "contract",
    checkedOn: "2026-11-20",
  },
};

async function ask(command: string, ledger: string, ...flags: readonly string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runCli([command, "--ledger", ledger, "--format", "json", ...flags]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("--as-of", () => {
  it("answers with what had been recorded by an instant, itself included, prices too", async () => {
    const ledger = await recordedAt([MORNING, dollars("msg:1", 1)], [NOON, dollars("msg:2", 2)], [NOON, PRICE]);
    for (const command of ["spend", "report"]) {
      const then = await ask(command, ledger, "--as-of", MORNING);
      expect(then).toMatchObject({ total: { usd: "5", requests: 1 }, period: { asOf: MORNING }, rerated: [] });
      expect(await ask(command, ledger, "--as-of", NOON)).toMatchObject({ total: { usd: "18", requests: 2 } });
      expect(await ask(command, ledger)).toMatchObject({ total: { usd: "18", requests: 2 }, period: { asOf: null } });
      expect(await ask(command, ledger, "--as-of", "2026-11-19")).toMatchObject({ total: { requests: 0 } });
    }
    expect(await ask("requests", ledger, "--as-of", MORNING)).toMatchObject({ matched: 1, asOf: MORNING });
  });

  it("answers with a response as it was known then, whatever later snapshots said", async () => {
    const usage = aUsage({ uncachedInput: 1_000_000, output: 40_000 });
    const ledger = await recordedAt(
      [
        MORNING,
        aRequestCompleted({ id: "msg:1", usage: aUsage({ uncachedInput: 1_000_000 }), finality: "placeholder" }),
      ],
      [NOON, aRequestCompleted({ id: "msg:1", usage })],
    );
    expect(await ask("spend", ledger, "--as-of", MORNING)).toMatchObject({ total: { usd: "5" } });
    expect(await ask("spend", ledger)).toMatchObject({ total: { usd: "6" } });
  });

  it("takes a position as well", async () => {
    const path = await recordedAt([MORNING, dollars("msg:1", 1)], [NOON, dollars("msg:2", 2)]);
    await using ledger = await openLedger(path, { mode: "read" });
    for await (const { position } of ledger.read({ limit: 1 })) {
      const then = await ask("spend", path, "--as-of", position);
      expect(then).toMatchObject({ total: { usd: "5" }, period: { asOf: position } });
    }
  });

  it("is shown above the answer", async () => {
    const ledger = await recordedAt([MORNING, dollars("msg:1", 1)], [NOON, dollars("msg:2", 2)]);
    for (const command of ["spend", "report", "requests"]) {
      const { stdout } = await runCli([command, "--ledger", ledger, "--as-of", NOON]);
      expect(stdout).toContain(`as recorded by ${NOON}`);
    }
    const markdown = await runCli(["report", "--ledger", ledger, "--as-of", NOON, "--format", "markdown"]);
    expect(markdown.stdout).toContain(`As recorded by ${NOON}`);
  });

  it("is refused where it is neither, and where there is no history", async () => {
    const ledger = await recordedAt([MORNING, dollars("msg:1", 1)]);
    const wrong = await runCli(["spend", "--ledger", ledger, "--as-of", "yesterday"]);
    expect([wrong.exitCode, wrong.stderr.includes("--as-of")]).toEqual([2, true]);
    const example = await runCli(["report", "--example", "--as-of", NOON]);
    expect([example.exitCode, example.stderr.includes("--as-of")]).toEqual([2, true]);
  });
});
