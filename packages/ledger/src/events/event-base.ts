/** ISO 8601 in UTC with milliseconds, such as `2026-11-22T09:30:00.000Z`. */
export type Timestamp = string;

/** What every event carries. */
export interface EventBase {
  /** See `event-id.ts`: the same fact has the same id wherever it is seen. */
  readonly id: string;
  readonly version: 1;
  /** When it was complete; decides price and day. */
  readonly occurredAt: Timestamp;
  /** Where it was seen, such as `claude-code`; sorted, united when the same fact is seen twice. */
  readonly sources: readonly string[];
}
