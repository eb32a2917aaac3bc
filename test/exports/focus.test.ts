import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";
import { MANDATORY } from "./focus-rules.ts";
import { aLedgerToExport, readCsv, sumOf, TOTAL_USD } from "./exported.ts";

type Row = Readonly<Record<string, string>>;

/** Those that may be empty, for usage that corrects nothing. */
const NULLABLE = ["BillingAccountName", "ChargeClass", "InvoiceId", "SubAccountId", "SubAccountName"];

const NUMERIC = /^-?\d+(?:\.\d+)?(?:E-?\d+)?$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

describe("an export in FOCUS 1.2", () => {
  let rows: readonly Row[];
  let header: readonly string[];
  let result: CliResult;

  beforeAll(async () => {
    const cwd = emptyFolder();
    const ledger = await aLedgerToExport();
    await runCli(["settings", "set", "discount-percent", "12.5", "--ledger", ledger]);
    result = await runCli(["export", "focus", "--ledger", ledger, "--output", "focus.csv"], { cwd });
    const [names = [], ...records] = readCsv(readFileSync(join(cwd, "focus.csv"), "utf8"));
    header = names;
    rows = records.map((record) => Object.fromEntries(names.map((name, index) => [name, record[index] ?? "missing"])));
  });

  it("has every mandatory column once, custom ones last", () => {
    expect(header).toEqual(expect.arrayContaining(MANDATORY));
    expect(new Set(header).size).toBe(header.length);
    const firstCustom = header.findIndex((name) => name.startsWith("x_"));
    expect(header.slice(firstCustom).every((name) => name.startsWith("x_"))).toBe(true);
  });

  it("leaves empty only what may be", () => {
    const empty = rows.flatMap((row) => header.filter((name) => row[name] === ""));
    expect([...new Set(empty)].filter((name) => !NULLABLE.includes(name))).toEqual([]);
  });

  it("writes numbers, times and names as the specification has them", () => {
    for (const row of rows) {
      for (const [name, value] of Object.entries(row)) {
        if (/(?:Cost|Price|Quantity)$/.test(name))
          expect([name, value]).toEqual([name, expect.stringMatching(NUMERIC)]);
        if (/Period(?:Start|End)$/.test(name)) expect([name, value]).toEqual([name, expect.stringMatching(DATE_TIME)]);
      }
      expect(row).toMatchObject({
        BillingCurrency: "USD",
        ChargeCategory: "Usage",
        ChargeClass: "",
        ChargeFrequency: "Usage-Based",
        InvoiceId: "",
        ServiceCategory: "AI and Machine Learning",
        ServiceSubcategory: "Generative AI",
      });
      expect(["Standard", "Other"]).toContain(row["PricingCategory"]);
    }
  });

  it("charges each day within its month, both of UTC", () => {
    const periods = rows.map((row) => [
      row["BillingPeriodStart"],
      row["ChargePeriodStart"],
      row["ChargePeriodEnd"],
      row["BillingPeriodEnd"],
    ]);
    const [october, november] = ["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"];
    expect([...new Set(periods.map(String))]).toEqual([
      String([october, october, "2026-10-02T00:00:00Z", november]),
      String([october, "2026-10-31T00:00:00Z", november, november]),
      String([november, november, "2026-11-02T00:00:00Z", "2026-12-01T00:00:00Z"]),
    ]);
  });

  it("has one row for each day, service, model, tier and meter, priced by its quantity", () => {
    const keys = rows.map((row) =>
      ["ChargePeriodStart", "SubAccountId", "SkuPriceId"].map((name) => row[name]).join("|"),
    );
    expect([new Set(keys).size, keys.length]).toEqual([18, 18]);
    for (const row of rows) {
      const quantity = BigInt(row["PricingQuantity"] ?? "");
      expect(sumOf([row["ListCost"] ?? ""])).toBe(timesOf(row["ListUnitPrice"] ?? "", quantity));
      expect(sumOf([row["ContractedCost"] ?? ""])).toBe(timesOf(row["ContractedUnitPrice"] ?? "", quantity));
    }
  });

  it("comes to the spend at list prices, and to what a discount leaves of it", () => {
    expect(sumOf(rows.map((row) => row["ListCost"] ?? ""))).toBe(TOTAL_USD);
    for (const name of ["ContractedCost", "EffectiveCost"]) {
      expect(timesOf(sumOf(rows.map((row) => row[name] ?? "")), 1_000n)).toBe(timesOf(TOTAL_USD, 875n));
    }
  });

  it("bills nothing for tokens of the priority tier, whose own cost is not known, which it says", () => {
    const prepaid = rows.filter((row) => row["x_Tier"] === "priority");
    const ofTokens = prepaid.filter((row) => row["SkuMeter"] !== "Web Searches");
    expect(ofTokens).toHaveLength(5);
    for (const row of ofTokens) {
      expect(row).toMatchObject({ BilledCost: "0", PricingCategory: "Other", EffectiveCost: row["ContractedCost"] });
      expect(row["ChargeDescription"]).toContain("; prepaid capacity, whose own cost is not known");
    }
    // Three searches at a cent, less an eighth.
    expect(prepaid.filter((row) => !ofTokens.includes(row))).toMatchObject([
      { BilledCost: "0.02625", PricingCategory: "Standard", SkuMeter: "Web Searches" },
    ]);
    expect(result.stderr).toContain("EffectiveCost of 1 response at the priority tier is at token prices");
    const billed = timesOf(sumOf(rows.map((row) => row["BilledCost"] ?? "")), 1_000n);
    const listed = sumOf(rows.filter((row) => !ofTokens.includes(row)).map((row) => row["ListCost"] ?? ""));
    expect(billed).toBe(timesOf(listed, 875n));
  });

  it("says what it leaves out, and takes no zone but UTC", async () => {
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("an estimate, not an invoice") });
    expect(result.stderr).toContain("left out, because FOCUS allows no unknown cost: 1 response without a price");
    const refused = await runCli(["export", "focus", "--tz", "Europe/Berlin", "--output", "x.csv"]);
    expect(refused.exitCode).toBe(2);
  });
});

function timesOf(amount: string, count: bigint): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  const digits = String(BigInt(whole + fraction) * count).padStart(fraction.length + 1, "0");
  const place = digits.length - fraction.length;
  return sumOf([`${digits.slice(0, place)}.${digits.slice(place)}`]);
}
