import { parseInstant, type Instant, type Position } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";

/** Places in logs as `farthing doctor` and `Ledger.read` give them. */
const POSITION = /^[0-9a-z]+:\d+:\d+:\d+(,[0-9a-z]+:\d+:\d+:\d+)*$/;

/**
 * Reads `--as-of`, or a flag like it: a time, whose date alone is 00:00 UTC, or a position.
 *
 * @throws UsageError for any other text.
 */
export function parseAsOf(text: string, flag = "--as-of"): Position | Instant {
  if (POSITION.test(text)) return text as Position;
  try {
    return parseInstant(text);
  } catch (error) {
    throw new UsageError(
      `${flag} "${text}": expected a time such as 2026-11-22T09:30:00Z, or a position of the ledger`,
      {
        cause: error,
      },
    );
  }
}
