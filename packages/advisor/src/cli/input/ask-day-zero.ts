import { billOf, isEventOf } from "@farthing/ledger";
import type { DayZero } from "../../day-zero/day-zero.ts";
import { dayZeroOf } from "../../day-zero/from-bill.ts";
import type { Selection } from "../flags/selection.ts";

const EVER = { since: -8.64e15, until: 8.64e15 };

/** What the bill alone says; null where a call is recorded, be it one that failed, or nothing is told of the bill. */
export async function askDayZero({ contents, book, now, timeZone }: Selection): Promise<DayZero | null> {
  const { view, settings } = contents;
  const isBegun = view.others.some((event) => isEventOf(event, "RequestStarted") || isEventOf(event, "BatchSubmitted"));
  if (isBegun || view.rollups.length > 0) return null;
  for await (const { rows } of view.batches()) if (rows.count > 0) return null;
  const bill = billOf(view.others, EVER);
  return dayZeroOf({ bill, book, discountPercent: settings.discountPercent, timeZone, now });
}
