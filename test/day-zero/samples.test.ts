import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWithSharedData } from "../support/shared-data.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { billIn, reportOn } from "./bills.ts";

describeWithSharedData("reports as others quote them", "reports/expected.json", (expectedPath) => {
  const folder = join(expectedPath, "..");
  const expected = JSON.parse(readFileSync(expectedPath, "utf8")) as {
    readonly codexbar: { readonly all: { readonly costUSD: number; readonly total_tokens: number } };
    readonly pagination: { readonly files: readonly string[]; readonly total_usd: string };
  };
  const imported = async (side: "cost" | "usage", ...names: readonly string[]): Promise<string> => {
    const ledger = join(emptyFolder(), "ledger");
    const files = names.map((name) => join(folder, name));
    await runCli(["import", `${side}-report`, ...files, "--ledger", ledger]);
    return ledger;
  };

  it("are ranked to the amount they come to", async () => {
    const costs = await billIn(await imported("cost", "cost_report.codexbar.json"));
    expect(Number(costs?.usd)).toBe(expected.codexbar.all.costUSD);
    const paged = await billIn(await imported("cost", ...expected.pagination.files));
    expect(Number(paged?.usd)).toBe(Number(expected.pagination.total_usd));
  });

  it("keep every token, also of a time without prices, of which the amount is not known", async () => {
    const ledger = await imported("usage", "usage_report_messages.codexbar.json");
    const bill = await billIn(ledger);
    const told = bill?.rows.reduce((sum, { tokens }) => sum + Number(tokens), 0);
    expect(told).toBe(expected.codexbar.all.total_tokens);
    expect(bill?.usd).toBeNull();
    expect((await reportOn(ledger)).stdout).toContain("USED unpriced");
  });

  it("name the workspace, the model and the kind of token as the documentation's example tells them", async () => {
    const bill = await billIn(await imported("cost", "cost_report.docs-example.json"));
    // "123.78912" cents.
    expect(bill?.attachFirst).toMatchObject({
      by: "workspace",
      id: "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ",
      usd: "1.2378912",
    });
  });

  it("are refused where they are the usage report of Claude Code, with what to fetch instead, and make no ledger", async () => {
    const file = join(folder, "usage_report_claude_code.json");
    for (const side of ["usage", "cost"]) {
      const ledger = join(emptyFolder(), "ledger");
      const { exitCode, stdout, stderr } = await runCli(["import", `${side}-report`, file, "--ledger", ledger]);
      expect([exitCode, stdout]).toEqual([3, ""]);
      expect(stderr).toContain("usage_report_claude_code.json: it is the Claude Code usage report");
      expect(stderr).toContain("fetch /v1/organizations/usage_report/messages");
      expect(existsSync(ledger)).toBe(false);
    }
  });

  it("are kept beside one that is refused", async () => {
    const ledger = await imported("usage", "usage_report_messages.docs-example.json", "usage_report_claude_code.json");
    expect((await billIn(ledger))?.rows.length).toBeGreaterThan(0);
  });
});
