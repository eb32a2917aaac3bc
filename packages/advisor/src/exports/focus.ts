import { shareLeft, TOKEN_BUCKETS, type CostDriverRow, type GroupKey, type TokenBucket } from "@farthing/ledger";

/** What costs are grouped by; days are those of UTC, as FOCUS has them. */
export const FOCUS_BY: readonly GroupKey[] = ["day", "service"];

/** The columns, standard ones first: FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2/ */
export const FOCUS_COLUMNS = [
  "BilledCost",
  "BillingAccountId",
  "BillingAccountName",
  "BillingCurrency",
  "BillingPeriodEnd",
  "BillingPeriodStart",
  "ChargeCategory",
  "ChargeClass",
  "ChargeDescription",
  "ChargeFrequency",
  "ChargePeriodEnd",
  "ChargePeriodStart",
  "ConsumedQuantity",
  "ConsumedUnit",
  "ContractedCost",
  "ContractedUnitPrice",
  "EffectiveCost",
  "InvoiceId",
  "InvoiceIssuerName",
  "ListCost",
  "ListUnitPrice",
  "PricingCategory",
  "PricingQuantity",
  "PricingUnit",
  "ProviderName",
  "PublisherName",
  "ServiceCategory",
  "ServiceName",
  "ServiceSubcategory",
  "SkuId",
  "SkuMeter",
  "SkuPriceId",
  "SubAccountId",
  "SubAccountName",
  "x_Model",
  "x_Tier",
] as const;

export type FocusRow = Readonly<Record<(typeof FOCUS_COLUMNS)[number], string | null>>;

export interface FocusTerms {
  readonly billingAccount: string;
  /** Of list prices, in percent; null where there is none. */
  readonly discountPercent: string | null;
}

/** Usage of one day, service, model, tier and meter at one price. */
interface Charge {
  readonly day: string;
  readonly service: string | null;
  readonly model: string;
  readonly tier: string;
  readonly meter: string;
  readonly unit: string;
  /** In picodollars. */
  readonly unitPrice: bigint;
  readonly quantity: bigint;
}

const METERS: Readonly<Record<TokenBucket, string>> = {
  uncachedInput: "Input Tokens",
  cacheWrite5m: "Cache Write Tokens, 5 Minutes",
  cacheWrite1h: "Cache Write Tokens, 1 Hour",
  cacheRead: "Cache Read Tokens",
  output: "Output Tokens",
};

/** $10 per 1,000 searches, in picodollars each. */
const SEARCH_PRICE = 10_000_000_000n;

/** Decimals of an amount in picodollars. */
const USD_DECIMALS = 12;

/**
 * Costs as rows of FOCUS. Their list costs come to the total of the priced requests, exactly.
 *
 * It is an estimate from list prices and a discount, and no invoice: invoice ids are null, and so is the class of a charge,
 * because nothing corrects a period that was invoiced.
 */
export function focusRows(rows: readonly CostDriverRow[], terms: FocusTerms): readonly FocusRow[] {
  const charges = new Map<string, Charge>();
  for (const charge of rows.flatMap(chargesOf)) {
    const { day, service, model, tier, meter, unitPrice } = charge;
    const key = JSON.stringify([day, service, model, tier, meter, String(unitPrice)]);
    const held = charges.get(key);
    charges.set(key, { ...charge, quantity: charge.quantity + (held?.quantity ?? 0n) });
  }
  return [...charges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, charge]) => focusRow(charge, terms));
}

function chargesOf({ group, model, tier, tokens, rates, searchesUsd }: CostDriverRow): readonly Charge[] {
  const [day = null, service = null] = group;
  if (day === null) throw new TypeError("costs are to be grouped by day");
  const shared = { day, service, model, tier };
  const ofTokens = TOKEN_BUCKETS.flatMap((bucket) => {
    const unitPrice = rates[bucket];
    const quantity = tokens[bucket];
    if (quantity === 0n || unitPrice === null) return [];
    return [{ ...shared, meter: METERS[bucket], unit: "Tokens", unitPrice, quantity }];
  });
  if (searchesUsd === 0n) return ofTokens;
  const quantity = searchesUsd / SEARCH_PRICE;
  return [...ofTokens, { ...shared, meter: "Web Searches", unit: "Requests", unitPrice: SEARCH_PRICE, quantity }];
}

function focusRow(charge: Charge, { billingAccount, discountPercent }: FocusTerms): FocusRow {
  const { day, service, model, tier, meter, unit, unitPrice, quantity } = charge;
  const kept = shareLeft(discountPercent);
  const contracted = (picodollars: bigint): string => decimal(picodollars * kept.left, USD_DECIMALS + kept.decimals);
  const cost = contracted(unitPrice * quantity);
  const start = new Date(`${day}T00:00:00Z`);
  const month = [start.getUTCFullYear(), start.getUTCMonth()] as const;
  return {
    BilledCost: cost,
    BillingAccountId: billingAccount,
    BillingAccountName: null,
    BillingCurrency: "USD",
    BillingPeriodEnd: instant(Date.UTC(month[0], month[1] + 1, 1)),
    BillingPeriodStart: instant(Date.UTC(month[0], month[1], 1)),
    ChargeCategory: "Usage",
    ChargeClass: null,
    ChargeDescription: `${model}, ${tier}: ${meter} at ${decimal(unitPrice * 1_000_000n, USD_DECIMALS)} USD list per 1,000,000; an estimate`,
    ChargeFrequency: "Usage-Based",
    ChargePeriodEnd: instant(start.getTime() + 86_400_000),
    ChargePeriodStart: instant(start.getTime()),
    ConsumedQuantity: String(quantity),
    ConsumedUnit: unit,
    ContractedCost: cost,
    ContractedUnitPrice: contracted(unitPrice),
    EffectiveCost: cost,
    InvoiceId: null,
    InvoiceIssuerName: "Anthropic",
    ListCost: decimal(unitPrice * quantity, USD_DECIMALS),
    ListUnitPrice: decimal(unitPrice, USD_DECIMALS),
    // The priority tier is prepaid: its list price is what it would have cost.
    PricingCategory: tier.includes("priority") ? "Other" : "Standard",
    PricingQuantity: String(quantity),
    PricingUnit: unit,
    ProviderName: "Anthropic",
    PublisherName: "Anthropic",
    ServiceCategory: "AI and Machine Learning",
    ServiceName: "Claude API",
    ServiceSubcategory: "Generative AI",
    SkuId: `${model}/${meter}`,
    SkuMeter: meter,
    SkuPriceId: `${model}/${meter}/${tier}/${decimal(unitPrice, USD_DECIMALS)}`,
    SubAccountId: service,
    SubAccountName: service,
    x_Model: model,
    x_Tier: tier,
  };
}

function decimal(digits: bigint, decimals: number): string {
  const text = String(digits).padStart(decimals + 1, "0");
  const fraction = text.slice(-decimals).replace(/0+$/, "");
  const whole = text.slice(0, -decimals);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** A time as FOCUS has it. */
function instant(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}
