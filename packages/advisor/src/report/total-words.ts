import { displayUsd, type Money } from "@farthing/ledger";
import { priceUnder, savingUnder, type ContractTerms } from "../contract/contract.ts";
import { contractSentences, notAppliedSentence } from "../contract/contract-words.ts";
import { billSentence } from "./bill-coverage.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { closedSentences } from "./closed-words.ts";
import type { Report } from "./report.ts";
import { priceWords, rangeWords, usdWords } from "./words.ts";

/**
 * The total, called what it is: spent only where every dollar of it was paid per token at list price, at least where
 * output is missing, and unpriced where nothing has a price.
 */
export function totalWords(report: Report): string {
  const { word, usd, at } = totalParts(report);
  return `${word} ${usd === null ? "unpriced" : displayUsd(usd)}${at}`;
}

/** The same in parts: what it is called, the amount, which is null where nothing has a price, and at which prices. */
export function totalParts(report: Report): { readonly word: string; readonly usd: Money | null; readonly at: string } {
  const { total, coverage, billing } = report;
  const unpriced = coverage.unpriced.reduce((count, row) => count + row.requests, 0);
  if (total.responses > 0 && unpriced === total.responses) return { word: "TOTAL", usd: null, at: "" };
  const spent = billing.basis === "per-token" && billing.discountPercent === null && coverage.notional === 0;
  const atLeast = coverage.lowerBoundOutput > 0;
  const word = spent ? (atLeast ? "SPENT at least" : "SPENT") : atLeast ? "AT LEAST" : "TOTAL";
  return { word, usd: total.usd, at: spent ? "" : priceWords(report) };
}

/** Whether more may have been used than the total is of. */
export function isTotalAtLeast({ coverage }: Pick<Report, "coverage">): boolean {
  return coverage.lowerBoundOutput > 0 || coverage.unpriced.length > 0 || coverage.failedAtUnknownCost > 0;
}

/** What must be said beside the total, one sentence each. */
export function caveats(report: Report): readonly string[] {
  const { billing, closed, coverage, total } = report;
  const sentences: string[] = [
    ...closedSentences(closed),
    ...(coverage.bill === undefined ? [] : [billSentence(coverage.bill)]),
  ];
  if (billing.basis === "subscription") sentences.push("On your flat plan this is not money you paid.");
  if (billing.basis === "unknown" && total.claudeCodeOnly) {
    sentences.push("On a flat plan this is not money you paid: farthing settings set billing.claude-code subscription");
  }
  if (report.contract !== null) sentences.push(...contractWords(report, report.contract));
  for (const kind of [
    "output-lower-bound",
    "unpriced",
    "cost-unknown",
    "notional-priority",
    "re-rated",
    "conflict",
    "damage",
  ]) {
    for (const finding of report.findings) if (finding.kind === kind) sentences.push(`${finding.text}.`);
  }
  return sentences;
}

/** What the total and the joint saving come to under the contract; nothing where nothing has a price. */
function contractWords(report: Report, terms: ContractTerms): readonly string[] {
  if (totalParts(report).usd === null || report.total.responses === 0) return [];
  const price = priceUnder(terms, report.total.usd, isTotalAtLeast(report));
  if (price === null) return [notAppliedSentence(terms)];
  const saving = report.recommendations.length === 0 ? null : savingUnder(price, report.joint.all);
  const words = (range: SavingRange): string => `${usdWords(range.expected)} (${rangeWords(range)})`;
  return contractSentences(price, saving === null ? null : { of: saving, words });
}
