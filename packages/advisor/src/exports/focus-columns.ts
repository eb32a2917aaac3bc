import type { Instant } from "@farthing/ledger";
import type { Column, ColumnType } from "./table.ts";

/**
 * A row of FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2/, custom columns last.
 *
 * Costs and prices are in units of the last decimal that all of them share: see `focusColumns`.
 */
export interface FocusRow {
  readonly BilledCost: bigint;
  readonly BillingAccountId: string;
  readonly BillingAccountName: null;
  readonly BillingCurrency: "USD";
  readonly BillingPeriodEnd: Instant;
  readonly BillingPeriodStart: Instant;
  readonly ChargeCategory: "Usage" | "Adjustment";
  readonly ChargeClass: "Correction" | null;
  readonly ChargeDescription: string;
  readonly ChargeFrequency: "Usage-Based" | "One-Time";
  readonly ChargePeriodEnd: Instant;
  readonly ChargePeriodStart: Instant;
  readonly ConsumedQuantity: bigint | null;
  readonly ConsumedUnit: string | null;
  readonly ContractedCost: bigint;
  readonly ContractedUnitPrice: bigint | null;
  readonly EffectiveCost: bigint;
  readonly InvoiceId: null;
  readonly InvoiceIssuerName: string;
  readonly ListCost: bigint;
  readonly ListUnitPrice: bigint | null;
  readonly PricingCategory: "Standard" | "Other" | null;
  readonly PricingQuantity: bigint | null;
  readonly PricingUnit: string | null;
  readonly ProviderName: string;
  readonly PublisherName: string;
  readonly ServiceCategory: "AI and Machine Learning";
  readonly ServiceName: string;
  readonly ServiceSubcategory: "Generative AI";
  readonly SkuId: string | null;
  readonly SkuMeter: string | null;
  readonly SkuPriceId: string | null;
  readonly SubAccountId: string | null;
  readonly SubAccountName: string | null;
  readonly x_Model: string | null;
  readonly x_Tier: string | null;
}

const KINDS = {
  BilledCost: "money",
  BillingAccountId: "text",
  BillingAccountName: "text",
  BillingCurrency: "text",
  BillingPeriodEnd: "second",
  BillingPeriodStart: "second",
  ChargeCategory: "text",
  ChargeClass: "text",
  ChargeDescription: "text",
  ChargeFrequency: "text",
  ChargePeriodEnd: "second",
  ChargePeriodStart: "second",
  ConsumedQuantity: "quantity",
  ConsumedUnit: "text",
  ContractedCost: "money",
  ContractedUnitPrice: "money",
  EffectiveCost: "money",
  InvoiceId: "text",
  InvoiceIssuerName: "text",
  ListCost: "money",
  ListUnitPrice: "money",
  PricingCategory: "text",
  PricingQuantity: "quantity",
  PricingUnit: "text",
  ProviderName: "text",
  PublisherName: "text",
  ServiceCategory: "text",
  ServiceName: "text",
  ServiceSubcategory: "text",
  SkuId: "text",
  SkuMeter: "text",
  SkuPriceId: "text",
  SubAccountId: "text",
  SubAccountName: "text",
  x_Model: "text",
  x_Tier: "text",
} as const satisfies Record<keyof FocusRow, "text" | "second" | "quantity" | "money">;

/** The columns of a table whose costs and prices have so many decimals. */
export function focusColumns(moneyDecimals: number): readonly Column<FocusRow>[] {
  const names = Object.keys(KINDS) as (keyof FocusRow)[];
  return names.map((name) => ({ name, type: typeOf(KINDS[name], moneyDecimals), value: (row) => row[name] }));
}

function typeOf(kind: (typeof KINDS)[keyof FocusRow], moneyDecimals: number): ColumnType {
  if (kind === "money") return { decimals: moneyDecimals };
  return kind === "quantity" ? { decimals: 0 } : kind;
}
