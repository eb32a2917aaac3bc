import type { LedgerEvent } from "./event.ts";

// The schemas take longer to load than a ledger takes to open: whoever only reads does without.

/** Loads `parseEvent` of `schema.ts`. */
export async function loadParseEvent(): Promise<(json: unknown) => LedgerEvent> {
  const { parseEvent } = await import("./schema.ts");
  return parseEvent;
}

/** Loads `eventJsonSchema` of `schema.ts`. */
export async function loadEventJsonSchema(): Promise<() => Readonly<Record<string, unknown>>> {
  const { eventJsonSchema } = await import("./schema.ts");
  return eventJsonSchema;
}
