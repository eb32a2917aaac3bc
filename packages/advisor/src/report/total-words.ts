import { displayUsd, type Money } from "@farthing/ledger";
import { billSentence } from "./bill-coverage.ts";
import type { Report } from "./report.ts";
import { reportContract } from "./contract.ts";
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

/** What must be said beside the total, one sentence each. */
export function caveats(report: Report): readonly string[] {
  const { billing, coverage, total } = report;
  const sentences: string[] = coverage.bill === undefined ? [] : [billSentence(coverage.bill)];
  if (billing.basis === "subscription") sentences.push("On your flat plan this is not money you paid.");
  if (billing.basis === "unknown" && total.claudeCodeOnly) {
    sentences.push("On a flat plan this is not money you paid: farthing settings set billing.claude-code subscription");
  }
  if (billing.discountPercent !== null) {
    sentences.push(contractWords(report) ?? notApplied(billing.discountPercent));
  }
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

/** The total and the joint saving less the discount; null where it does not apply, or nothing has a price. */
function contractWords(report: Report): string | null {
  const contract = reportContract(report);
  if (contract === null || totalParts(report).usd === null) return null;
  const { discountPercent, usd, saving } = contract;
  const total = `${report.coverage.lowerBoundOutput > 0 ? "at least " : ""}${displayUsd(usd)}`;
  const less = `; would have cost less by ${usdWords(saving.expected)} (${rangeWords(saving)})`;
  return `At contract price, ${discountPercent} % below list: ${total}${report.recommendations.length === 0 ? "" : less}.`;
}

function notApplied(discountPercent: string): string {
  return `Your discount of ${discountPercent} % is not applied: it is only where all is paid per token.`;
}
