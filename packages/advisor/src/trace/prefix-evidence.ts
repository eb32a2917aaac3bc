import type { Instant, TokenBuckets } from "@farthing/ledger";
import { LIFETIME_MS, type CacheLifetime } from "../cache/cache-rules.ts";
import { RESENT_TOKENS_MIN } from "../thresholds.ts";
import type { MissCause, PrefixEvidence } from "./trace.ts";

/** A recorded request as far as its prefix is concerned. */
export interface PrefixRecord {
  readonly startedAt: Instant;
  /** What a cache belongs to: the model, and the speed it was served at. */
  readonly cacheKey: string;
  readonly own: TokenBuckets | null;
  readonly cacheMissReason: string | null;
}

/** The request that a request continues. */
export interface PreviousRequest {
  readonly index: number;
  readonly record: PrefixRecord;
  readonly evidence: PrefixEvidence;
  /** When its prefix was last used, by itself or by a request that continues it. */
  readonly usedAt: Instant;
}

const NOTHING_CACHED: Omit<PrefixEvidence, "previous"> = {
  lifetime: null,
  cacheable: 0,
  reusable: 0,
  sharedRead: 0,
  miss: null,
};

/**
 * Reads from a request, and from the one it continues, how much of its prompt was cached before.
 *
 * Without fingerprints of the prompt this is all the record proves. A request that follows within the lifetime shares
 * with the one before what it read of it, and no more. One that follows later may share up to what had been cached;
 * how much of that can be believed is for whoever uses it to say. Across models nothing is proved to be shared.
 */
export function prefixEvidence(request: PrefixRecord, previous: PreviousRequest | null): PrefixEvidence {
  const { own } = request;
  const index = previous?.index ?? null;
  if (own === null) return { previous: index, ...NOTHING_CACHED };
  const cacheable = own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  if (cacheable === 0) return { previous: index, ...NOTHING_CACHED };
  const lifetime = lifetimeOf(own, previous?.evidence.lifetime ?? null);
  if (previous === null) {
    return { previous: null, lifetime, cacheable, reusable: 0, sharedRead: own.cacheRead, miss: null };
  }
  const cachedBefore = previous.evidence.cacheable;
  const facts = {
    alive: isPrefixAlive(request, previous),
    sameCache: previous.record.cacheKey === request.cacheKey,
    shorter: cacheable < cachedBefore,
  };
  const proved = Math.min(own.cacheRead, cachedBefore);
  const notRead = cachedBefore - own.cacheRead;
  return {
    previous: index,
    lifetime,
    cacheable,
    reusable: facts.alive || facts.shorter || !facts.sameCache ? proved : cachedBefore,
    sharedRead: facts.alive && own.cacheRead <= cachedBefore ? 0 : own.cacheRead,
    miss:
      notRead >= RESENT_TOKENS_MIN
        ? { tokens: Math.min(notRead, own.cacheWrite5m + own.cacheWrite1h), cause: missCause(request, facts) }
        : null,
  };
}

/** Evidence of a request in a trace without the one it continues: what was read of that counts as kept by others. */
export function withoutPrevious(evidence: PrefixEvidence, own: TokenBuckets | null): PrefixEvidence {
  return { ...evidence, previous: null, sharedRead: own?.cacheRead ?? 0 };
}

/** Whether a request found the prefix of the one it continues alive, as far as times and models tell. */
export function isPrefixAlive(request: PrefixRecord, { record, evidence, usedAt }: PreviousRequest): boolean {
  const { lifetime } = evidence;
  return (
    lifetime !== null && record.cacheKey === request.cacheKey && request.startedAt - usedAt < LIFETIME_MS[lifetime]
  );
}

/** Where a request writes for both lifetimes, that of the larger part. */
function lifetimeOf(own: TokenBuckets, inherited: CacheLifetime | null): CacheLifetime | null {
  if (own.cacheWrite1h + own.cacheWrite5m > 0) return own.cacheWrite1h >= own.cacheWrite5m ? "1h" : "5m";
  return own.cacheRead > 0 ? (inherited ?? "5m") : null;
}

function missCause(
  request: PrefixRecord,
  facts: { readonly alive: boolean; readonly sameCache: boolean; readonly shorter: boolean },
): MissCause {
  if (request.cacheMissReason !== null) return "diagnosed";
  if (!facts.sameCache) return "model-changed";
  if (facts.shorter) return "context-replaced";
  return facts.alive ? "not-recorded" : "expired";
}
