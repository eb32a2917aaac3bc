import { readFileSync } from "node:fs";
import { isResponse } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger, aLedgerOfSegments } from "../support/a-ledger.ts";
import {
  aBatchEnded,
  aBatchSubmitted,
  anEventsDropped,
  aPlaceholder,
  aRequestCompleted,
  aRequestFailed,
  aUsage,
  aUsageCorrected,
} from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";
import { aClosedLedger, append, closed, linesOf, OCTOBER, segmentsOf, verifiedHead } from "./closed-ledger.ts";

describe("farthing close", () => {
  it("records what a month comes to, by what was recorded and at which prices", async () => {
    const ledger = await aLedger([
      ...OCTOBER,
      aRequestCompleted({ id: "msg:november", occurredAt: "2026-11-01T00:00:00.000Z" }),
    ]);
    const { closed: closing, models, open } = await closed(ledger, "2026-10");
    // 4 * (1,000 * $5 + 100 * $25) / 1,000,000
    expect(closing).toMatchObject({
      from: "2026-10-01T00:00:00.000Z",
      until: "2026-11-01T00:00:00.000Z",
      timeZone: "UTC",
      usd: "0.03",
      requests: 4,
      unpricedRequests: 0,
    });
    expect(models).toEqual([{ model: "claude-opus-5", usd: "0.03", requests: 4, unpricedRequests: 0 }]);
    expect(open).toEqual({
      unreadBatches: [],
      unpriced: [],
      failedAtUnknownCost: 0,
      lowerBoundRequests: 0,
      droppedEvents: 0,
      damagedPlaces: 0,
    });
    const [path = ""] = segmentsOf(ledger);
    const event: unknown = JSON.parse(linesOf(path).at(-1) ?? "");
    expect(event).toMatchObject({ event: { type: "PeriodClosed", usd: "0.03", chainHead: closing.chainHead } });
  });

  it("prints total, position, prices and chain head whole, however narrow the screen", async () => {
    const ledger = await aLedger(OCTOBER);
    const { stdout } = await runCli(["close", "2026-10", "--ledger", ledger], { terminal: { columns: 40 } });
    const [segment = ""] = segmentsOf(ledger);
    const { event } = JSON.parse(linesOf(segment).at(-1) ?? "") as { event: Record<string, string> };
    for (const name of ["usd", "position", "priceBookHash", "chainHead"]) expect(stdout).toContain(event[name]);
    expect(stdout).toContain("OPEN   nothing");
    expect(stdout).toContain("CLOSED WITH $0.03 at API list prices   4 responses");
  });

  it("calls the figure a list price where a discount is set, and says what it comes to under the contract", async () => {
    const ledger = await aLedger(
      OCTOBER.map((event) => ({
        ...event,
        id: `${event.id}-large`,
        ...(isResponse(event) ? { usage: aUsage({ output: 1_000_000 }) } : {}),
      })),
    );
    for (const [name, value] of [
      ["billing", "per-token"],
      ["discount-percent", "14"],
      ["monthly-commitment-usd", "60"],
    ] as const) {
      await runCli(["settings", "set", name, value, "--ledger", ledger]);
    }
    const { stdout } = await runCli(["close", "2026-10", "--dry-run", "--ledger", ledger]);
    // 4 million tokens of output at $25.
    expect(stdout).toContain("WOULD BE CLOSED WITH $100.00 at API list prices   4 responses");
    expect(stdout).toContain("At contract price, 14 % below list: $86.00.");
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("$60.00 is owed for this time whatever is used.");
  });

  it("cuts the month in the time zone that is asked for, else in the ledger's", async () => {
    const late = aRequestCompleted({ id: "msg:late", occurredAt: "2026-09-30T22:30:00.000Z" });
    const ledger = await aLedger([...OCTOBER, late]);
    expect((await closed(ledger, "2026-10", "--dry-run")).closed.requests).toBe(4);
    expect((await closed(ledger, "2026-10", "--dry-run", "--tz", "Europe/Berlin")).closed).toMatchObject({
      requests: 5,
      from: "2026-09-30T22:00:00.000Z",
      timeZone: "Europe/Berlin",
    });
    await runCli(["settings", "set", "time-zone", "Europe/Berlin", "--ledger", ledger]);
    expect((await closed(ledger, "2026-10")).closed).toMatchObject({ requests: 5, timeZone: "Europe/Berlin" });
  });

  it("closes nothing that is not over, and nothing in a ledger that is not there", async () => {
    const ledger = await aLedger(OCTOBER);
    const before = readFileSync(segmentsOf(ledger)[0] ?? "", "utf8");
    const { exitCode, stderr } = await runCli(["close", "2026-11", "--ledger", ledger]);
    expect([exitCode, stderr]).toEqual([
      2,
      'farthing: "2026-11" is not over: it ends at 2026-12-01T00:00:00.000Z; close it then, or later\n',
    ]);
    expect((await runCli(["close", "2026-11", "--ledger", ledger, "--now", "2026-12-01"])).exitCode).toBe(0);
    expect(before).not.toContain("PeriodClosed");
    expect((await runCli(["close", "2026-10"])).exitCode).toBe(3);
  });

  it("closes no period twice, nor a part of one, and names the figure that stands", async () => {
    const { path } = await aClosedLedger();
    await append(path, [aRequestCompleted({ id: "msg:later" })]);
    const before = readFileSync(segmentsOf(path)[0] ?? "", "utf8");
    for (const args of [["2026-10"], ["2026-10-05"], ["2026-10", "--tz", "Asia/Tokyo"], ["2026-10", "--dry-run"]]) {
      const { exitCode, stderr } = await runCli(["close", ...args, "--ledger", path]);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining("with $0.03, which stands; farthing spend --period"),
      ]);
    }
    expect(readFileSync(segmentsOf(path)[0] ?? "", "utf8")).toBe(before);
    expect((await closed(path, "2026-09")).closed.usd).toBe("0");
  });

  it("says before it closes what is open, whatever that is", async () => {
    const ledger = await aLedger([
      ...OCTOBER,
      aRequestCompleted({ id: "msg:unknown", servedModel: "claude-haiku-9" }),
      aRequestFailed({ id: "req:timeout", cost: "unknown" }),
      aPlaceholder({ id: "msg:begun" }),
      anEventsDropped({ count: 7 }),
      anEventsDropped({ id: "dropped:november", occurredAt: "2026-11-01T00:00:00.000Z" }),
      aBatchSubmitted(),
      aBatchEnded(),
      aBatchSubmitted({ id: "batch-submitted:old", batch: "msgbatch_old", occurredAt: "2026-09-01T10:00:00.000Z" }),
      aBatchSubmitted({ id: "batch-submitted:next", batch: "msgbatch_next", occurredAt: "2026-11-01T10:00:00.000Z" }),
    ]);
    const { open } = await closed(ledger, "2026-10", "--dry-run");
    expect(open).toMatchObject({
      unreadBatches: [{ batch: "msgbatch_1", recorded: 0, requests: 3 }],
      unpriced: [{ model: "claude-haiku-9", requests: 1 }],
      failedAtUnknownCost: 1,
      lowerBoundRequests: 1,
      droppedEvents: 7,
    });
    const { stdout } = await runCli(["close", "2026-10", "--ledger", ledger]);
    const [before = ""] = stdout.split("CLOSED WITH");
    for (const words of [
      "results of batch msgbatch_1",
      "1 response of claude-haiku-9 without a price (unknown-model)",
      "1 attempt without an answer",
      "1 response without a recorded end",
      "7 events that a full queue left out",
    ])
      expect(before).toContain(words);
  });

  it("with --dry-run records nothing and says the same figure", async () => {
    const ledger = await aLedger(OCTOBER);
    const before = readFileSync(segmentsOf(ledger)[0] ?? "", "utf8");
    const { closed: foretold, dryRun } = await closed(ledger, "2026-10", "--dry-run");
    expect([dryRun, readFileSync(segmentsOf(ledger)[0] ?? "", "utf8")]).toEqual([true, before]);
    const { closed: closing } = await closed(ledger, "2026-10");
    expect({ ...closing, chainHead: foretold.chainHead }).toEqual(foretold);
  });

  it("can be taken back, like every event, and then the month is closed anew", async () => {
    const { path } = await aClosedLedger();
    const [segment = ""] = segmentsOf(path);
    const { event } = JSON.parse(linesOf(segment).at(-1) ?? "") as { event: { id: string } };
    await append(path, [aUsageCorrected({ id: "correction:closing", corrects: event.id, reason: "too early" })]);
    expect((await closed(path, "2026-10")).closed.usd).toBe("0.03");
  });

  it("has every line that is appended meanwhile before the position or after it, never half of an append", async () => {
    const ledger = await aLedgerOfSegments(OCTOBER);
    const stop = new AbortController();
    const pair = (number: number) =>
      ["a", "b"].map((side) =>
        aRequestCompleted({ id: `msg:${String(number)}${side}`, occurredAt: "2026-10-09T10:00:00.000Z" }),
      );
    const { openLedger } = await import("@farthing/ledger");
    await using writer = await openLedger(ledger, { mode: "write", segmentBytes: 65_536 });
    const writing = (async () => {
      for (let number = 0; !stop.signal.aborted && number < 300; number += 1) await writer.append(pair(number));
    })();
    const documents = [await closed(ledger, "2026-10"), await closed(ledger, "2026-09")];
    stop.abort();
    await writing;
    for (const { closed: closing } of documents) {
      const question = ["--since", closing.from, "--until", closing.until, "--as-of", closing.position];
      const { stdout } = await runCli(["spend", ...question, "--format", "json", "--ledger", ledger]);
      expect(JSON.parse(stdout)).toMatchObject({ total: { usd: closing.usd, requests: closing.requests } });
      expect((closing.requests ?? 1) % 2).toBe(0);
      expect(await verifiedHead(ledger, closing.chainHead)).toMatchObject({ exitCode: 0, head: { outcome: "proven" } });
    }
  });

  it("lets one of two closings that begin at once close the month", async () => {
    const ledger = await aLedger(OCTOBER);
    const runs = await Promise.all([1, 2].map(() => runCli(["close", "2026-10", "--ledger", ledger])));
    expect(runs.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    const text = segmentsOf(ledger).map((path) => readFileSync(path, "utf8"));
    expect(text.join("").match(/"type":"PeriodClosed"/g)).toHaveLength(1);
  });
});
