import { InvalidEventError } from "../errors.ts";
import type { UnknownEvent } from "./event.ts";

/**
 * Checks what every event has, whatever its type and version.
 *
 * @throws InvalidEventError naming the first field that is missing or wrong.
 */
export function readEnvelope(value: unknown): UnknownEvent {
  if (!isObject(value)) throw new InvalidEventError("", "expected a JSON object");
  assertEnvelope(value);
  return value;
}

function assertEnvelope(value: Readonly<Record<string, unknown>>): asserts value is UnknownEvent {
  for (const field of ["id", "type", "occurredAt"]) {
    const text = value[field];
    if (typeof text !== "string" || text === "")
      throw new InvalidEventError(field, "expected a text that is not empty");
  }
  const { version } = value;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) {
    throw new InvalidEventError("version", "expected a whole number from 1");
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
