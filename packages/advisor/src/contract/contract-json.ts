import { formatUsd, money, type Money } from "@farthing/ledger";
import type { ContractPrice, ContractSaving, ContractTerms } from "./contract.ts";

/** What usage comes to at contract price, as JSON. */
export function contractToJson({ terms, usd, converted }: ContractPrice): object {
  const { discountPercent, currency } = terms;
  return {
    discountPercent,
    usd: formatUsd(usd),
    commitment: commitmentToJson(terms),
    currency: currency === null || converted === null ? null : { ...currency, amount: formatUsd(money(converted)) },
  };
}

/** What of a saving lowers the invoice, as JSON. */
export function contractSavingToJson({ saving, split }: ContractSaving): object {
  return {
    saving: range(saving),
    realisable: split === null ? null : range(split.realisable),
    notRealisable: split === null ? null : range(split.notRealisable),
  };
}

function commitmentToJson({ commitment }: ContractTerms): object | null {
  if (commitment === null) return null;
  const { perMonthUsd, usd } = commitment;
  return { perMonthUsd: formatUsd(perMonthUsd), usd: usd === null ? null : formatUsd(usd) };
}

function range({ low, expected, high }: ContractSaving["saving"]): object {
  const amount = (value: Money): string => formatUsd(value);
  return { low: amount(low), expected: amount(expected), high: amount(high) };
}
