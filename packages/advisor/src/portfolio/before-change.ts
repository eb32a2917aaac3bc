import { sum, type Instant, type Money, type TokenBuckets } from "@farthing/ledger";
import type { Recognition } from "../strategies/recognition.ts";
import { NEARLY_ALL_SHARE } from "../thresholds.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";

/**
 * What the requests that a change is about were like before it, as far as later ones are held against them. A plain value,
 * so that it can be recorded with the decision for the change, whatever becomes of these requests.
 */
export interface BeforeChange {
  /** Priced requests that the change is about. */
  readonly requests: number;
  /** Of these, requests that did not carry it. All that follows but `usd` is of them. */
  readonly without: number;
  /** What `requests` came to. */
  readonly usd: Money;
  /** Local days on which some were complete. */
  readonly days: number;
  /** When the last of them started. */
  readonly last: Instant;
  /** Prompt tokens of all together, by how they were billed. */
  readonly prompt: Omit<TokenBuckets, "output">;
  /** Tokens of all answers together. */
  readonly answers: number;
  /** Whether nearly all answers were recorded to their end. */
  readonly answersFinal: boolean;
  /** Standard error of what a prompt token cost, in proportion, from how days differ; null with a single day. */
  readonly promptError: number | null;
  /** The same of how long an answer was. */
  readonly answerError: number | null;
}

/** Null where no priced request is without the change. */
export function beforeChange(
  trace: Trace,
  members: readonly number[],
  recognition: Recognition,
  dayOf: (place: number) => number,
): BeforeChange | null {
  const about = members.flatMap((place): About[] => {
    const request = trace.requests[place];
    if (request === undefined || request.own === null || request.billed.total === null) return [];
    const carries = recognition.carries(request);
    return carries === null
      ? []
      : [{ request, own: request.own, total: request.billed.total, carries, day: dayOf(place) }];
  });
  const without = about.filter(({ carries }) => !carries);
  if (without.length === 0) return null;
  const totalOf = (pick: (own: TokenBuckets) => number): number =>
    without.reduce((total, { own }) => total + pick(own), 0);
  return {
    requests: about.length,
    without: without.length,
    usd: sum(about.map(({ total }) => total)),
    days: new Set(without.map(({ day }) => day)).size,
    last: without.reduce((last, { request }) => Math.max(last, request.startedAt), -Infinity),
    prompt: {
      uncachedInput: totalOf((own) => own.uncachedInput),
      cacheWrite5m: totalOf((own) => own.cacheWrite5m),
      cacheWrite1h: totalOf((own) => own.cacheWrite1h),
      cacheRead: totalOf((own) => own.cacheRead),
    },
    answers: totalOf((own) => own.output),
    answersFinal: without.filter(({ request }) => request.outputFinal).length >= NEARLY_ALL_SHARE * without.length,
    promptError: ratioError(without, promptUsd, ({ own }) => promptLength(own)),
    answerError: ratioError(
      without,
      ({ own }) => own.output,
      () => 1,
    ),
  };
}

interface About {
  readonly request: TraceRequest;
  readonly own: TokenBuckets;
  readonly total: Money;
  readonly carries: boolean;
  readonly day: number;
}

function promptUsd({ request: { billed }, total }: About): number {
  return Number(total - billed.output - billed.beside);
}

function promptLength({ uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead }: TokenBuckets): number {
  return uncachedInput + cacheWrite5m + cacheWrite1h + cacheRead;
}

/** The standard error of a ratio of two sums, in proportion to it, days being what is drawn. */
function ratioError(all: readonly About[], top: (one: About) => number, bottom: (one: About) => number): number | null {
  const byDay = new Map<number, { top: number; bottom: number }>();
  const total = { top: 0, bottom: 0 };
  for (const one of all) {
    const day = byDay.get(one.day) ?? { top: 0, bottom: 0 };
    for (const sums of [day, total]) {
      sums.top += top(one);
      sums.bottom += bottom(one);
    }
    byDay.set(one.day, day);
  }
  if (byDay.size < 2) return null;
  if (total.top === 0 || total.bottom === 0) return 0;
  const ratio = total.top / total.bottom;
  const squares = [...byDay.values()].reduce((sumOf, day) => sumOf + (day.top - ratio * day.bottom) ** 2, 0);
  return Math.sqrt((byDay.size / (byDay.size - 1)) * squares) / total.top;
}
