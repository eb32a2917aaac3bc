import { LIFETIME_MS, traceFromResponses, type CacheLifetime, type TraceRequest } from "@farthing/advisor";
import { listPriceBook, type ResponseRecorded, type TokenBuckets } from "@farthing/ledger";

/** A step of a recorded conversation that was sent while what the step before it had cached was alive. */
export interface WarmStep {
  readonly message: string;
  readonly session: string;
  readonly lifetime: CacheLifetime;
  readonly sinceMs: number;
  /** What the step before it had read and written: by the rules, what this one reads. */
  readonly expected: number;
  readonly read: number;
}

/** Steps of conversations, by the rule alone: within the lifetime a step reads what the last one read and wrote. */
export function stepsOf(responses: readonly ResponseRecorded[]): {
  readonly warm: readonly WarmStep[];
  /** What steps read that came after the lifetime. */
  readonly late: readonly number[];
} {
  const { requests } = traceFromResponses(responses, listPriceBook());
  const warm: WarmStep[] = [];
  const late: number[] = [];
  for (const request of requests) {
    const before = request.prefix.previous === null ? undefined : requests[request.prefix.previous];
    if (before === undefined || before.own === null || request.own === null) continue;
    const lifetime = lifetimeOf(requests, before);
    const sinceMs = request.startedAt - before.startedAt;
    const step = { message: request.id.replace("msg:", ""), session: nameOf(request), lifetime, sinceMs };
    if (sinceMs < LIFETIME_MS[lifetime]) {
      warm.push({ ...step, expected: cached(before.own), read: request.own.cacheRead });
    } else late.push(request.own.cacheRead);
  }
  return { warm, late };
}

export function isExact({ expected, read }: WarmStep): boolean {
  return expected === read;
}

/** The lifetime that a request wrote with, or the nearest one before it that wrote. */
function lifetimeOf(requests: readonly TraceRequest[], from: TraceRequest): CacheLifetime {
  let request: TraceRequest | undefined = from;
  while (request !== undefined) {
    const { cacheWrite5m = 0, cacheWrite1h = 0 } = request.own ?? {};
    if (cacheWrite5m + cacheWrite1h > 0) return cacheWrite1h > cacheWrite5m ? "1h" : "5m";
    request = request.prefix.previous === null ? undefined : requests[request.prefix.previous];
  }
  return "5m";
}

function cached({ cacheRead, cacheWrite5m, cacheWrite1h }: TokenBuckets): number {
  return cacheRead + cacheWrite5m + cacheWrite1h;
}

function nameOf({ session, agent }: TraceRequest): string {
  return [session?.slice(0, 8) ?? "", ...(agent === null ? [] : [agent])].join(" ");
}
