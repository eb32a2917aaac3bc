import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ReportDocument } from "../../packages/advisor/src/schemas/report.ts";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const OCTOBER = join(REPOSITORY, "test/docs/fixture/shop/invoice/october.ndjson");

describe("a report of a ledger with a discount", () => {
  let ledger = "";
  const farthing = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runCli([...args, "--ledger", ledger]);
    expect([exitCode, stderr], args.join(" ")).toEqual([0, ""]);
    return stdout;
  };
  const report = async (format: string): Promise<string> =>
    (await farthing("report", "--now", "2026-11-20", "--format", format)).replaceAll(/\s+/g, " ");
  const document = async (): Promise<ReportDocument> => JSON.parse(await report("json")) as ReportDocument;

  beforeAll(async () => {
    ledger = join(emptyFolder(), "ledger");
    await farthing("import", "events", OCTOBER);
    await farthing("settings", "set", "discount-percent", "14");
  });

  it("leaves list prices as they are where it is not known that all is paid per token, and says so", async () => {
    const { contract, total } = await document();
    expect([contract, total.usd]).toEqual([undefined, "1.4307614"]);
    expect(await report("text")).toContain("Your discount of 14 % is not applied");
  });

  it("says beside them what the total and the joint saving come to at contract price", async () => {
    await farthing("settings", "set", "billing", "per-token");
    const { contract, total, joint } = await document();
    expect(total.usd).toBe("1.4307614");
    // 1.4307614 x 0.86
    expect([contract?.discountPercent, contract?.usd]).toEqual(["14", "1.230454804"]);
    const share = Number(contract?.saving.expected) / Number(joint.all.expected);
    expect(share).toBeCloseTo(0.86, 9);
    for (const format of ["text", "markdown", "html"]) {
      expect(await report(format)).toContain("At contract price, 14 % below list: $1.23; would have cost less by");
    }
  });
});
