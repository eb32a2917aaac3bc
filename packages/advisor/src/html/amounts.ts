import { displayUsd, formatUsd, money, ratio, type Money } from "@farthing/ledger";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { percent } from "../report/text-layout.ts";
import { grouped, usdWords } from "../report/words.ts";
import { html, type Markup } from "./markup.ts";

/** An amount in running text, with its exact value for machines. */
export function usdIn(amount: Money): Markup {
  return html`<data value="${formatUsd(amount)}">${usdWords(amount)}</data>`;
}

/** An amount in a column of amounts: always with cents. */
export function usdCell(amount: Money): Markup {
  return html`<data value="${formatUsd(amount)}">${displayUsd(amount)}</data>`;
}

/** A sum or difference that the report's JSON does not hold, but follows from what it holds. */
export function derivedUsd(amount: Money): Markup {
  return html`<data class="derived" value="${formatUsd(amount)}">${displayUsd(amount)}</data>`;
}

/** Between the ends of a range, which stay on one line. */
const DASH = "\u00a0–\u00a0";

/** `5,142 – 6,294`, in US dollars without the sign. */
export function rangeIn({ low, high }: SavingRange): Markup {
  const bare = (amount: Money): Markup =>
    html`<data value="${formatUsd(amount)}">${usdWords(amount).replace("$", "")}</data>`;
  return low === high ? bare(low) : html`${bare(low)}${DASH}${bare(high)}`;
}

/** A count of tokens, responses or tasks. */
export function countIn(count: number): Markup {
  return html`<data value="${count}">${grouped(count)}</data>`;
}

/** A sum of counts that the report's JSON does not hold. */
export function derivedCount(count: number): Markup {
  return html`<data class="derived" value="${count}">${grouped(count)}</data>`;
}

/** `42 %`; nothing where there is no whole, and never 0 for a part that is there. */
export function shareOf(part: Money, whole: Money): string {
  if (whole === 0n) return "";
  const share = ratio(part, whole);
  return part > 0n && share < 0.005 ? "< 1 %" : percent(share);
}

export function sumOf(amounts: readonly { readonly usd: Money }[]): Money {
  return money(amounts.reduce((sum, { usd }) => sum + usd, 0n));
}
