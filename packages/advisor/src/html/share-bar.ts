import { ratio, type Money } from "@farthing/ledger";
import { html, type Markup } from "./markup.ts";
import { percentage } from "./places.ts";

/** How large a part is of the largest beside it: an ornament, its figure stands next to it. */
export function shareBar(part: Money, largest: Money, color: string): Markup | null {
  if (largest <= 0n || part <= 0n) return null;
  return html`<svg class="share" width="100%" height="6" aria-hidden="true">
    <rect class="${color}" width="${percentage(100 * ratio(part, largest))}" height="6" rx="1" />
  </svg>`;
}
