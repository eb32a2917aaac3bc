import type { Instant } from "@farthing/ledger";
import type { Growth } from "../strategies/strategy.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** What was not used for this long is not taken to go on. */
const DORMANT_AFTER_MS = 30 * DAY_MS;

/** When a count reaches what is needed if it goes on as before; null where it does not go on. */
export function answerBy(growth: Growth, now: Instant): Instant | null {
  if (now - growth.last > DORMANT_AFTER_MS || growth.count === 0) return null;
  const spanMs = Math.max(now - growth.first, DAY_MS);
  return now + Math.ceil(((growth.needed - growth.count) / growth.count) * spanMs);
}
