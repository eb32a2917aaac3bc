import { displayUsd, parseUsd, sum } from "@farthing/ledger";
import { adjustmentWords } from "../../report/adjustment-words.ts";
import { wrap } from "../../report/text-layout.ts";
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
