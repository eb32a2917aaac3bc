import type { Skips } from "@farthing/adapters/events";

/** Reasons that are as they should be: a file full of such lines is no bad input. */
const EXPECTED: ReadonlySet<string> = new Set([
  "synthetic",
  "not-a-call",
  "other-provider",
  "gateway-cache",
  "sum-of-others",
]);

/** How many skipped lines something is wrong with. */
export function badLines({ byReason }: Skips): number {
  const bad = Object.entries(byReason).filter(([reason]) => !EXPECTED.has(reason));
  return bad.reduce((sum, [, count]) => sum + count, 0);
}
