import { sum, type Money } from "@farthing/ledger";
import type { Recommendation } from "./advice.ts";

/** What all recommendations would claim one by one; printed only to say that it must not be added up. */
export function claimedOneByOne(recommendations: readonly Recommendation[]): Money {
  return sum(recommendations.map((recommendation) => recommendation.alone.expected));
}
