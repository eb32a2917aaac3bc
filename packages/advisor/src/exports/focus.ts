import {
  formatInstant,
  parseUsd,
  shareLeft,
  spanOf,
  type Adjustment,
  type ChargeChange,
  type ClosedCharges,
  type ClosedSpan,
  type CostDriverRow,
  type Instant,
  type PeriodClosed,
} from "@farthing/ledger";
import { adjustmentWords } from "../report/adjustment-words.ts";
import { nextOpenPeriod, openPeriodAt } from "./billing-periods.ts";
import { decimalText } from "./decimal.ts";
import { chargesOf, SEARCH_METER, type Charge } from "./focus-charges.ts";
import { focusColumns, type FocusRow } from "./focus-columns.ts";
import { sellerFor, type Platform } from "./focus-sellers.ts";
import type { Column } from "./table.ts";

export interface FocusTerms {
  readonly billingAccount: string;
  /** Of list prices, in percent; null where there is none. */
  readonly discountPercent: string | null;
  /** Where requests were sent whose model ids do not say. */
  readonly platform: Platform;
}

/** Costs within a stretch of time that closings do not cover. */
export interface OpenCosts {
  readonly closing: null;
  /** When the closing before it ends; null where there is none. */
  readonly since: Instant | null;
  readonly rows: readonly CostDriverRow[];
}

/** Costs of a closed period, or of a part of it. */
export interface ClosedCosts {
  readonly closing: PeriodClosed;
  readonly charges: ClosedCharges;
  /** Whether these are all costs of the period, so that they can be held against its figure. */
  readonly isWhole: boolean;
}

/** The costs of a ledger, cut where its closings begin and end. */
export interface FocusCosts {
  readonly parts: readonly (OpenCosts | ClosedCosts)[];
  /** All periods that are closed, whether or not their costs are asked for. */
  readonly closed: readonly ClosedSpan[];
}

/** Decimals of an amount in picodollars. */
const USD_DECIMALS = 12;

const DAY_MS = 86_400_000;

/** The columns of `focusRows`. */
export function focusTable({ discountPercent }: FocusTerms): readonly Column<FocusRow>[] {
  return focusColumns(USD_DECIMALS + shareLeft(discountPercent).decimals);
}

/**
 * Costs as rows of FOCUS. The list costs of all rows come to the total of the priced requests, exactly; of a closed period,
 * those whose class is null come to the closed figure, and the corrections to what changed it since.
 *
 * It is an estimate from list prices and a discount, and no invoice: invoice ids are null. A closed month is taken for one
 * that was invoiced.
 *
 * Tokens of the priority tier are paid for as capacity, ahead: their billed cost is 0, because it leaves out what prepaid
 * purchases amortise to. That amortised cost, `EffectiveCost`, may not be null and is not known, since the ledger does not hold
 * what the capacity cost; it is given at contracted token prices, and marked by the pricing category `Other`.
 */
export function focusRows({ parts, closed }: FocusCosts, terms: FocusTerms): readonly FocusRow[] {
  return parts.flatMap((part) =>
    part.closing === null ? openRows(part, closed, terms) : closedRows(part, closed, terms),
  );
}

/** Where a charge belongs, and how it is told. */
interface Place {
  readonly billing: ClosedSpan;
  /** What a day is cut to. */
  readonly within: ClosedSpan;
  readonly chargeClass: FocusRow["ChargeClass"];
  /** What else there is to say of it; empty for nothing. */
  readonly words: string;
}

function openRows({ rows, since }: OpenCosts, closed: readonly ClosedSpan[], terms: FocusTerms): readonly FocusRow[] {
  return chargesOf(rows).map((charge) => {
    const [start] = daySpan(charge.day);
    const billing = openPeriodAt(Math.max(start, since ?? start), closed);
    return usageRow(charge, { billing, within: billing, chargeClass: null, words: "" }, terms);
  });
}

function closedRows(
  { closing, charges, isWhole }: ClosedCosts,
  closed: readonly ClosedSpan[],
  terms: FocusTerms,
): readonly FocusRow[] {
  const { asClosed, changes, now, isSameBook } = charges;
  const span = spanOf(closing);
  const original: Place = { billing: span, within: span, chargeClass: null, words: "" };
  const since = (change: Pick<ChargeChange, "kind" | "source" | "reason">): Place => ({
    billing: nextOpenPeriod(span, closed),
    within: span,
    chargeClass: "Correction",
    words: `; correction of ${dayText(span.from)} to ${dayText(span.until)}: ${adjustmentWords({ ...change, requests: null })}`,
  });
  const asOfChange = (kind: Adjustment["kind"]): Place => since({ kind, source: null, reason: null });
  const told = chargesOf(asClosed ?? now.rows);
  const listed = told.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0n);
  const untold = isWhole ? parseUsd(closing.usd) - listed : 0n;
  const ofUntold = asClosed === null ? "detail-pruned" : isSameBook ? "unexplained" : "re-rated";
  const [befores, afters] = [changes.flatMap(({ before }) => before), changes.flatMap(({ after }) => after)];
  const unexplained = asClosed === null ? [] : chargesOf([...now.rows, ...befores], [...asClosed, ...afters]);
  return [
    ...told.map((charge) => usageRow(charge, original, terms)),
    ...adjustmentRow(untold, original, terms),
    ...changes.flatMap((change) =>
      chargesOf(change.after, change.before).map((charge) => usageRow(charge, since(change), terms)),
    ),
    ...unexplained.map((charge) => usageRow(charge, asOfChange("unexplained"), terms)),
    ...adjustmentRow(-untold, asOfChange(ofUntold), terms),
  ];
}

function usageRow(charge: Charge, { billing, within, chargeClass, words }: Place, terms: FocusTerms): FocusRow {
  const { day, service, platform, model, tier, meter, unit, unitPrice, quantity } = charge;
  const { listed, contracted } = priced(terms);
  const cost = contracted(unitPrice * quantity);
  const [start, end] = daySpan(day);
  const isPrepaid = tier.split("+").includes("priority") && meter !== SEARCH_METER;
  const sku = `${platform === "anthropic" ? "" : `${platform}/`}${model}/${meter}`;
  const price = `${decimalText(unitPrice * 1_000_000n, USD_DECIMALS)} USD list per 1,000,000`;
  const prepaid = isPrepaid ? "; prepaid capacity, whose own cost is not known" : "";
  return {
    ...sharedBy(terms),
    BilledCost: isPrepaid ? 0n : cost,
    BillingPeriodEnd: billing.until,
    BillingPeriodStart: billing.from,
    ChargeCategory: "Usage",
    ChargeClass: chargeClass,
    ChargeDescription: `${model}, ${tier}: ${meter} at ${price}; an estimate${prepaid}${words}`,
    ChargeFrequency: "Usage-Based",
    ChargePeriodEnd: Math.min(end, within.until),
    ChargePeriodStart: Math.max(start, within.from),
    ConsumedQuantity: quantity,
    ConsumedUnit: unit,
    ContractedCost: cost,
    ContractedUnitPrice: contracted(unitPrice),
    EffectiveCost: cost,
    ListCost: listed(unitPrice * quantity),
    ListUnitPrice: listed(unitPrice),
    PricingCategory: isPrepaid ? "Other" : "Standard",
    PricingQuantity: quantity,
    PricingUnit: unit,
    ...sellerFor(platform, terms.platform),
    SkuId: sku,
    SkuMeter: meter,
    SkuPriceId: `${sku}/${tier}/${decimalText(unitPrice, USD_DECIMALS)}`,
    SubAccountId: service,
    SubAccountName: service,
    x_Model: model,
    x_Tier: tier,
  };
}

/** An amount of a period of which no more is known; none for 0. */
function adjustmentRow(usd: bigint, { billing, within, chargeClass, words }: Place, terms: FocusTerms): FocusRow[] {
  if (usd === 0n) return [];
  const { listed, contracted } = priced(terms);
  const cost = contracted(usd);
  return [
    {
      ...sharedBy(terms),
      BilledCost: cost,
      BillingPeriodEnd: billing.until,
      BillingPeriodStart: billing.from,
      ChargeCategory: "Adjustment",
      ChargeClass: chargeClass,
      ChargeDescription: `The closed figure less the usage that is still told of it; an estimate${words}`,
      ChargeFrequency: "One-Time",
      ChargePeriodEnd: within.until,
      ChargePeriodStart: within.from,
      ConsumedQuantity: null,
      ConsumedUnit: null,
      ContractedCost: cost,
      ContractedUnitPrice: null,
      EffectiveCost: cost,
      ListCost: listed(usd),
      ListUnitPrice: null,
      PricingCategory: null,
      PricingQuantity: null,
      PricingUnit: null,
      ...sellerFor("anthropic", terms.platform),
      SkuId: null,
      SkuMeter: null,
      SkuPriceId: null,
      SubAccountId: null,
      SubAccountName: null,
      x_Model: null,
      x_Tier: null,
    },
  ];
}

function sharedBy({ billingAccount }: FocusTerms) {
  return {
    BillingAccountId: billingAccount,
    BillingAccountName: null,
    BillingCurrency: "USD",
    InvoiceId: null,
    ServiceCategory: "AI and Machine Learning",
    ServiceSubcategory: "Generative AI",
  } as const;
}

/** Picodollars at list price and less the discount, in units that hold both exactly. */
function priced({ discountPercent }: FocusTerms): Readonly<Record<"listed" | "contracted", (usd: bigint) => bigint>> {
  const { left, decimals } = shareLeft(discountPercent);
  return { listed: (usd) => usd * 10n ** BigInt(decimals), contracted: (usd) => usd * left };
}

function daySpan(day: string): readonly [start: Instant, end: Instant] {
  const start = Date.parse(`${day}T00:00:00Z`);
  return [start, start + DAY_MS];
}

function dayText(at: Instant): string {
  return formatInstant(at).replace(/T00:00:00\.000Z$/, "");
}
