import { displayUsd, money, ratio, type Instant, type Money } from "@farthing/ledger";

/** How much of the bill of the same time a ledger holds, at list prices. */
export interface BillCoverage {
  /** The time that is compared: as much of the report's as the bill tells, in whole UTC days. */
  readonly from: Instant;
  readonly until: Instant;
  /** The bill's amount before discounts, as `listFrom` says. */
  readonly listUsd: Money;
  /** Whose list amounts they are; a bill that tells none is taken at what it bills. */
  readonly listFrom: "bill" | "discount-setting" | "billed-amount";
  /** The ledger's at that time. */
  readonly ledgerUsd: Money;
  /** Of what is billed and not in the ledger, the largest part and why; null where there is none. */
  readonly largestOutside: { readonly usd: Money; readonly why: string } | null;
}

/** The same in a sentence or two. */
export function billSentence({ from, until, listUsd, listFrom, ledgerUsd, largestOutside }: BillCoverage): string {
  const day = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
  const days = until - from <= DAY_MS ? day(from) : `${day(from)} to ${day(until - 1)}`;
  const residual = money(listUsd - ledgerUsd);
  const size = money(residual < 0n ? -residual : residual);
  const share = listUsd > 0n ? `this ledger holds ${(ratio(ledgerUsd, listUsd) * 100).toFixed(1)} % of it` : "";
  const where = residual >= 0n ? "is outside it" : "is here and not billed";
  const what = residual === 0n ? "" : `${displayUsd(size)} ${where}`;
  const why = largestOutside === null ? "" : ` (${largestOutside.why}: ${displayUsd(largestOutside.usd)})`;
  const facts = [share, `${what}${why}`].filter((fact) => fact !== "").join("; ");
  const said = `The bill of ${days}, UTC, says ${displayUsd(listUsd)} ${LIST_WORDS[listFrom]}`;
  return `${said}${facts === "" ? "" : `: ${facts}`}. farthing reconcile says more.`;
}

/** What list amounts are called. */
export const LIST_WORDS: Readonly<Record<BillCoverage["listFrom"], string>> = {
  bill: "at list prices",
  "discount-setting": "at list prices, reckoned back from your discount",
  "billed-amount": "as billed, which is taken for list prices",
};

const DAY_MS = 86_400_000;
