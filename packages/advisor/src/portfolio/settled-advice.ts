import { divideHalfEven, money, type Instant, type Money } from "@farthing/ledger";
import { DISMISSED_GROWTH_MIN } from "../thresholds.ts";
import type { Plan } from "../strategies/strategy.ts";
import { adviceId } from "./advice-id.ts";
import type { SavingRange } from "./saving-range.ts";

/** Advice that is not given again: what was made already, and what was dismissed and is worth as much as it was then. */
export interface SettledAdvice {
  /** Ids of changes that requests carry. */
  readonly applied: ReadonlySet<string>;
  readonly dismissed: ReadonlyMap<string, DismissedAdvice>;
}

/** A dismissed change as it was then. */
export interface DismissedAdvice {
  readonly at: Instant;
  readonly reason: string;
  readonly title: string;
  /** See `PlanFacts.target`. */
  readonly target: string;
  /** What it would have saved on its own, over so many days with use. */
  readonly saving: Money;
  readonly days: number;
}

export const NOTHING_SETTLED: SettledAdvice = { applied: new Set(), dismissed: new Map() };

/** Why advice is given again although it was dismissed. */
export interface Returned {
  readonly dismissedAt: Instant;
  /** Why it was dismissed. */
  readonly reason: string;
  /** What has changed since. */
  readonly because: ReturnCause;
}

type ReturnCause =
  /** It saves so much more a day with use. */
  | { readonly kind: "saves-more"; readonly perDayThen: Money; readonly perDayNow: Money }
  /** It is another change to the same thing, such as to another model; what it was. */
  | { readonly kind: "other-change"; readonly titleThen: string };

/** Plans that may be recommended, and why those of them are back that were dismissed. */
export interface HeardPlans {
  readonly plans: readonly Plan[];
  readonly returned: ReadonlyMap<string, Returned>;
}

/**
 * Leaves out plans that are settled. A dismissed change is heard again where it has become another one, or where it saves
 * half as much again a day with use as when it was dismissed, and the range of that does not reach down to what it was.
 *
 * @param savingOf What a plan saves on its own over `days` days with use.
 */
export function heardPlans(
  plans: readonly Plan[],
  { applied, dismissed }: SettledAdvice,
  days: number,
  savingOf: (plan: Plan) => SavingRange,
): HeardPlans {
  const returned = new Map<string, Returned>();
  const idOf = ({ strategy, workload, subject }: Plan): string => adviceId(strategy, workload, subject);
  for (const plan of plans) {
    const before = dismissed.get(idOf(plan));
    const because = before === undefined ? null : changedSince(before, plan, days, savingOf);
    if (before === undefined || because === null) continue;
    returned.set(idOf(plan), { dismissedAt: before.at, reason: before.reason, because });
  }
  return {
    plans: plans.filter((plan) => {
      const id = idOf(plan);
      return !applied.has(id) && (!dismissed.has(id) || returned.has(id));
    }),
    returned,
  };
}

function changedSince(
  { saving, days, target, title }: DismissedAdvice,
  plan: Plan,
  daysNow: number,
  savingOf: (plan: Plan) => SavingRange,
): ReturnCause | null {
  if ((plan.target ?? "") !== target) return { kind: "other-change", titleThen: title };
  if (days === 0 || daysNow === 0) return null;
  const { low, expected } = savingOf(plan);
  const [then, now, least] = [Number(saving) / days, Number(expected) / daysNow, Number(low) / daysNow];
  if (now < then * DISMISSED_GROWTH_MIN || least <= then) return null;
  return { kind: "saves-more", perDayThen: perDay(saving, days), perDayNow: perDay(expected, daysNow) };
}

function perDay(saving: Money, days: number): Money {
  return money(divideHalfEven(saving, BigInt(days)));
}
