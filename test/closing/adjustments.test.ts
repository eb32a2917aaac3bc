import {
  closingsIn,
  listPriceBook,
  loadClosing,
  openLedger,
  parseUsd,
  pruneLedger,
  subtract,
  sum,
  type LedgerEvent,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SpendDocument } from "../../packages/advisor/src/schemas/spend.ts";
import { aLedger } from "../support/a-ledger.ts";
import { aPriceSet, aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";
import { aBrieflyClosedLedger, aClosedLedger, append, closed, OCTOBER, spent } from "./closed-ledger.ts";
import { laterEvent } from "./later-events.ts";

const PERIOD = ["--period", "2026-10"];

/** 1,000 prompt tokens and 100 of output: $0.0075 on Opus 5. */
function late(overrides: Parameters<typeof aRequestCompleted>[0]): LedgerEvent {
  return aRequestCompleted({ usage: aUsage({ uncachedInput: 1_000, output: 100 }), ...overrides });
}

function expectExact({ closed: closing, adjustments, total }: SpendDocument): void {
  const since = subtract(parseUsd(total.usd), parseUsd(closing?.usd ?? ""));
  expect(sum(adjustments.map(({ usd }) => parseUsd(usd)))).toBe(since);
}

describe("farthing spend --period", () => {
  it("says the closed figure for ever, and adjustments that sum to what came since, whatever came", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(laterEvent, { maxLength: 3 }),
        fc.array(fc.array(laterEvent, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 }),
        async (before, appends) => {
          const path = await aLedger([...OCTOBER, late({ id: "msg:unpriced", servedModel: "claude-haiku-9" })]);
          await append(path, before.slice(0, 1));
          for (const event of before.slice(1)) await append(path, [event]);
          const { closed: closing } = await closed(path, "2026-10");
          const first = await spent(path, ...PERIOD);
          expect([first.closed, first.adjustments, first.total.usd]).toEqual([closing, [], closing.usd]);
          for (const events of appends) {
            for (const event of events) await append(path, [event]);
            const later = await spent(path, ...PERIOD);
            expect(JSON.stringify(later.closed)).toBe(JSON.stringify(first.closed));
            expectExact(later);
            expect(later.adjustments.map(({ kind }) => kind)).not.toContain("unexplained");
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("tells apart what was recorded late, by source and as results of batches, and what was taken back", async () => {
    const { path, closing } = await aClosedLedger();
    await append(path, [
      late({ id: "msg:late-1", sources: ["sdk"] }),
      late({ id: "msg:late-2", sources: ["sdk"] }),
      late({ id: "msg:late-3", sources: ["claude-code"] }),
      late({ id: "batch:msgbatch_1/a", ids: { message: null, batch: "msgbatch_1", custom: "a" } }),
      late({ id: "msg:november", occurredAt: "2026-11-02T10:00:00.000Z" }),
      aUsageCorrected({ corrects: "msg:october-2", reason: "a load test" }),
      late({
        id: "msg:october-3",
        occurredAt: "2026-10-03T10:00:00.000Z",
        usage: aUsage({ uncachedInput: 1_000, output: 200 }),
      }),
    ]);
    const later = await spent(path, ...PERIOD);
    expect(later.closed).toEqual(closing);
    expectExact(later);
    const none = { source: null, reason: null };
    expect(later.adjustments).toEqual([
      { ...none, kind: "late-batch-result", source: "test", requests: 1, usd: "0.0075" },
      { ...none, kind: "recorded-late", source: "claude-code", requests: 1, usd: "0.0075" },
      { ...none, kind: "recorded-late", source: "sdk", requests: 2, usd: "0.015" },
      // 100 more tokens of output at $25 a million.
      { ...none, kind: "seen-again", source: "test", requests: null, usd: "0.0025" },
      { ...none, kind: "taken-back", reason: "a load test", requests: -1, usd: "-0.0075" },
    ]);
    const { stdout } = await runCli(["spend", ...PERIOD, "--ledger", path]);
    expect(stdout).toContain("CLOSED WITH $0.03 on 22 Nov 2026   4 responses\nADJUSTED BY +$0.02 since\n");
    expect(stdout).toContain("  -$0.01  taken back, 1 response: a load test\n");
  });

  it("reads no responses of later months whole, and of the month 1,000 at a time", async () => {
    const { path, closing } = await aClosedLedger();
    const many = (name: string, count: number, occurredAt: string): readonly LedgerEvent[] =>
      Array.from({ length: count }, (_, index) => late({ id: `msg:${name}-${String(index)}`, occurredAt }));
    await append(path, [
      ...many("november", 1_500, "2026-11-02T10:00:00.000Z"),
      ...many("late", 1_001, "2026-10-20T10:00:00.000Z"),
      // Of October when it was closed, and of November now.
      late({ id: "msg:october-1", occurredAt: "2026-11-02T10:00:00.000Z" }),
    ]);
    await using ledger = await openLedger(path, { mode: "read" });
    const view = await ledger.view({ columns: "use" });
    const read: (readonly string[])[] = [];
    const find = view.find.bind(view);
    Object.assign(view, {
      find: (ids: Iterable<string>) => {
        read.push([...ids]);
        return find(read.at(-1) ?? []);
      },
    });
    const { adjustmentsTo } = await loadClosing();
    const [event] = closingsIn(view.others);
    if (event === undefined) throw new Error("October is not closed");
    const usd = parseUsd("7.53");
    const book = listPriceBook();
    expect(await adjustmentsTo(event, { path, view, book, usd, timeZone: "UTC" })).toEqual([
      { kind: "recorded-late", source: "test", reason: null, requests: 1_001, usd: parseUsd("7.5075") },
      { kind: "seen-again", source: "test", reason: null, requests: null, usd: parseUsd("-0.0075") },
    ]);
    expect([closing.usd, read.map((ids) => ids.length)]).toEqual(["0.03", [1_000, 2]]);
  });

  it("tells prices that became known since as such", async () => {
    const path = await aLedger([...OCTOBER, late({ id: "msg:unpriced", servedModel: "claude-haiku-9" })]);
    const { closed: closing } = await closed(path, "2026-10");
    expect(closing).toMatchObject({ usd: "0.03", requests: 5, unpricedRequests: 1 });
    const rates = { uncachedInput: "1", cacheWrite5m: "1", cacheWrite1h: "1", cacheRead: "1", output: "10" };
    const rest = { usGeography: false, regionalPremium: false, source: "annex 2", checkedOn: "2026-01-01" };
    const card = { model: "claude-haiku-9", effectiveFrom: "2026-01-01", rates, ...rest };
    await append(path, [aPriceSet({ occurredAt: "2026-11-25T00:00:00.000Z", card })]);
    const later = await spent(path, ...PERIOD);
    // 1,000 tokens at $1 and 100 at $10 a million.
    expect(later.adjustments).toEqual([{ kind: "re-rated", source: null, reason: null, requests: null, usd: "0.002" }]);
    expect([later.closed, later.total.usd]).toEqual([closing, "0.032"]);
  });

  it("says that it cannot tell parts any more once detail was pruned, and still sums exactly", async () => {
    const { path, closing } = await aClosedLedger();
    await append(path, [late({ id: "msg:late" })]);
    await pruneLedger(path, { before: Date.parse("2026-11-01") });
    const later = await spent(path, ...PERIOD);
    expect([later.closed, later.adjustments]).toEqual([
      closing,
      [{ kind: "detail-pruned", source: null, reason: null, requests: null, usd: "0.0075" }],
    ]);
  });

  it("is the period alone where it is not closed, and says that it is open", async () => {
    const path = await aLedger([...OCTOBER, late({ id: "msg:november", occurredAt: "2026-11-02T10:00:00.000Z" })]);
    const open = await spent(path, ...PERIOD);
    const plain = await spent(path, "--since", "2026-10-01", "--until", "2026-11-01");
    expect({ ...open, command: plain.command }).toEqual(plain);
    expect([open.closed, open.adjustments]).toEqual([null, []]);
    const { stdout } = await runCli(["spend", ...PERIOD, "--ledger", path]);
    expect(stdout).toContain("OPEN   not closed; the total can still change\n");
    const { exitCode } = await runCli(["spend", ...PERIOD, "--since", "2026-10-01", "--ledger", path]);
    expect(exitCode).toBe(2);
  });

  it("finds the closing of a month in the zone in which it was closed", async () => {
    const path = await aLedger([...OCTOBER, late({ id: "msg:berlin", occurredAt: "2026-09-30T22:30:00.000Z" })]);
    const { closed: closing } = await closed(path, "2026-10", "--tz", "Europe/Berlin");
    const found = await spent(path, ...PERIOD);
    expect([found.closed, found.period.timeZone]).toEqual([closing, "Europe/Berlin"]);
    expect((await spent(path, ...PERIOD, "--tz", "UTC")).closed).toBeNull();
  });

  it("shows the figure of a closing that says no more than it has to", async () => {
    const path = await aBrieflyClosedLedger();
    await append(path, [late({ id: "msg:late", sources: ["sdk"] })]);
    const found = await spent(path, ...PERIOD);
    expect(found.closed).toMatchObject({ usd: "0.03", timeZone: null, requests: null });
    expect(found.adjustments).toMatchObject([{ kind: "recorded-late", usd: "0.0075" }]);
  });
});
