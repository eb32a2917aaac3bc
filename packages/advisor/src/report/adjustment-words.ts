import type { Adjustment } from "@farthing/ledger";
import { printable } from "./text-layout.ts";
import { countWords } from "./words.ts";

const WORDS: Readonly<Record<Adjustment["kind"], string>> = {
  "recorded-late": "recorded late",
  "late-batch-result": "batch results recorded late",
  "taken-back": "taken back",
  "given-back": "given back: the correction was taken back",
  "seen-again": "seen again with other usage, time or service",
  "re-rated": "prices that became known since",
  "detail-pruned": "cannot be told any more: what was there at the closing was pruned since",
  unexplained: "not explained: farthing verify --head tells whether lines were changed",
};

/** What an adjustment is, through which source it came, of how many responses, and why. */
export function adjustmentWords({ kind, source, reason, requests }: Omit<Adjustment, "usd">): string {
  const from = source === null ? "" : `, from ${printable(source)}`;
  const why = reason === null ? "" : `: ${printable(reason)}`;
  const counted = requests === null ? "" : `, ${countWords(Math.abs(requests), "response")}`;
  return `${WORDS[kind]}${from}${counted}${why}`;
}
