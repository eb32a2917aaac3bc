import { beforeAll, describe, expect, it } from "vitest";
import type { ReportDocument } from "../../packages/advisor/src/schemas/report.ts";
import { aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";
import { aBrieflyClosedLedger, aClosedLedger, append, closed } from "./closed-ledger.ts";

const NOVEMBER = aRequestCompleted({
  id: "msg:november",
  occurredAt: "2026-11-02T10:00:00.000Z",
  usage: aUsage({ uncachedInput: 1_000, output: 100 }),
});

describe("a report on a time of which periods were closed", () => {
  let path = "";
  const text = async (...args: string[]): Promise<string> =>
    (await runCli(["report", "--now", "2026-12-10", ...args, "--ledger", path])).stdout.replaceAll(/\s+/g, " ");
  const figures = async (...args: string[]): Promise<ReportDocument["closed"]> =>
    (JSON.parse(await text("--format", "json", ...args)) as ReportDocument).closed;
  const month = (name: string): string => `${name} with $0.0`;

  beforeAll(async () => {
    ({ path } = await aClosedLedger());
  });

  it("says what the very period was closed with, and that nothing came since", async () => {
    for (const format of ["text", "markdown", "html"]) {
      expect(await text("--period", "2026-10", "--format", format)).toMatch(
        /Closed with \$0\.03 on \d+ \w+ \d{4}; nothing since\./,
      );
    }
  });

  it("says what came since, and which command tells why; the closed figure stands", async () => {
    const [before] = (await figures("--period", "2026-10")) ?? [];
    expect(before).toMatchObject({ from: "2026-10-01T00:00:00.000Z", usd: "0.03", sinceUsd: "0" });
    await append(path, [
      aRequestCompleted({ id: "msg:late", occurredAt: "2026-10-20T10:00:00.000Z", usage: NOVEMBER.usage }),
    ]);
    expect(await figures("--period", "2026-10")).toEqual([{ ...before, sinceUsd: "0.0075" }]);
    expect(await text("--period", "2026-10")).toMatch(
      /Closed with \$0\.03 on [^;]+; \+<?\$0\.01 since: farthing spend --period 2026-10 says why\./,
    );
  });

  it("does not say that nothing came where what came has no price, or the closing does not say what it held", async () => {
    const said = async (ledger: string): Promise<string> =>
      (await runCli(["report", "--now", "2026-12-10", "--period", "2026-10", "--ledger", ledger])).stdout
        .replaceAll(/\s+/g, " ")
        .replace(/^.*Closed with \$0\.03 on [^;]+; /, "")
        .replace(/\..*$/, "");
    const { path: late } = await aClosedLedger();
    const occurredAt = "2026-10-20T10:00:00.000Z";
    await append(late, [aRequestCompleted({ id: "msg:late", occurredAt, servedModel: "claude-haiku-9" })]);
    expect(await said(late)).toBe(
      "it comes to the same now, with 1 more response and 1 more unpriced response: farthing spend --period 2026-10 says why",
    );
    await append(late, [aUsageCorrected({ corrects: "msg:late" })]);
    expect(await said(late)).toBe("nothing since");
    expect(await said(await aBrieflyClosedLedger())).toBe(
      "it comes to the same now: farthing spend --period 2026-10 tells what came since",
    );
  });

  it("names the closed periods in a longer time, and says nothing of what came since in it", async () => {
    expect(await figures()).toMatchObject([{ usd: "0.03", sinceUsd: null }]);
    await append(path, [NOVEMBER]);
    for (const period of ["2026-11", "2026-09", "2026-08", "2026-07"])
      await closed(path, period, "--now", "2026-12-05");
    expect((await figures())?.map(({ from }) => from.slice(0, 7))).toEqual([
      "2026-07",
      "2026-08",
      "2026-09",
      "2026-10",
      "2026-11",
    ]);
    const said = await text();
    expect(said).toContain(
      `Closed: 2 earlier periods, 2026-09 with $0.00, ${month("2026-10")}3, ${month("2026-11")}1;`,
    );
    expect(said).toContain("farthing spend --period 2026-11 tells what came since.");
  });

  it("says nothing of them where a part of the requests, or another time, is asked about", async () => {
    expect(await figures("--where", "model=claude-opus-5")).toBeUndefined();
    expect(await figures("--since", "2026-12-01")).toBeUndefined();
  });
});
