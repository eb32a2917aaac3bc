import type { Calendar, Instant } from "@farthing/ledger";
import type { AskedCall } from "../trace/from-account.ts";

/**
 * The instant before which a share of the asked responses started: the beginning of its local day, so that no day lies
 * on both sides, unless everything lies on one day. Null where there is no response.
 */
export function splitInstant(calls: readonly AskedCall[], share: number, calendar: Calendar): Instant | null {
  const starts = calls.flatMap(({ call, isWanted }) => (isWanted ? [call.startedAt] : [])).sort((a, b) => a - b);
  const [first] = starts;
  const at = starts[Math.floor(starts.length * share)];
  if (first === undefined || at === undefined) return null;
  const dayStart = calendar.startOfDay(calendar.day(at));
  return dayStart > first ? dayStart : at;
}
