import type { CallContext, LedgerEvent } from "@farthing/ledger";
import { billingOracle } from "./billing-oracle.ts";
import { EXAMPLE_PERIOD, EXAMPLE_SEED, exampleTraffic, type ExampleCall } from "./example-traffic.ts";
import { seededRandom, type Random } from "./random.ts";
import { contextOf, recordCall } from "./record-call.ts";
import { recordFailure, type FailureKind } from "./record-failure.ts";

export { EXAMPLE_NOW } from "./example-traffic.ts";

export interface ExampleOptions {
  /** Every seed gives other traffic of the same services. */
  readonly seed?: number;
}

/** Share of the calls whose first attempt was turned away. */
const TURNED_AWAY = 0.0007;
const NUMBER_DIGITS = 6;

/**
 * Thirty days of the calls of invented services whose right advice is known: see `EXAMPLE_TRUTH`.
 *
 * In order of completion, as an attached recorder would have appended them. The same seed gives the same events, byte
 * for byte.
 */
export function exampleEvents(options: ExampleOptions = {}): LedgerEvent[] {
  const seed = options.seed ?? EXAMPLE_SEED;
  const calls = exampleTraffic(seed);
  const bill = billingOracle();
  const random = seededRandom(seed, "recorder");
  const timedOut = middleOf(calls.filter(({ service }) => service.name === "nightly-digest"));
  const conversations = new Map<string, CallContext>();
  const events: LedgerEvent[] = [];
  calls.forEach((call, index) => {
    const context = contextOf(call, random, conversations);
    const number = `${String(seed)}_${String(index + 1).padStart(NUMBER_DIGITS, "0")}`;
    const failure = call === timedOut ? "timed-out" : turnedAway(random);
    if (failure !== null) {
      events.push(recordFailure(call, failure, { number, context, earliest: EXAMPLE_PERIOD.from }, random));
    }
    events.push(recordCall(call, bill(call.request), { number, attempt: failure === null ? 0 : 1, context }));
  });
  return events.sort((a, b) => compareTexts(a.occurredAt, b.occurredAt) || compareTexts(a.id, b.id));
}

function turnedAway(random: Random): FailureKind | null {
  return random.chance(TURNED_AWAY) ? random.pick(["rate-limited", "overloaded"]) : null;
}

function middleOf(calls: readonly ExampleCall[]): ExampleCall | undefined {
  return calls[Math.floor(calls.length / 2)];
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
