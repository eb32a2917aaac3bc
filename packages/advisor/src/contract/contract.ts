import {
  billingBasisOf,
  contractPrice,
  divideHalfEven,
  money,
  parseUsd,
  type CurrencySetting,
  type Instant,
  type LedgerSettings,
  type Money,
} from "@farthing/ledger";
import { commitmentOver } from "./commitment.ts";

/** What was agreed on beyond list prices, for some time. */
export interface ContractTerms {
  /** Negotiated discount on list prices in percent, decimal; null where there is none. */
  readonly discountPercent: string | null;
  /** What is owed whatever is used; null where nothing was committed. */
  readonly commitment: Commitment | null;
  /** What the contract's amounts are paid in; null for US dollars. */
  readonly currency: CurrencySetting | null;
  /** Why these terms say nothing about what is paid; null where they do. */
  readonly notApplied: "not-per-token" | null;
}

/** An amount that is owed whatever is used. */
interface Commitment {
  readonly perMonthUsd: Money;
  /** The share of it that is the time's own; null where only some of the account's requests were asked about. */
  readonly usd: Money | null;
  /** How many months the time is a part of, or holds. */
  readonly months: number;
}

/** An estimated amount; low and high enclose it at 80 %. */
interface Range {
  readonly low: Money;
  readonly expected: Money;
  readonly high: Money;
}

/** What usage comes to under a contract. */
export interface ContractPrice {
  readonly terms: ContractTerms;
  /** List price less the discount. */
  readonly usd: Money;
  /** Whether it may be more: some usage has no price, or no recorded end. */
  readonly isAtLeast: boolean;
  /** `usd` in the contract's currency, in 10^-12 of its unit; null for US dollars. */
  readonly converted: bigint | null;
}

/** What of a saving lowers the invoice. */
export interface ContractSaving {
  /** All of it, less the discount. */
  readonly saving: Range;
  /**
   * Null where nothing was committed, where the time is not of one month, by which commitments are owed, and where not all
   * of the account's use is known or asked about.
   */
  readonly split: { readonly realisable: Range; readonly notRealisable: Range } | null;
}

/** What the terms depend on, besides the settings. */
export interface ContractQuestion {
  readonly sources: readonly string[];
  /** How many requests were on the prepaid priority tier. */
  readonly notional: number;
  readonly isWholeAccount: boolean;
  /** As asked for, else from the first day with use until the end of the last one; null where there is no use. */
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly span: { readonly first: Instant; readonly last: Instant } | null;
  readonly now: Instant;
  /** Cuts months. */
  readonly timeZone: string;
}

/** Null where no terms are set: then list prices are what is paid. */
export function contractTerms(settings: LedgerSettings, question: ContractQuestion): ContractTerms | null {
  const { discountPercent, monthlyCommitmentUsd, currency } = settings;
  if (discountPercent === null && monthlyCommitmentUsd === null && currency === null) return null;
  const { sources, notional } = question;
  const isPerToken = billingBasisOf(settings.billing, sources) === "per-token" && notional === 0;
  return {
    discountPercent,
    commitment: monthlyCommitmentUsd === null ? null : commitmentOf(parseUsd(monthlyCommitmentUsd), question),
    currency,
    notApplied: isPerToken ? null : "not-per-token",
  };
}

function commitmentOf(perMonthUsd: Money, question: ContractQuestion): Commitment {
  const { usd, months } = commitmentOver(perMonthUsd, question);
  return { perMonthUsd, usd: question.isWholeAccount ? usd : null, months };
}

/**
 * Null where there are no terms, or these do not make list prices what is paid.
 *
 * @param isAtLeast Whether some usage has no price, or no recorded end.
 */
export function priceUnder(terms: ContractTerms | null, list: Money, isAtLeast: boolean): ContractPrice | null {
  if (terms === null || terms.notApplied !== null) return null;
  const usd = contractPrice(list, terms.discountPercent);
  return { terms, usd, isAtLeast, converted: terms.currency === null ? null : convert(usd, terms.currency) };
}

/** What a saving at list prices comes to. What lies below the commitment is owed all the same. */
export function savingUnder({ terms, usd, isAtLeast }: ContractPrice, saving: Range): ContractSaving {
  const atContract = mapRange(saving, (list) => contractPrice(list, terms.discountPercent));
  const { usd: committed = null, months = 0 } = terms.commitment ?? {};
  if (committed === null || months !== 1 || isAtLeast) return { saving: atContract, split: null };
  const above = usd > committed ? usd - committed : 0n;
  const realisable = mapRange(atContract, (amount) => money(amount > above ? above : amount));
  const notRealisable = mapRange(atContract, (amount) => money(amount > above ? amount - above : 0n));
  return { saving: atContract, split: { realisable, notRealisable } };
}

function mapRange({ low, expected, high }: Range, by: (amount: Money) => Money): Range {
  return { low: by(low), expected: by(expected), high: by(high) };
}

/** Rounded once, half to even, to 10^-12 of the currency's unit. */
function convert(usd: Money, { perUsd }: CurrencySetting): bigint {
  const [whole = "0", fraction = ""] = perUsd.split(".");
  return divideHalfEven(usd * BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}
