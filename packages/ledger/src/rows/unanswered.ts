import { NO_CONTEXT } from "../events/call.ts";
import type { BatchResultRecorded, RequestFailed, RequestRecorded, ResponseRecorded } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";

/** A request as rows hold it: an item of a batch that was not billed is an attempt that failed, and was free. */
export function asRowHolds(event: RequestRecorded): ResponseRecorded | RequestFailed {
  return isEventOf(event, "BatchResultRecorded") ? failureOf(event) : event;
}

function failureOf({ id, occurredAt, sources, batch, custom, result, errorType }: BatchResultRecorded): RequestFailed {
  return {
    type: "RequestFailed",
    version: 1,
    id,
    occurredAt,
    sources,
    ids: { message: null, request: null, workspace: null, batch, custom, previousMessage: null },
    requestedModel: null,
    cost: "free",
    status: null,
    errorType: errorType === null || errorType === "" ? result : errorType,
    attempt: null,
    timing: { startedAt: null, startedAtProvenance: "missing", occurredAtProvenance: "derived", firstTokenAt: null },
    context: NO_CONTEXT,
    labels: {},
  };
}
