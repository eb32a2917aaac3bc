import { ZERO, type Money } from "@farthing/ledger";
import type { Family } from "./families.ts";
import { runCase } from "./run-case.ts";
import { makeCase } from "./self-test-case.ts";

/** What the advisor said of one case, held against what is true. */
export interface JudgedCase {
  readonly family: Family;
  readonly seed: number;
  /** Whether anything was recommended. */
  readonly advised: boolean;
  /** Whether what the case was built to deserve is among it; null where that is nothing, or unknown. */
  readonly found: boolean | null;
  readonly strategies: readonly string[];
  readonly projected: Money;
  readonly trueSaving: Money;
  /** (projected - true) / true; null where nothing was recommended, or nothing is saved. */
  readonly error: number | null;
  /** Whether the true saving is within the range at 80 %; null where nothing was recommended. */
  readonly inRange: boolean | null;
  /** Where in the range the truth is: 0 at its low end, 1 at its high end; null where there is no range. */
  readonly place: number | null;
  readonly loses: boolean;
  readonly falseAdvice: boolean;
}

export function judge(family: Family, seed: number): JudgedCase {
  const { advice, trueSaving } = runCase(makeCase(family, seed));
  const { low, expected, high } = advice.joint.all;
  const strategies = advice.recommendations.map(({ plan }) => plan.strategy);
  const advised = strategies.length > 0;
  const { deserves } = family;
  return {
    family,
    seed,
    advised,
    found: typeof deserves === "string" ? null : strategies.includes(deserves.strategy),
    strategies,
    projected: expected,
    trueSaving,
    error: advised && trueSaving > ZERO ? Number(expected - trueSaving) / Number(trueSaving) : null,
    inRange: advised ? low <= trueSaving && trueSaving <= high : null,
    place: high > low ? Number(trueSaving - low) / Number(high - low) : null,
    loses: advised && trueSaving < ZERO,
    falseAdvice: advised && deserves === "nothing",
  };
}
