import { LIFETIME_MS, RecordedCache, type CacheOutcome, type CacheRequest } from "@farthing/advisor";
import { describe, expect, it } from "vitest";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function request(key: number, startedAt: number, overrides: Partial<CacheRequest> = {}): CacheRequest {
  return {
    key,
    previous: key === 0 ? null : key - 1,
    startedAt,
    cacheKey: "claude-opus-5",
    lifetime: "5m",
    cacheable: 1000,
    reusable: 1000,
    sharedRead: 0,
    minimumTokens: 0,
    ...overrides,
  };
}

function outcomes(requests: readonly CacheRequest[]): readonly CacheOutcome[] {
  const cache = new RecordedCache();
  return requests.map((each) => cache.request(each));
}

/** Timelines worked by hand; read + written + uncached is what each request asks to cache. */
describe("the cache replayed from the record", () => {
  it("writes the first prefix and reads it back with the next request", () => {
    expect(outcomes([request(0, 0, { reusable: 0 }), request(1, MINUTE, { cacheable: 1200 })])).toEqual([
      { read: 0, written: 1000, uncached: 0 },
      { read: 1000, written: 200, uncached: 0 },
    ]);
  });

  it("keeps a prefix alive one millisecond short of its lifetime, and not at it", () => {
    const [, alive] = outcomes([request(0, 0), request(1, LIFETIME_MS["5m"] - 1)]);
    const [, dead] = outcomes([request(0, 0), request(1, LIFETIME_MS["5m"])]);
    expect(alive).toEqual({ read: 1000, written: 0, uncached: 0 });
    expect(dead).toEqual({ read: 0, written: 1000, uncached: 0 });
  });

  it("restarts the lifetime with every read", () => {
    const every4Minutes = [0, 1, 2, 3].map((key) => request(key, key * 4 * MINUTE, { previous: key === 0 ? null : 0 }));
    expect(outcomes(every4Minutes).map(({ read }) => read)).toEqual([0, 1000, 1000, 1000]);
  });

  it("keeps a one-hour prefix for an hour", () => {
    const hour = { lifetime: "1h" } as const;
    const [, kept] = outcomes([request(0, 0, hour), request(1, 59 * MINUTE, hour)]);
    expect(kept?.read).toBe(1000);
  });

  it("reads no prefix of another model", () => {
    const [, other] = outcomes([request(0, 0), request(1, SECOND, { cacheKey: "claude-opus-5-5" })]);
    expect(other).toEqual({ read: 0, written: 1000, uncached: 0 });
  });

  it("does not cache a prefix below the model's minimum", () => {
    const short = { minimumTokens: 4096 };
    expect(outcomes([request(0, 0, short), request(1, SECOND, short)])).toEqual([
      { read: 0, written: 0, uncached: 1000 },
      { read: 0, written: 0, uncached: 1000 },
    ]);
  });

  it("leaves everything uncached without a lifetime", () => {
    expect(outcomes([request(0, 0, { lifetime: null })])).toEqual([{ read: 0, written: 0, uncached: 1000 }]);
  });

  it("reads only what both prompts share", () => {
    const [, diverged] = outcomes([request(0, 0), request(1, SECOND, { reusable: 300, cacheable: 900 })]);
    expect(diverged).toEqual({ read: 300, written: 600, uncached: 0 });
  });

  it("falls back on what others keep alive where its own prefix is dead", () => {
    const [, shared] = outcomes([request(0, 0), request(1, 10 * MINUTE, { sharedRead: 250 })]);
    expect(shared).toEqual({ read: 250, written: 750, uncached: 0 });
  });

  it("forgets prefixes that no later request can read", () => {
    const cache = new RecordedCache();
    cache.request(request(0, 0, { lifetime: "1h" }));
    for (let key = 1; key <= 3; key += 1) cache.request(request(key, key * 3 * 60 * MINUTE, { previous: null }));
    expect(cache.request(request(4, 13 * 60 * MINUTE, { previous: 0 })).read).toBe(0);
  });
});
