import type { EventType, KnownEvent, LedgerEvent, RequestRecorded, ResponseRecorded } from "./event.ts";

/** The known event of a type. */
export type EventOf<T extends EventType> = KnownEvent extends infer Event
  ? Event extends KnownEvent
    ? T extends Event["type"]
      ? Event
      : never
    : never
  : never;

/** The version in which this release writes each type. */
export const CURRENT_VERSIONS: Readonly<Record<EventType, number>> = {
  RequestCompleted: 1,
  RequestInterrupted: 1,
  RequestFailed: 1,
  RequestStarted: 1,
  BatchSubmitted: 1,
  BatchRequestSubmitted: 1,
  BatchEnded: 1,
  BatchResultRecorded: 1,
  TokensCounted: 1,
  RequestEstimated: 1,
  CaptureStarted: 1,
  CaptureStopped: 1,
  EventsDropped: 1,
  UsageCorrected: 1,
  PriceSet: 1,
  PeriodClosed: 1,
  OutcomeRecorded: 1,
  TrialRecorded: 1,
  AdviceIssued: 1,
  AdviceAccepted: 1,
  AdviceDismissed: 1,
  AdviceApplied: 1,
  AdviceVerified: 1,
  AdviceRefuted: 1,
  BillReported: 1,
  CostReported: 1,
  UsageRolledUp: 1,
};

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(CURRENT_VERSIONS, type);
}

/** Whether this release knows what an event means: its type, in its current version. */
export function isKnownEvent(event: LedgerEvent): event is KnownEvent {
  return isEventType(event.type) && event.version === CURRENT_VERSIONS[event.type];
}

export function isEventOf<T extends EventType>(event: LedgerEvent, type: T): event is EventOf<T> {
  return event.type === type && isKnownEvent(event);
}

/** Whether an event holds a response, billed in full or in part. */
export function isResponse(event: LedgerEvent): event is ResponseRecorded {
  return isEventOf(event, "RequestCompleted") || isEventOf(event, "RequestInterrupted");
}

/** Whether an event says what came of a request, and so becomes a row. */
export function isRequest(event: LedgerEvent): event is RequestRecorded {
  return isResponse(event) || isEventOf(event, "RequestFailed") || isEventOf(event, "BatchResultRecorded");
}

/**
 * Whether there are so many events of its type that nothing holds them all: views leave them out, and only those that
 * are asked for by id are read.
 */
export function isFoundByIdOnly(event: LedgerEvent): boolean {
  return isEventOf(event, "BatchRequestSubmitted") || isEventOf(event, "CostReported");
}
