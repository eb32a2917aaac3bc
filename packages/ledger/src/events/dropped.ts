import { formatInstant, type Instant } from "../instant.ts";
import { addTokens, NO_TOKENS, totalTokens, type TokenBuckets } from "../usage/usage.ts";
import { NO_CONTEXT } from "./call.ts";
import { decodeEvent } from "./codec.ts";
import type { EventsDropped, LedgerEvent, ResponseRecorded } from "./event.ts";
import { isResponse } from "./known-event.ts";

/** What was seen and not recorded. */
export interface Dropped {
  readonly count: number;
  readonly tokens: TokenBuckets;
}

export const NOTHING_DROPPED: Dropped = { count: 0, tokens: NO_TOKENS };

/** The event that keeps the account of it. */
export function eventsDropped({ count, tokens }: Dropped, id: string, at: Instant): EventsDropped {
  return {
    type: "EventsDropped",
    version: 1,
    id,
    occurredAt: formatInstant(at),
    sources: [],
    count,
    tokens,
    context: NO_CONTEXT,
  };
}

/** With one event more, as canonical JSON. */
export function withDropped(dropped: Dropped, json: string): Dropped {
  return withEventDropped(dropped, decodeEvent(json));
}

/** With one event more. */
export function withEventDropped({ count, tokens }: Dropped, event: LedgerEvent): Dropped {
  return { count: count + 1, tokens: isResponse(event) ? addTokens(tokens, tokensOf(event)) : tokens };
}

/** What is certain: an event that was recorded unchecked may lack what its type promises. */
function tokensOf(event: ResponseRecorded): TokenBuckets {
  try {
    return totalTokens(event.usage);
  } catch {
    return NO_TOKENS;
  }
}

export function sumOf(a: Dropped, b: Dropped): Dropped {
  return { count: a.count + b.count, tokens: addTokens(a.tokens, b.tokens) };
}
