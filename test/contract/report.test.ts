import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseUsd } from "@farthing/ledger";
import type { ReportDocument } from "../../packages/advisor/src/schemas/report.ts";
import type { SpendDocument } from "../../packages/advisor/src/schemas/spend.ts";
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

  describe("and a commitment", () => {
    /** The totals at contract price, and the ends of the saving's parts, in picodollars. */
    const contractOf = async (...flags: string[]): Promise<NonNullable<ReportDocument["contract"]>> => {
      const text = await farthing("report", "--now", "2026-11-20", "--format", "json", ...flags);
      const { contract } = JSON.parse(text) as ReportDocument;
      if (contract === undefined) throw new Error("no contract");
      return contract;
    };
    const ENDS = ["low", "expected", "high"] as const;

    it("owes all of it for a whole month, and the share of their time of others", async () => {
      await farthing("settings", "set", "monthly-commitment-usd", "310");
      const owed = async (...flags: string[]): Promise<unknown> => (await contractOf(...flags)).commitment;
      expect(await owed("--period", "2026-10")).toEqual({ perMonthUsd: "310", usd: "310" });
      // Ten of the 31 days of October.
      expect(await owed("--period", "2026-10-22..2026-10-31")).toEqual({ perMonthUsd: "310", usd: "100" });
      // These, and 15 of the 30 days of November.
      expect(await owed("--period", "2026-10-22..2026-11-15")).toEqual({ perMonthUsd: "310", usd: "255" });
      // Days to come are not owed for yet: it is the 20th.
      expect(await owed("--period", "2026-10-22..2026-12-31")).toMatchObject({ usd: "306.666666666667" });
      expect(await owed("--where", "source=events")).toEqual({ perMonthUsd: "310", usd: null });
    });

    it("says of several months that the saving is a matter of each, and of unknown costs that nobody can say", async () => {
      await farthing("settings", "set", "monthly-commitment-usd", "1.2");
      const several = ["--period", "2026-09-01..2026-10-31"];
      expect(await contractOf(...several)).toMatchObject({ realisable: null, notRealisable: null });
      const words = async (...flags: string[]): Promise<string> =>
        (await farthing("report", "--now", "2026-11-20", ...flags)).replaceAll(/\s+/g, " ");
      expect(await words(...several)).toContain(
        "realisable is a matter of each month: --period with one month says it.",
      );
      const unknown = join(emptyFolder(), "unknown.ndjson");
      const use = { model: "claude-opus-99", usage: { input_tokens: 1, output_tokens: 1 } };
      writeFileSync(unknown, `${JSON.stringify({ at: "2026-11-05T10:00:00Z", ...use })}\n`);
      const own = join(emptyFolder(), "ledger");
      cpSync(ledger, own, { recursive: true });
      await runCli(["import", "events", unknown, "--ledger", own]);
      const { stdout } = await runCli([
        "report",
        "--period",
        "2026-10..2026-11",
        "--now",
        "2026-11-20",
        "--ledger",
        own,
      ]);
      expect(stdout.replaceAll(/\s+/g, " ")).toContain("At contract price, 14 % below list: at least $1.23");
      expect(stdout.replaceAll(/\s+/g, " ")).toContain("nobody can say what of the saving is realisable");
    });

    it("makes of a saving only what lies above it lower the invoice", async () => {
      await farthing("settings", "set", "monthly-commitment-usd", "1.2");
      const { usd, saving, realisable, notRealisable } = await contractOf("--period", "2026-10");
      const above = parseUsd(usd) - parseUsd("1.2");
      expect(above).toBe(30_454_804_000n);
      for (const end of ENDS) {
        const amount = (range: typeof realisable): bigint => parseUsd(range?.[end] ?? "");
        const whole = amount(saving);
        expect(amount(realisable)).toBe(whole < above ? whole : above);
        expect(amount(realisable) + amount(notRealisable)).toBe(whole);
      }
      expect(parseUsd(notRealisable?.expected ?? "")).toBeGreaterThan(0n);
      const text = await report("text");
      expect(text).toContain(
        "Of your commitment of $1.20 a month, $1.20 is owed for this time whatever is used: $0.03 (",
      );
      expect(text).toContain("of the saving is realisable");
    });

    it("says that no saving is realisable where no more than it was used", async () => {
      await farthing("settings", "set", "monthly-commitment-usd", "5000");
      const { realisable, saving, notRealisable } = await contractOf("--period", "2026-10");
      expect(realisable).toEqual({ low: "0", expected: "0", high: "0" });
      expect(notRealisable).toEqual(saving);
      expect(await report("markdown")).toContain("and no more was used; no saving is realisable below it.");
    });

    it("leaves the saving as it is where that stays above the commitment", async () => {
      await farthing("settings", "set", "monthly-commitment-usd", "0.01");
      const { realisable, saving } = await contractOf("--period", "2026-10");
      expect(realisable).toEqual(saving);
      expect(await report("html")).toContain("the saving is realisable, as it stays above that");
    });

    it("is told in spend too, with the currency that it is paid in", async () => {
      await farthing("settings", "set", "monthly-commitment-usd", "1.2");
      await farthing("settings", "set", "currency", "EUR=0.92");
      expect(await farthing("settings", "get", "currency")).toBe("EUR=0.92\n");
      const spend = JSON.parse(await farthing("spend", "--format", "json", "--period", "2026-10")) as SpendDocument;
      expect(spend.contract).toEqual({
        discountPercent: "14",
        usd: "1.230454804",
        commitment: { perMonthUsd: "1.2", usd: "1.2" },
        // 1.230454804 x 0.92
        currency: { code: "EUR", perUsd: "0.92", amount: "1.13201841968" },
      });
      const text = (await farthing("spend", "--period", "2026-10")).replaceAll(/\s+/g, " ");
      expect(text).toContain("TOTAL $1.43 at API list prices");
      expect(text).toContain("At contract price, 14 % below list: $1.23 (EUR 1.13 at 0.92 per US dollar).");
      expect(text).toContain("$1.20 is owed for this time whatever is used.");
      expect(await report("text")).toContain("$1.23 (EUR 1.13 at 0.92 per US dollar); would have cost less by");
    });

    it("is not applied where not all is paid per token", async () => {
      await farthing("settings", "set", "billing", "subscription");
      const said = "Your discount of 14 % and commitment of $1.20 a month and currency, EUR, are not applied";
      for (const text of [await report("text"), await farthing("spend")]) {
        expect(text.replaceAll(/\s+/g, " ")).toContain(said);
      }
    });
  });
});

it.each(["EUR", "eur=0.92", "EUR=0", "EUR=-1", "EUR=1e3", "EURO=1"])(
  "a currency cannot be set to %s",
  async (value) => {
    const ledger = join(emptyFolder(), "ledger");
    await runCli(["import", "events", OCTOBER, "--ledger", ledger]);
    const { exitCode, stderr } = await runCli(["settings", "set", "currency", value, "--ledger", ledger]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("EUR=0.92");
  },
);
