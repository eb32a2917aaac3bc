import { displayUsd, divideHalfEven, type CurrencySetting, type Money } from "@farthing/ledger";
import type { ContractPrice, ContractSaving, ContractTerms } from "./contract.ts";

/** A saving, and how its ranges are said. */
export interface SaidSaving {
  readonly of: ContractSaving;
  readonly words: RangeWords;
}

/** An amount with its range, for people. */
type RangeWords = (range: { readonly low: Money; readonly expected: Money; readonly high: Money }) => string;

/** What usage comes to at contract price, and what of a saving is realisable; one sentence each. */
export function contractSentences(price: ContractPrice, saving: SaidSaving | null): readonly string[] {
  const { terms, usd, converted, isAtLeast } = price;
  const below = terms.discountPercent === null ? "" : `, ${terms.discountPercent} % below list`;
  const atLeast = isAtLeast ? "at least " : "";
  const other = terms.currency === null || converted === null ? "" : ` (${currencyWords(converted, terms.currency)})`;
  const less = saving === null ? "" : `; would have cost less by ${saving.words(saving.of.saving)}`;
  return [
    `At contract price${below}: ${atLeast}${displayUsd(usd)}${other}${less}.`,
    ...commitmentSentences(price, saving),
  ];
}

/** That the terms are set and say nothing about what is paid. */
export function notAppliedSentence({ discountPercent, commitment, currency }: ContractTerms): string {
  const terms = [
    discountPercent === null ? null : `discount of ${discountPercent} %`,
    commitment === null ? null : `commitment of ${displayUsd(commitment.perMonthUsd)} a month`,
    currency === null ? null : `currency, ${currency.code},`,
  ].filter((term) => term !== null);
  const [is, it] = terms.length > 1 ? ["are", "they are"] : ["is", "it is"];
  const where = "Where it is: farthing settings set billing per-token.";
  return `Your ${terms.join(" and ")} ${is} not applied: ${it} only where all is paid per token. ${where}`;
}

function commitmentSentences(
  { terms: { commitment }, usd, isAtLeast }: ContractPrice,
  saving: SaidSaving | null,
): readonly string[] {
  if (commitment === null) return [];
  const owed = `${displayUsd(commitment.perMonthUsd)} a month`;
  if (commitment.usd === null) return [`Your commitment of ${owed} is for the whole account, of which this is a part.`];
  const inThisTime = `Of your commitment of ${owed}, ${displayUsd(commitment.usd)} is owed for this time whatever is used`;
  if (saving === null) return [`${inThisTime}.`];
  const { split } = saving.of;
  if (split === null) {
    const why = isAtLeast
      ? "not all use has a known cost, so that nobody can say what of the saving is realisable"
      : "what of a saving is realisable is a matter of each month: --period with one month says it";
    return [`${inThisTime}; ${why}.`];
  }
  if (usd <= commitment.usd) return [`${inThisTime}, and no more was used; no saving is realisable below it.`];
  if (split.notRealisable.high === 0n) return [`${inThisTime}; the saving is realisable, as it stays above that.`];
  return [
    `${inThisTime}: ${saving.words(split.realisable)} of the saving is realisable, ${saving.words(split.notRealisable)} is not.`,
  ];
}

function currencyWords(amount: bigint, { code, perUsd }: CurrencySetting): string {
  const hundredths = divideHalfEven(amount, 10_000_000_000n);
  const whole = (hundredths / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${code} ${whole}.${(hundredths % 100n).toString().padStart(2, "0")} at ${perUsd} per US dollar`;
}
