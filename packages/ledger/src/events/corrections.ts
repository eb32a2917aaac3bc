import type { KnownEvent, UsageCorrected } from "./event.ts";
import { isEventOf } from "./known-event.ts";

/** An event that was taken back, with what took it back. */
export interface CorrectedEvent {
  readonly event: KnownEvent;
  readonly correction: UsageCorrected;
}

/**
 * The correction in force for each event that has one, the earliest where there are several.
 *
 * A correction can be corrected itself, by a later one, and is then without effect. Looking at the latest first
 * decides each before what it corrects.
 *
 * @param inOrder Events by occurredAt, then id; only corrections are looked at.
 */
export function correctionsInForce(inOrder: readonly KnownEvent[]): ReadonlyMap<string, UsageCorrected> {
  const inForce = new Map<string, UsageCorrected>();
  for (const event of inOrder.toReversed()) {
    if (isEventOf(event, "UsageCorrected") && !inForce.has(event.id)) inForce.set(event.corrects, event);
  }
  return inForce;
}

/** The order of an account: by occurredAt, then id. */
export function byTimeThenId(a: KnownEvent, b: KnownEvent): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt < b.occurredAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
