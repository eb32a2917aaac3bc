import type { LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aRequestFailed, aRequestInterrupted, aUsage } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

const JSON_FORMAT = ["--format", "json"];

/** Requests of a service, one an hour from 00:00 UTC on. */
function requests(day: string, count: number, servedModel: string, service = "support-chat"): LedgerEvent[] {
  return Array.from({ length: count }, (_, hour) => {
    const occurredAt = `${day}T${String(hour).padStart(2, "0")}:00:00.000Z`;
    const usage = aUsage({ uncachedInput: 1_000_000 });
    return aRequestCompleted({
      id: `msg:${service}${occurredAt}`,
      occurredAt,
      servedModel,
      usage,
      context: { service },
    });
  });
}

async function compareJson(args: readonly string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runCli(["compare", ...args, ...JSON_FORMAT]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("farthing compare", () => {
  it("says first, in words, why the second period costs something else", async () => {
    // Haiku 4.5 is $1 and Opus 5 $5 per million tokens of input.
    const ledger = await aLedger([
      ...requests("2026-10-05", 10, "claude-haiku-4-5"),
      ...requests("2026-11-05", 10, "claude-opus-5"),
      ...requests("2026-11-06", 3, "claude-haiku-4-5", "digest"),
    ]);
    const { stdout } = await runCli(["compare", "2026-10", "2026-11", "--ledger", ledger], {
      env: { COLUMNS: "120" },
    });
    expect(stdout.split("\n")[0]).toContain(
      "$43.00 more: support-chat moved from haiku-4-5 to opus-5 (+$40.00), digest is new (+$3.00)",
    );
    const { difference, parts, groups } = await compareJson(["2026-10", "2026-11", "--ledger", ledger]);
    expect(difference).toBe("43");
    expect(parts).toEqual([
      { cause: "model", usd: "40" },
      { cause: "new-workloads", usd: "3" },
    ]);
    expect(groups).toMatchObject([
      { by: { workload: "support-chat" }, difference: "40", parts: [{ cause: "model", usd: "40" }] },
      { by: { workload: "digest" }, difference: "3", parts: [{ cause: "new-workloads", usd: "3" }] },
    ]);
  });

  it("shares what two changes do together equally between them", async () => {
    // Twice the requests at five times the price: 10 became 100. Volume alone adds 10 or, at the new price, 50;
    // the model alone 40 or, of twice the requests, 80.
    const ledger = await aLedger([
      ...requests("2026-10-05", 10, "claude-haiku-4-5"),
      ...requests("2026-11-05", 20, "claude-opus-5"),
    ]);
    expect(await compareJson(["2026-10-05", "2026-11-05", "--ledger", ledger])).toMatchObject({
      difference: "90",
      parts: [
        { cause: "model", usd: "60" },
        { cause: "volume", usd: "30" },
      ],
    });
  });

  it.each([
    ["2026-10-05", "2026-10-05T00:00:00.000Z", "2026-10-06T00:00:00.000Z"],
    ["2026-10", "2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"],
    ["2026-12", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    ["2026-W41", "2026-10-05T00:00:00.000Z", "2026-10-12T00:00:00.000Z"],
    // 1 January 2027 is a Friday: the week belongs to 2026, which has 53.
    ["2026-W53", "2026-12-28T00:00:00.000Z", "2027-01-04T00:00:00.000Z"],
    ["2026-10-05..2026-10-07", "2026-10-05T00:00:00.000Z", "2026-10-08T00:00:00.000Z"],
    ["2026-09..2026-10", "2026-09-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"],
    ["2026-10-05T06:00:00Z..2026-10-05T18:00:00Z", "2026-10-05T06:00:00.000Z", "2026-10-05T18:00:00.000Z"],
  ])("takes %s for a period", async (period, since, until) => {
    const ledger = await aLedger(requests("2026-10-05", 2, "claude-opus-5"));
    const { before } = await compareJson([period, "2026-11", "--ledger", ledger]);
    expect(before).toMatchObject({ since, until });
  });

  it("cuts days in the time zone asked for", async () => {
    const ledger = await aLedger(requests("2026-10-05", 24, "claude-haiku-4-5"));
    const zone = ["--tz", "Asia/Tokyo", "--ledger", ledger];
    // Midnight in Tokyo is 15:00 UTC: 15 of the 24 requests were complete before.
    expect(await compareJson(["2026-10-05", "2026-10-06", ...zone])).toMatchObject({
      before: { requests: 15 },
      after: { requests: 9 },
    });
  });

  it.each([
    [["2026-10"], "name two periods"],
    [["2026-10", "2026-13"], '"2026-13"'],
    [["2026-10", "2026-W54"], '"2026-W54"'],
    [["2026-10", "2026-02-30"], '"2026-02-30"'],
    [["2026-10", "yesterday"], '"yesterday"'],
    [["2026-10", "2026-10-07..2026-10-05"], "ends before it begins"],
    [["2026-08", "2026-09", "2026-10"], "two periods"],
  ])("refuses %j", async (periods, hint) => {
    const ledger = await aLedger(requests("2026-10-05", 1, "claude-opus-5"));
    const { exitCode, stdout, stderr } = await runCli(["compare", ...periods, "--ledger", ledger]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(hint);
  });

  it("compares two ledgers, over all there is or over one period of both", async () => {
    const [main, branch] = [
      await aLedger(requests("2026-10-05", 4, "claude-haiku-4-5")),
      await aLedger([...requests("2026-10-05", 4, "claude-opus-5"), ...requests("2026-11-05", 4, "claude-opus-5")]),
    ];
    const sides = ["--ledger", main, "--ledger-b", branch];
    expect(await compareJson(sides)).toMatchObject({ before: { usd: "4", since: null }, after: { usd: "40" } });
    expect(await compareJson(["2026-10", ...sides])).toMatchObject({ difference: "16", after: { ledgers: [branch] } });
  });

  it("keeps responses without a price out of every amount, and says so", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 2, "claude-haiku-9"),
      ...requests("2026-11-05", 2, "claude-haiku-4-5"),
      aRequestFailed({ occurredAt: "2026-11-05T01:00:00.000Z", cost: "unknown" }),
    ]);
    const { parts, notes } = await compareJson(["2026-10", "2026-11", "--ledger", ledger]);
    expect(parts).toEqual([{ cause: "unexplained", usd: "2" }]);
    expect(notes).toEqual([
      expect.stringContaining("the first period begins on 1 Oct 2026, and recording on 5 Oct 2026"),
      expect.stringContaining("nothing is recorded after 5 Nov 2026, and the second period is not over"),
      expect.stringContaining("not equally long, 31 days and 22 days"),
      "responses without a price, 2 before and 0 after, are in no amount",
      expect.stringContaining("attempts without an answer, 0 before and 1 after"),
    ]);
  });

  it("lists groups by the dimensions asked for, and filters as other commands do", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 2, "claude-haiku-4-5"),
      ...requests("2026-11-05", 3, "claude-haiku-4-5"),
      ...requests("2026-11-05", 3, "claude-opus-5", "other"),
    ]);
    const args = ["2026-10", "2026-11", "--ledger", ledger, "--where", "service=support-chat"];
    const { stdout } = await runCli(["compare", ...args, "--by", "service,model"]);
    expect(stdout).toMatch(/^support-chat +claude-haiku-4-5 +\$2\.00 +\$3\.00 +\+\$1\.00 +volume \+\$1\.00$/m);
    expect(stdout).not.toContain("other ");
  });

  it("calls groups by the dimension asked for", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 2, "claude-haiku-4-5", "a"),
      ...requests("2026-10-05", 4, "claude-haiku-4-5", "b"),
      ...requests("2026-11-05", 3, "claude-haiku-4-5", "c"),
      ...requests("2026-11-05", 3, "claude-haiku-4-5", "d"),
    ]);
    const stdoutBy = async (keys: string): Promise<string> =>
      (await runCli(["compare", "2026-10", "2026-11", "--ledger", ledger, "--by", keys])).stdout;
    const byService = await stdoutBy("service");
    expect(byService.split("\n")[0]).toContain(
      "No difference: $6.00 both times, although 2 services are new (+$6.00), ",
    );
    expect(byService).toMatch(/^ +gone services +-\$6\.00 /m);
    expect(byService).toMatch(/^c +- +\$3\.00 +\+\$3\.00 +new services \+\$3\.00$/m);
    expect(await stdoutBy("service,model")).toContain("2 groups are new");
  });

  it("shows the amount of a group beside a part of which it moved more than is left", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 10, "claude-haiku-4-5", "chat"),
      ...requests("2026-11-05", 1, "claude-haiku-4-5", "chat"),
      ...requests("2026-10-05", 1, "claude-haiku-4-5", "search"),
      ...requests("2026-11-05", 2, "claude-haiku-4-5", "search"),
    ]);
    const { stdout } = await runCli(["compare", "2026-10", "2026-11", "--ledger", ledger]);
    expect(stdout).toMatch(/^WHY +volume +-\$8\.00 +chat made 90 % fewer requests \(-\$9\.00\)$/m);
  });

  it("says of a side that it came to at least as much, or that no price is known", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 2, "claude-haiku-9"),
      ...requests("2026-11-05", 2, "claude-haiku-4-5"),
      aRequestInterrupted({
        id: "msg:broken",
        occurredAt: "2026-11-05T05:00:00.000Z",
        servedModel: "claude-haiku-4-5",
        usage: aUsage({ uncachedInput: 1_000_000 }),
      }),
      ...requests("2026-11-06", 2, "claude-haiku-4-5"),
    ]);
    const linesOf = async (...periods: readonly string[]): Promise<string> =>
      (await runCli(["compare", ...periods, "--ledger", ledger])).stdout;
    const unknown = await linesOf("2026-10", "2026-11-05", "--by", "service");
    expect(unknown).toMatch(/^BEFORE +unknown: no price +31 days, 2 responses$/m);
    expect(unknown).toMatch(/^support-chat +unpriced +\$2\.00 +unknown +unexplained \+\$2\.00$/m);
    expect(await linesOf("2026-11-06", "2026-11-05")).toMatch(/^AFTER +at least \$3\.00 +1 day, 3 responses$/m);
    expect(await linesOf("2026-11-06", "2026-11-05")).toMatch(/^BEFORE +\$2\.00 /m);
  });

  it("says which days of a period nothing is known of", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 4, "claude-haiku-4-5"),
      ...requests("2026-10-20", 4, "claude-haiku-4-5", "other"),
    ]);
    const notesOf = async (...args: readonly string[]): Promise<unknown> =>
      (await compareJson([...args, "--ledger", ledger]))["notes"];
    const [begins, ends] = [
      "the first period begins on 1 Oct 2026, and recording on 5 Oct 2026: what was used in between, if anything, is in no amount",
      "nothing is recorded after 20 Oct 2026, and the second period ends on 24 Oct 2026: what was used since, if anything, is in no amount",
    ];
    expect(await notesOf("2026-10-01..2026-10-06", "2026-10-19..2026-10-24")).toEqual([begins, ends]);
    // Less than a day at an end, and what filters leave out, is no gap.
    expect(await notesOf("2026-10-05", "2026-10-20")).toEqual([]);
    expect(await notesOf("2026-10-05..2026-10-10", "2026-10-15..2026-10-20", "--where", "service=other")).toEqual([
      "nothing was recorded before",
    ]);
    expect(await notesOf("2026-10-19..2026-10-20", "2026-12-01..2026-12-02", "--now", "2026-12-20")).toEqual([
      "nothing was recorded after",
      expect.stringContaining("nothing is recorded after 20 Oct 2026, and the second period ends on 2 Dec 2026"),
    ]);
    expect(await notesOf("2026-10-19..2026-10-20", "2026-10-20..2026-11-30")).toContainEqual(
      expect.stringContaining("nothing is recorded after 20 Oct 2026, and the second period is not over"),
    );
  });

  it("says what two periods of one ledger have in common", async () => {
    const [ledger, other] = [
      await aLedger(requests("2026-10-05", 4, "claude-haiku-4-5")),
      await aLedger(requests("2026-10-05", 4, "claude-haiku-4-5")),
    ];
    const overlap = "the periods overlap: responses of 5 Oct 2026 are in both amounts";
    const periods = ["2026-10-05..2026-10-06", "2026-10-04..2026-10-05"];
    expect((await compareJson([...periods, "--ledger", ledger]))["notes"]).toContain(overlap);
    const two = await compareJson(["2026-10-05", "--ledger", ledger, "--ledger-b", other]);
    expect(two["notes"]).toEqual([]);
  });

  it.each([
    ["40", "service"],
    ["60", "service,model"],
  ])("keeps to a screen of %s columns, cutting no amount", async (columns, by) => {
    const ledger = await aLedger([
      ...requests("2026-10-05", 10, "claude-haiku-4-5"),
      ...requests("2026-11-05", 10, "claude-opus-5"),
      ...requests("2026-11-06", 3, "claude-haiku-4-5", "digest"),
    ]);
    const { stdout } = await runCli(["compare", "2026-10", "2026-11", "--ledger", ledger, "--by", by], {
      env: { COLUMNS: columns },
    });
    expect(stdout).not.toContain("…");
    const wide = stdout.split("\n").filter((line) => line.length > Number(columns));
    expect(wide).toEqual([]);
  });

  it("says that nothing is different", async () => {
    const ledger = await aLedger(requests("2026-10-05", 2, "claude-opus-5"));
    const { stdout } = await runCli(["compare", "2026-10-05", "2026-10", "--ledger", ledger]);
    expect(stdout.split("\n")[0]).toBe("No difference: $10.00 both times");
  });

  it("needs a ledger", async () => {
    expect((await runCli(["compare", "2026-10", "2026-11"])).exitCode).toBe(3);
  });
});
