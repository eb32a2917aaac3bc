import { advise, traceFromResponses, type Advice } from "@farthing/advisor";
import { calendarOf, listPriceBook, money, ZERO, type Money } from "@farthing/ledger";
import { NOW } from "./arrivals.ts";
import { billTraffic, trueCost } from "./bill-traffic.ts";
import { changedTraffic, type ToldChange } from "./changes.ts";
import { record } from "./record.ts";
import type { SelfTestCase } from "./self-test-case.ts";

/** What the advisor said of a case, and what is true of it. */
export interface CaseResult {
  readonly advice: Advice;
  /** What the case costs as it is. */
  readonly cost: Money;
  /** What it would have cost less with all that is recommended. */
  readonly trueSaving: Money;
}

const BOOK = listPriceBook();

/** Has a case recorded, advises on the record, and bills the traffic that the advice leads to. */
export function runCase(example: SelfTestCase): CaseResult {
  const advice = advise(traceFromResponses(recordCase(example), BOOK), {
    book: BOOK,
    calendar: calendarOf("UTC"),
    now: NOW,
    billing: { "*": "per-token" },
    total: trueCost(example.billed, BOOK),
    only: null,
  });
  return {
    advice,
    cost: trueCost(example.billed, BOOK),
    trueSaving: trueSaving(
      example,
      advice.recommendations.map(({ plan }) => plan),
    ),
  };
}

/** The events of a case. */
export function recordCase({ billed, services, seed }: SelfTestCase): ReturnType<typeof record> {
  return services.flatMap((knobs) =>
    record(
      billed.filter(({ request }) => request.service === knobs.service),
      knobs,
      seed,
    ),
  );
}

/** What a case would have cost less with some changes made together; negative where it would have cost more. */
export function trueSaving(example: SelfTestCase, changes: readonly ToldChange[]): Money {
  if (changes.length === 0) return ZERO;
  const changed = changedTraffic(example.requests, changes, example.world);
  return money(trueCost(example.billed, BOOK) - trueCost(billTraffic(changed, example.chance), BOOK));
}
