import {
  isEventOf,
  isResponse,
  NO_TOKENS,
  totalTokens,
  type LedgerEvent,
  type RequestFailed,
  type ResponseRecorded,
} from "@farthing/ledger";
import type { ServedRequest } from "./mixed-api.ts";

/** What a ledger says of the requests that a server served. */
export interface Accounting {
  /** Requests that the ledger holds as they were served. */
  readonly right: number;
  /** Requests that it does not hold. */
  readonly missing: readonly ServedRequest[];
  /** Requests that it holds otherwise, and attempts that the server knows nothing of. */
  readonly wrong: readonly unknown[];
  /** Calls that it holds as timed out, of which the server read no request. */
  readonly unread: ReadonlySet<number>;
}

/** Holds the attempts of a ledger against the server's own list. */
export function accountFor(served: readonly ServedRequest[], events: Iterable<LedgerEvent>): Accounting {
  const byId = new Map<string, ResponseRecorded | RequestFailed>();
  const unanswered = new Map<number, RequestFailed[]>();
  for (const event of events) {
    if (isResponse(event)) byId.set(event.id, event);
    if (!isEventOf(event, "RequestFailed")) continue;
    if (event.ids.request !== null) byId.set(event.id, event);
    else listed(unanswered, Number(event.labels["call"])).push(event);
  }
  const missing: ServedRequest[] = [];
  const wrong: unknown[] = [];
  let right = 0;
  for (const request of served) {
    const event =
      request.answer === "nothing"
        ? unanswered.get(request.call)?.pop()
        : take(byId, request.message === null ? `req:${request.requestId}` : `msg:${request.message}`);
    if (event === undefined) missing.push(request);
    else if (Number(event.labels["call"]) === request.call && isAsServed(event, request)) right += 1;
    else wrong.push({ request, event });
  }
  // A call can time out before the server has read it; one that broke off was read.
  const left = [...unanswered.values()].flat();
  const charged = left.filter(({ cost }) => cost !== "unknown");
  const unread = new Set(left.filter((event) => !charged.includes(event)).map(({ labels }) => Number(labels["call"])));
  return { right, missing, wrong: [...wrong, ...byId.values(), ...charged], unread };
}

function isAsServed(event: ResponseRecorded | RequestFailed, request: ServedRequest): boolean {
  if (!isResponse(event)) {
    const isRefusal = event.cost === "free" && event.status !== null && event.status >= 400;
    return request.answer === "error" ? isRefusal : event.cost === "unknown" && request.answer === "nothing";
  }
  const { uncachedInput, output, ...cached } = totalTokens(event.usage);
  const { uncachedInput: _, output: __, ...nothingCached } = NO_TOKENS;
  if (uncachedInput !== request.promptTokens || JSON.stringify(cached) !== JSON.stringify(nothingCached)) return false;
  if (event.finality === "complete") {
    return event.output === "final" && output === request.outputTokens && request.kind !== "cut off";
  }
  // A stream of which the caller did not see the end, though all of it may have been sent.
  return (
    ["left early", "aborted", "cut off"].includes(request.kind) &&
    event.output === "lower-bound" &&
    output <= request.outputTokens
  );
}

function take<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

function listed<K, V>(map: Map<K, V[]>, key: K): V[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
