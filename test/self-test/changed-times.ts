import type { TrueRequest } from "./true-request.ts";

const SECOND_MS = 1000;
const HOUR_MS = 60 * 60 * SECOND_MS;
const LIVES_MS = { "5m": HOUR_MS / 12, "1h": HOUR_MS };

/** Of what is sent at once, one goes first, and the others when its answer has begun. */
export function warmedBursts(requests: readonly TrueRequest[]): readonly TrueRequest[] {
  const first = new Map<string, TrueRequest>();
  for (const request of requests) {
    if (request.burst === null) continue;
    const earliest = first.get(request.burst);
    if (earliest === undefined || request.startedAt < earliest.startedAt) first.set(request.burst, request);
  }
  return requests.map((request) => {
    const warming = request.burst === null ? undefined : first.get(request.burst);
    if (warming === undefined || warming === request) return request;
    return startedAt(request, Math.max(request.startedAt, warming.firstTokenAt));
  });
}

/** Conversations go on just before what they cached is gone, where that would have been within an hour. */
export function breaksAvoided(requests: readonly TrueRequest[]): readonly TrueRequest[] {
  const newest = new Map<string, { readonly sent: TrueRequest; readonly earlier: number }>();
  return [...requests]
    .sort((a, b) => a.startedAt - b.startedAt)
    .map((request) => {
      const before = newest.get(request.session ?? request.id);
      const ttl = before?.sent.breakpoints.at(-1)?.ttl;
      const pause = request.startedAt - (before?.sent.startedAt ?? request.startedAt);
      const isAvoidable = ttl !== undefined && pause >= LIVES_MS[ttl] && pause <= HOUR_MS;
      const earlier = (before?.earlier ?? 0) + (isAvoidable ? pause - LIVES_MS[ttl] + SECOND_MS : 0);
      newest.set(request.session ?? request.id, { sent: request, earlier });
      return startedAt(request, request.startedAt - earlier);
    });
}

function startedAt(request: TrueRequest, at: number): TrueRequest {
  const by = at - request.startedAt;
  return {
    ...request,
    startedAt: at,
    firstTokenAt: request.firstTokenAt + by,
    completedAt: request.completedAt + by,
  };
}
