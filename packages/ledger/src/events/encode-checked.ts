import { InvalidEventError } from "../errors.ts";
import { encodeEvent } from "./codec.ts";
import { readEnvelope } from "./envelope.ts";
import { faultOf } from "./event-fault.ts";
import type { LedgerEvent } from "./event.ts";

/** An event as its line. */
export interface EncodedEvent {
  readonly id: string;
  readonly json: string;
}

/**
 * An event of this process's own as one line of JSON, as `encodeEvent` gives it.
 *
 * @throws InvalidEventError for one that is not what its type says.
 */
export function encodeChecked(event: LedgerEvent): EncodedEvent {
  const { id } = readEnvelope(event);
  const fault = faultOf(event);
  if (fault !== null) throw new InvalidEventError(fault.field, fault.why);
  return { id, json: encodeEvent(event) };
}
