import type { Instant, TokenBuckets } from "@farthing/ledger";
import { LIFETIME_MS, type CacheLifetime } from "../cache/cache-rules.ts";
import { RESENT_TOKENS_MIN } from "../thresholds.ts";
import type { MissCause, PrefixEvidence } from "./trace.ts";

/** A recorded request as far as its prefix is concerned. */
export interface PrefixRecord {
  readonly startedAt: Instant;
  readonly model: string;
  readonly own: TokenBuckets | null;
  readonly cacheMissReason: string | null;
}

const NOTHING_CACHED: Omit<PrefixEvidence, "previous"> = {
  lifetime: null,
  cacheable: 0,
  reusable: 0,
  sharedRead: 0,
  resent: null,
};

/**
 * Reads from a request, and from the one it continues, how much of its prompt was cached before.
 *
 * Without fingerprints of the prompt this is all the record proves: a request that follows within the lifetime and
 * reads less than was cached shares only what it read; one that follows later shares at most what was cached.
 */
export function prefixEvidence(
  request: PrefixRecord,
  previousIndex: number | null,
  previous: { readonly record: PrefixRecord; readonly evidence: PrefixEvidence } | null,
): PrefixEvidence {
  const { own } = request;
  if (own === null) return { previous: previousIndex, ...NOTHING_CACHED };
  const cacheable = own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  const lifetime = lifetimeOf(own, previous?.evidence.lifetime ?? null);
  if (cacheable === 0) return { previous: previousIndex, ...NOTHING_CACHED };
  if (previous === null) {
    return { previous: null, lifetime, cacheable, reusable: 0, sharedRead: own.cacheRead, resent: null };
  }
  const cachedBefore = previous.evidence.cacheable;
  const alive =
    previous.evidence.lifetime !== null &&
    previous.record.model === request.model &&
    request.startedAt - previous.record.startedAt < LIFETIME_MS[previous.evidence.lifetime];
  const shorter = cacheable < cachedBefore;
  const reusable = alive || shorter ? Math.min(own.cacheRead, cachedBefore) : cachedBefore;
  const written = own.cacheWrite5m + own.cacheWrite1h;
  const resentTokens = Math.min(written, cachedBefore - own.cacheRead);
  return {
    previous: previousIndex,
    lifetime,
    cacheable,
    reusable,
    sharedRead: alive && own.cacheRead <= cachedBefore ? 0 : own.cacheRead,
    resent:
      resentTokens >= RESENT_TOKENS_MIN
        ? { tokens: resentTokens, cause: missCause(request, previous.record, { alive, shorter }) }
        : null,
  };
}

function lifetimeOf(own: TokenBuckets, inherited: CacheLifetime | null): CacheLifetime | null {
  if (own.cacheWrite1h > 0) return "1h";
  if (own.cacheWrite5m > 0) return "5m";
  return own.cacheRead > 0 ? (inherited ?? "5m") : null;
}

function missCause(
  request: PrefixRecord,
  previous: PrefixRecord,
  facts: { readonly alive: boolean; readonly shorter: boolean },
): MissCause {
  if (request.cacheMissReason !== null) return "diagnosed";
  if (request.model !== previous.model) return "model-changed";
  if (facts.shorter) return "context-replaced";
  return facts.alive ? "not-recorded" : "expired";
}
