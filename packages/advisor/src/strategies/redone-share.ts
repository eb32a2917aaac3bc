import type { PlanOutcome } from "./strategy.ts";

/**
 * The share of answers that can be made again in the old way before a change saves nothing: what it saves, of what these
 * requests cost before it. Rounded down; null where it saves nothing.
 */
export function redoneShare({ saving, before }: PlanOutcome): string | null {
  if (saving <= 0n || before <= 0n) return null;
  const share = Number(saving) / Number(before);
  return share < 0.01 ? "1 %" : `${String(Math.floor(100 * Math.min(1, share)))} %`;
}
