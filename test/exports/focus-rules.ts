import { unitsOf, type FocusRecord } from "./focus-file.ts";

/** A requirement of FOCUS 1.2 on rows. */
export interface FocusRule {
  /** Where the specification's repository has it, below `specification/`. */
  readonly source: string;
  readonly fact: string;
  readonly holds: (row: FocusRecord) => boolean;
  /** What a row that is sound would have to say to break it. */
  readonly broken: FocusRecord;
}

const NUMERIC = /^-?\d+(?:\.\d+)?$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

const isCorrection = (row: FocusRecord): boolean => row["ChargeClass"] === "Correction";
const isUsage = (row: FocusRecord): boolean => row["ChargeCategory"] === "Usage";
const isRegularUsage = (row: FocusRecord): boolean => isUsage(row) && !isCorrection(row);
const isNumeric = (value: string | null | undefined): boolean => NUMERIC.test(value ?? "");

/** Columns that hold a text and are never null. */
const TEXTS: Readonly<Record<string, string>> = {
  BillingAccountId: "billingaccountid",
  ChargeDescription: "chargedescription",
  InvoiceIssuerName: "invoiceissuer",
  ProviderName: "provider",
  PublisherName: "publisher",
  ServiceName: "servicename",
};

/** Columns that hold one of a few values; null stands for none. */
const CHOICES: Readonly<Record<string, readonly (string | null)[]>> = {
  BillingCurrency: ["USD"],
  ChargeCategory: ["Usage", "Purchase", "Tax", "Credit", "Adjustment"],
  ChargeClass: ["Correction", null],
  ChargeFrequency: ["One-Time", "Recurring", "Usage-Based"],
  PricingCategory: ["Standard", "Dynamic", "Committed", "Other", null],
  ServiceCategory: ["AI and Machine Learning"],
  ServiceSubcategory: ["Generative AI"],
};

const COSTS = ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"] as const;
const PRICES = ["ContractedUnitPrice", "ListUnitPrice"] as const;
const DATES = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"] as const;

const inColumn = (name: string): string => `columns/${name.toLowerCase()}.md`;

export const FOCUS_RULES: readonly FocusRule[] = [
  ...Object.entries(TEXTS).map(([name, file]) => ({
    source: `columns/${file}.md`,
    fact: `${name} is never null`,
    holds: (row: FocusRecord) => typeof row[name] === "string" && row[name] !== "",
    broken: { [name]: null },
  })),
  ...Object.entries(CHOICES).map(([name, allowed]) => ({
    source: inColumn(name),
    fact: `${name} is one of the allowed values`,
    holds: (row: FocusRecord) => allowed.includes(row[name] ?? null),
    broken: { [name]: "anything" },
  })),
  ...COSTS.map((name) => ({
    source: inColumn(name),
    fact: `${name} is a decimal and never null`,
    holds: (row: FocusRecord) => isNumeric(row[name]),
    broken: { [name]: null },
  })),
  ...COSTS.map((name) => ({
    source: "attributes/numeric_format.md",
    fact: `${name} has no exponent, sign of a positive value or separator`,
    holds: (row: FocusRecord) => isNumeric(row[name]),
    broken: { [name]: "+1e-7" },
  })),
  ...PRICES.flatMap((name) => [
    {
      source: inColumn(name),
      fact: `${name} is not null for usage that is no correction, and not negative`,
      holds: (row: FocusRecord) =>
        row[name] === null ? !isRegularUsage(row) : isNumeric(row[name]) && !row[name]?.startsWith("-"),
      broken: { [name]: "-1" },
    },
    {
      source: inColumn(name),
      fact: `${name} times PricingQuantity is the cost, but for corrections`,
      holds: (row: FocusRecord) => {
        const [price, quantity, cost] = [row[name], row["PricingQuantity"], row[name.replace("UnitPrice", "Cost")]];
        if (isCorrection(row) || price === null || price === undefined || typeof quantity !== "string") return true;
        return unitsOf(price) * BigInt(quantity) === unitsOf(cost ?? "0");
      },
      broken: { [name]: "12345" },
    },
  ]),
  ...DATES.map((name) => ({
    source: "attributes/datetime_format.md",
    fact: `${name} is a time in UTC`,
    holds: (row: FocusRecord) => DATE_TIME.test(row[name] ?? ""),
    broken: { [name]: "2026-10-01T00:00:00.000+02:00" },
  })),
  {
    source: "columns/chargeperiodend.md",
    fact: "a charge period ends after it starts",
    holds: (row) => (row["ChargePeriodStart"] ?? "") < (row["ChargePeriodEnd"] ?? ""),
    broken: { ChargePeriodEnd: "2000-01-01T00:00:00Z" },
  },
  {
    source: "columns/billingperiodend.md",
    fact: "a billing period ends after it starts",
    holds: (row) => (row["BillingPeriodStart"] ?? "") < (row["BillingPeriodEnd"] ?? ""),
    broken: { BillingPeriodEnd: "2000-01-01T00:00:00Z" },
  },
  {
    source: "columns/chargeclass.md",
    fact: "a correction is of a billing period before its own; every other charge is of its own",
    holds: (row) =>
      isCorrection(row)
        ? (row["ChargePeriodEnd"] ?? "") <= (row["BillingPeriodStart"] ?? "")
        : (row["ChargePeriodStart"] ?? "") >= (row["BillingPeriodStart"] ?? "") &&
          (row["ChargePeriodEnd"] ?? "") <= (row["BillingPeriodEnd"] ?? ""),
    broken: { ChargePeriodEnd: "2100-01-01T00:00:00Z" },
  },
  {
    source: "columns/chargefrequency.md",
    fact: "usage is charged as it is used, and nothing else is",
    holds: (row) => isUsage(row) === (row["ChargeFrequency"] === "Usage-Based"),
    broken: { ChargeFrequency: "Recurring" },
  },
  {
    source: "columns/pricingquantity.md",
    fact: "PricingQuantity is a decimal, and not null for usage that is no correction",
    holds: (row) => (row["PricingQuantity"] === null ? !isRegularUsage(row) : isNumeric(row["PricingQuantity"])),
    broken: { PricingQuantity: "1,000" },
  },
  {
    source: "columns/pricingunit.md",
    fact: "PricingUnit is null exactly where PricingQuantity is",
    holds: (row) => (row["PricingUnit"] === null) === (row["PricingQuantity"] === null),
    broken: { PricingUnit: null },
  },
  {
    source: "columns/pricingcategory.md",
    fact: "PricingCategory is not null for usage that is no correction",
    holds: (row) => row["PricingCategory"] !== null || !isRegularUsage(row),
    broken: { PricingCategory: null },
  },
  {
    source: "columns/consumedquantity.md",
    fact: "ConsumedQuantity is positive for usage that is no correction",
    holds: (row) =>
      !isRegularUsage(row) || (isNumeric(row["ConsumedQuantity"]) && BigInt(row["ConsumedQuantity"] ?? 0) > 0n),
    broken: { ConsumedQuantity: "0" },
  },
  {
    source: "columns/consumedunit.md",
    fact: "ConsumedUnit is null exactly where ConsumedQuantity is",
    holds: (row) => (row["ConsumedUnit"] === null) === (row["ConsumedQuantity"] === null),
    broken: { ConsumedUnit: null },
  },
  {
    source: "columns/skupriceid.md",
    fact: "a charge with a SkuPriceId has a SkuId",
    holds: (row) => row["SkuPriceId"] === null || row["SkuId"] !== null,
    broken: { SkuId: null },
  },
  {
    source: "columns/subaccountname.md",
    fact: "SubAccountName is null exactly where SubAccountId is",
    holds: (row) => (row["SubAccountId"] === null) === (row["SubAccountName"] === null),
    broken: { SubAccountId: null, SubAccountName: "shop" },
  },
  {
    source: "columns/billedcost.md",
    fact: "usage that was prepaid is billed at 0, and all other usage at its contracted price",
    holds: (row) =>
      unitsOf(row["BilledCost"] ?? "0") ===
      (row["PricingCategory"] === "Other" ? 0n : unitsOf(row["ContractedCost"] ?? "0")),
    broken: { BilledCost: "98765" },
  },
  {
    source: "attributes/null_handling.md",
    fact: "nothing is said by words that stand for nothing",
    holds: (row) =>
      Object.values(row).every((value) => value === null || !/^(?:null|none|n\/a|not specified)?$/i.test(value)),
    broken: { SkuMeter: "N/A" },
  },
];

/** Columns that every data set must have: those of feature level "Mandatory" in `columns/*.md`. */
export const MANDATORY: string[] = [
  "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory",
  "ChargeClass,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost",
  "PricingQuantity,PricingUnit,ProviderName,PublisherName,ServiceCategory,ServiceName",
].flatMap((names) => names.split(","));

/** What rows break, each rule once. */
export function brokenRules(rows: readonly FocusRecord[]): readonly string[] {
  return FOCUS_RULES.filter(({ holds }) => !rows.every(holds)).map(({ source, fact }) => `${source}: ${fact}`);
}
