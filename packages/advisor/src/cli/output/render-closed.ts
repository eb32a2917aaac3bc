import { displayUsd, parseUsd, sum, type Adjustment } from "@farthing/ledger";
import { printable, wrap } from "../../report/text-layout.ts";
import { signedUsdWords } from "../../report/words.ts";
import type { ClosedPeriodAnswer } from "../input/closed-period.ts";
import { displayDay, displayQuantity } from "./format-values.ts";

const INDENT = "  ";

/** What a period was closed with, which never changes, and what came since, for people. */
export function renderClosed(
  { closing, adjustments, untold }: ClosedPeriodAnswer,
  timeZone: string,
  columns: number,
): readonly string[] {
  if (untold === "several-ledgers")
    return wrap("CLOSED   each ledger has its own figure; name one to see it", columns, INDENT);
  if (untold === "part-of-period") return ["CLOSED   with its figure: ask without --where"];
  if (closing === null) return ["OPEN   not closed; the total can still change"];
  const { usd, requests, occurredAt } = closing;
  const counted = requests === undefined ? "" : `   ${displayQuantity(requests, "response")}`;
  const since = sum(adjustments.map((each) => each.usd));
  const first = `CLOSED WITH ${displayUsd(parseUsd(usd))} on ${displayDay(Date.parse(occurredAt), timeZone)}${counted}`;
  if (adjustments.length === 0) return [first, "ADJUSTED   nothing since"];
  return [
    first,
    `ADJUSTED BY ${signedUsdWords(since)} since`,
    ...adjustments.flatMap((each) =>
      wrap(`${INDENT}${signedUsdWords(each.usd)}  ${adjustmentWords(each)}`, columns, INDENT + INDENT),
    ),
  ];
}

const WORDS: Readonly<Record<Adjustment["kind"], string>> = {
  "recorded-late": "recorded late",
  "late-batch-result": "batch results recorded late",
  "taken-back": "taken back",
  "given-back": "given back: the correction was taken back",
  "seen-again": "seen again with other usage or at another time",
  "re-rated": "prices that became known since",
  "detail-pruned": "cannot be told any more: its detail was pruned",
  unexplained: "not explained: farthing verify --head tells whether lines were changed",
};

function adjustmentWords({ kind, source, reason, requests }: Adjustment): string {
  const from = source === null ? "" : `, from ${printable(source)}`;
  const why = reason === null ? "" : `: ${printable(reason)}`;
  const counted = requests === null ? "" : `, ${displayQuantity(Math.abs(requests), "response")}`;
  return `${WORDS[kind]}${from}${counted}${why}`;
}
