import {
  advise,
  replay,
  STRATEGIES,
  traceFromResponses,
  type Advice,
  type AdviceContext,
  type Strategy,
  type Trace,
} from "@farthing/advisor";
import { calendarOf, listPriceBook, parseInstant, parseUsd, ZERO, type ResponseRecorded } from "@farthing/ledger";

export const NOW = "2026-11-22";

/** Advice on responses, with nothing too small to mention. */
export function adviceOn(responses: readonly ResponseRecorded[], overrides: Partial<AdviceContext> = {}): Advice {
  return advise(traceFromResponses(responses, listPriceBook()), {
    book: listPriceBook(),
    calendar: calendarOf("UTC"),
    now: parseInstant(NOW),
    billing: { "*": "per-token" },
    total: ZERO,
    only: null,
    ...overrides,
  });
}

/** The strategies that change how prompts are cached. */
const CACHING: readonly Strategy[] = STRATEGIES.filter(({ name }) =>
  [
    "stop-caching",
    "cache-ttl-5m",
    "cache-ttl-1h",
    "cache-breakpoints",
    "stable-prefix",
    "warm-before-fan-out",
    "resent-context",
  ].includes(name),
);

/** Advice on caching alone. */
export function cachingAdviceOn(responses: readonly ResponseRecorded[]): Advice {
  return adviceOn(responses, { strategies: CACHING });
}

/** What a trace costs as recorded, replayed. */
export function recordedCost(trace: Trace): bigint {
  return replay(
    { trace, members: [...trace.requests.keys()], neighbours: [], knowledge: "recorded" },
    [],
    "expected",
    listPriceBook(),
  ).total;
}

/** Picodollars of a decimal dollar amount. */
export function usd(text: string): bigint {
  return parseUsd(text);
}
