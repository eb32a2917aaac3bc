import type { LedgerEvent } from "./event.ts";
import { isNormalRequest } from "./normal-form.ts";

// The schemas take longer to load than a ledger takes to open: whoever only reads, or appends what needs no schema, does
// without.

type Parse = (json: unknown) => LedgerEvent;

/** Loads `parseEvent` of `schema.ts`. */
export async function loadParseEvent(): Promise<Parse> {
  const { parseEvent } = await import("./schema.ts");
  return parseEvent;
}

/** Loads `eventJsonSchema` of `schema.ts`. */
export async function loadEventJsonSchema(): Promise<() => Readonly<Record<string, unknown>>> {
  const { eventJsonSchema } = await import("./schema.ts");
  return eventJsonSchema;
}

function asItIs(event: unknown): LedgerEvent {
  return event as LedgerEvent;
}

/** `parseEvent`, whose schemas are loaded when the first event comes that is not in normal form already. */
export class LazyParser {
  #loading: Promise<Parse> | null = null;
  #parse: Parse | null = null;

  /** What parses these events. At once, unless the schemas are needed and not loaded yet; in the order of the calls. */
  for(events: readonly LedgerEvent[]): Parse | Promise<Parse> {
    if (this.#parse !== null) return this.#parse;
    if (this.#loading === null && events.every(isNormalRequest)) return asItIs;
    this.#loading ??= loadParseEvent().then((parse) => (this.#parse = parse));
    return this.#loading;
  }
}
