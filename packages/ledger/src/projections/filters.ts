import type { Instant } from "../instant.ts";
import type { Calendar } from "./calendar.ts";
import { groupValue, type GroupKey, type RequestEvent } from "./group-keys.ts";

/** Keeps requests whose value in a dimension is this one; null keeps those that have none. */
export interface Condition {
  readonly key: GroupKey;
  readonly value: string | null;
}

/** Which requests a question is about. All of it must hold. */
export interface RequestFilter {
  readonly where: readonly Condition[];
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
}

/** As many characters of a session id as reports show, at least; fewer could mean anything. */
const UUID_BEGINNING = /^[0-9a-f]{8}[0-9a-f-]*$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The test for a filter. Days and months in its conditions are the calendar's. */
export function matches(filter: RequestFilter, calendar: Calendar): (event: RequestEvent) => boolean {
  const { where, since, until } = filter;
  return (event) => {
    const at = Date.parse(event.occurredAt);
    if (since !== null && at < since) return false;
    if (until !== null && at >= until) return false;
    return where.every((condition) => holds(condition, groupValue(event, condition.key, calendar)));
  };
}

/** Whether a condition holds for a request's value in its dimension. */
export function holds(condition: Condition, actual: string | null): boolean {
  if (condition.value === null || actual === null) return condition.value === actual;
  if (actual === condition.value) return true;
  // Other names can begin as one another: `session-1`, `session-10`.
  if (condition.key !== "session" || !UUID_BEGINNING.test(condition.value)) return false;
  return actual.startsWith(condition.value) && UUID.test(actual);
}
