import { billOf } from "@farthing/ledger";
import { causeWords } from "../../reconcile/cause-words.ts";
import type { BillCoverage } from "../../report/bill-coverage.ts";
import type { Selection } from "../flags/selection.ts";
import { askReconciliation } from "./ask-reconciliation.ts";

const DAY_MS = 86_400_000;

/** How much of the bill is recorded, of the whole UTC days that are asked about; null where the bill tells none of them. */
export async function askBillCoverage(selection: Selection): Promise<BillCoverage | null> {
  const { view } = selection.contents;
  const since = Math.ceil((selection.since ?? -EVER) / DAY_MS) * DAY_MS;
  const until = Math.floor((selection.until ?? EVER) / DAY_MS) * DAY_MS;
  const { covered } = billOf(view.others, { since, until }).cost;
  const [first, last] = [covered[0], covered.at(-1)];
  if (first === undefined || last === undefined) return null;
  const found = await askReconciliation(selection, { from: first.from, until: last.until }, { withRows: false });
  if (found === null) return null;
  const [largest] = found.parts.filter(({ class: kind }) => kind === "not-captured");
  return {
    from: first.from,
    until: last.until,
    listUsd: found.bill.listUsd,
    listFrom: found.bill.listFrom,
    ledgerUsd: found.ledger.usd,
    largestOutside: largest === undefined ? null : { usd: largest.usd, why: causeWords(largest).why },
  };
}

const EVER = 8.64e15;
