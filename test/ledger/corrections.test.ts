import { join } from "node:path";
import {
  foldAccount,
  listPriceBook,
  openLedger,
  queryRequests,
  querySpend,
  type Account,
  type LedgerEvent,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsageCorrected } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const QUERY = { where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };

const response = aRequestCompleted({ id: "msg:1" });
const other = aRequestCompleted({ id: "msg:2" });
const correction = aUsageCorrected({ id: "correction:1", corrects: "msg:1", occurredAt: "2026-10-02T00:00:00.000Z" });
const back = aUsageCorrected({ id: "correction:2", corrects: "correction:1", occurredAt: "2026-10-03T00:00:00.000Z" });
const again = aUsageCorrected({ id: "correction:3", corrects: "correction:2", occurredAt: "2026-10-04T00:00:00.000Z" });

function counted(account: Account): readonly string[] {
  const { rows } = queryRequests(account, { ...QUERY, sort: "time", limit: null });
  const { total } = querySpend(account, { ...QUERY, by: [] });
  expect(total.requests).toBe(rows.length);
  return rows.map(({ response: { id } }) => id);
}

describe("a correction", () => {
  it("takes an event out of every figure and keeps it", () => {
    const account = foldAccount([response, other, correction]);
    expect(counted(account)).toEqual(["msg:2"]);
    expect(account.corrected).toEqual([{ event: response, correction }]);
  });

  it("can be taken back, and that as well", () => {
    expect(counted(foldAccount([response, other, correction, back]))).toEqual(["msg:1", "msg:2"]);
    expect(counted(foldAccount([response, other, correction, back, again]))).toEqual(["msg:2"]);
  });

  it("holds whatever the order in which it and its target arrive", () => {
    const events: readonly LedgerEvent[] = [response, other, correction, back, again];
    fc.assert(
      fc.property(fc.shuffledSubarray([...events], { minLength: 5 }), fc.nat({ max: 5 }), (order, repeated) => {
        expect(counted(foldAccount([...order, ...order.slice(repeated)]))).toEqual(["msg:2"]);
      }),
    );
  });

  it("of an event that nobody has seen waits for it", () => {
    expect(counted(foldAccount([correction]))).toEqual([]);
    expect(counted(foldAccount([correction, response]))).toEqual([]);
  });

  it("holds across writers, and what is appended again stays corrected", async () => {
    const path = join(temporaryFolder(), "ledger");
    const first = await openLedger(path, { mode: "write", create: true });
    const second = await openLedger(path, { mode: "write" });
    await second.append([correction]);
    await first.append([response, other]);
    await second.append([response]);
    expect(counted(await first.account())).toEqual(["msg:2"]);
    await first.close();
    await second.close();
    const { stdout } = await runCli(["requests", "--format", "json", "--ledger", path]);
    expect(JSON.parse(stdout).requests).toHaveLength(1);
    const spend = await runCli(["spend", "--format", "json", "--ledger", path]);
    expect(JSON.parse(spend.stdout).total.requests).toBe(1);
    const report = await runCli(["report", "--format", "json", "--ledger", path]);
    expect(JSON.parse(report.stdout).total.requests).toBe(1);
  });
});
