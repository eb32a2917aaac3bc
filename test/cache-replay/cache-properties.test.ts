import { EveryBlockCache, LIFETIME_MS, PromptCache, type PromptRequest } from "@farthing/advisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MINUTE, Timeline } from "./timeline.ts";

const TTL = fc.constantFrom("5m" as const, "1h" as const);

/** A prompt of up to eight blocks out of few, so that many begin alike. */
const PROMPT = fc
  .array(fc.record({ name: fc.constantFrom("A", "B", "C"), ttl: fc.option(TTL, { freq: 3 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((blocks) =>
    blocks
      .map(({ name, ttl }, index) => {
        // The tokens of a block follow from what it is, and 1h has to come before 5m.
        const isFirstHalf = index < blocks.length / 2;
        const lifetime = ttl === null ? "" : `@${ttl === "1h" && isFirstHalf ? "1h" : "5m"}`;
        return `${name}:${String(name.charCodeAt(0) * 10)}${lifetime}`;
      })
      .join(" "),
  );

interface Sent {
  readonly at: number;
  readonly prompt: string;
  readonly answerMs: number;
}

const TRAFFIC: fc.Arbitrary<readonly Sent[]> = fc
  .array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 12 * MINUTE }),
      prompt: PROMPT,
      answerMs: fc.integer({ min: 0, max: 2 * MINUTE }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((sent) => {
    let at = 0;
    return sent.map(({ afterMs, prompt, answerMs }) => ({ at: (at += afterMs), prompt, answerMs }));
  });

function requestsOf(traffic: readonly Sent[]): PromptRequest[] {
  const timeline = new Timeline();
  return traffic.map(({ at, prompt, answerMs }) => timeline.requestOf(at, prompt, { readableAt: at + answerMs }));
}

function readsOf(requests: readonly PromptRequest[]): number[] {
  const cache = new PromptCache();
  return requests.map((request) => cache.request(request).cacheRead);
}

const kept = ({ blocks: { prefixes } }: PromptRequest, count: number): readonly number[] =>
  Array.from(prefixes.slice(0, count));

describe("a prompt cache, for any traffic", () => {
  it("bills every prompt token once", () => {
    fc.assert(
      fc.property(TRAFFIC, (traffic) => {
        const cache = new PromptCache();
        for (const request of requestsOf(traffic)) {
          const bill = cache.request(request);
          const parts = [bill.cacheRead, bill.cacheWrite1h, bill.cacheWrite5m, bill.uncachedInput];
          expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
          expect(parts.reduce((sum, each) => sum + each)).toBe(request.blocks.ends.at(-1));
        }
      }),
    );
  });

  it("leaves everything uncached where there are no breakpoints", () => {
    fc.assert(
      fc.property(TRAFFIC, (traffic) => {
        const plain = requestsOf(traffic).map((request) => ({ ...request, breakpoints: [] }));
        const cache = new PromptCache();
        for (const request of plain) expect(cache.request(request).uncachedInput).toBe(request.blocks.ends.at(-1));
      }),
    );
  });

  it("reads only what an earlier request sent just so, within an hour", () => {
    fc.assert(
      fc.property(TRAFFIC, (traffic) => {
        const requests = requestsOf(traffic);
        for (const [index, read] of readsOf(requests).entries()) {
          const request = requests[index];
          if (read === 0 || request === undefined) continue;
          const count = request.blocks.ends.indexOf(read) + 1;
          const same = requests
            .slice(0, index)
            .filter((each) => kept(each, count).join() === kept(request, count).join());
          expect(count).toBeGreaterThan(0);
          expect(same.some(({ startedAt }) => request.startedAt - startedAt < LIFETIME_MS["1h"])).toBe(true);
        }
      }),
    );
  });

  // Where it is not the last block that is marked, a breakpoint within what is read writes nothing: a longer life of what
  // reaches further can then keep a shorter prefix from being written, and a later request from reading that.
  it("reads at least as much with an hour as with five minutes, where the end of each prompt is marked", () => {
    fc.assert(
      fc.property(TRAFFIC, (traffic) => {
        const withTtl = (ttl: "5m" | "1h"): number[] =>
          readsOf(
            requestsOf(traffic).map((request) => ({
              ...request,
              breakpoints: [{ block: request.blocks.ends.length - 1, ttl }],
            })),
          );
        const [short, long] = [withTtl("5m"), withTtl("1h")];
        for (const [index, read] of short.entries()) expect(long[index]).toBeGreaterThanOrEqual(read);
      }),
    );
  });

  it("reads no more when the last request comes later", () => {
    fc.assert(
      fc.property(TRAFFIC, fc.integer({ min: 0, max: 90 * MINUTE }), (traffic, later) => {
        const requests = requestsOf(traffic.map((each) => ({ ...each, answerMs: 0 })));
        const last = requests.at(-1);
        if (last === undefined) return;
        const before = readsOf(requests).at(-1) ?? 0;
        const delayed = { ...last, startedAt: last.startedAt + later, readableAt: last.startedAt + later };
        expect(readsOf([...requests.slice(0, -1), delayed]).at(-1)).toBeLessThanOrEqual(before);
      }),
    );
  });

  it("says the same of the same request that comes at once again", () => {
    fc.assert(
      fc.property(TRAFFIC, (traffic) => {
        const requests = requestsOf(traffic.map((each) => ({ ...each, answerMs: 0 })));
        const last = requests.at(-1);
        if (last === undefined) return;
        const cache = new PromptCache();
        for (const request of requests) cache.request(request);
        const again = cache.request(last);
        expect(again.cacheWrite5m + again.cacheWrite1h).toBe(0);
        expect(cache.request(last)).toEqual(again);
      }),
    );
  });
});

/** The same rules as `EveryBlockCache`, said as plainly as can be. */
function plainReads(
  traffic: readonly (readonly [at: number, prefixes: readonly number[]])[],
  lifetimeMs: number,
): number[] {
  const usedAt = new Map<number, number>();
  return traffic.map(([at, prefixes]) => {
    let read = 0;
    for (const [block, prefix] of prefixes.entries()) {
      const before = usedAt.get(prefix);
      if (before !== undefined && at - before < lifetimeMs) read = block + 1;
      usedAt.set(prefix, at);
    }
    return read;
  });
}

describe("a cache of every block", () => {
  it.each(["5m", "1h"] as const)("reads what a plain map of last uses says, for any traffic that lives %s", (ttl) => {
    const request = fc.tuple(
      fc.integer({ min: 0, max: LIFETIME_MS[ttl] / 8 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2 ** 32 - 1 })), { maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), (sent) => {
        let now = 1_800_000_000_000;
        const traffic = sent.map(([afterMs, prefixes]) => [(now += afterMs), prefixes] as const);
        const cache = new EveryBlockCache(ttl);
        const reads = traffic.map(([at, prefixes]) => cache.request(at, prefixes, 0, prefixes.length));
        expect(reads).toEqual(plainReads(traffic, LIFETIME_MS[ttl]));
      }),
    );
  });

  it("holds no more than what lives within two lifetimes, however long traffic goes on", () => {
    const cache = new EveryBlockCache("5m");
    const prefixes = new Uint32Array(16);
    let next = 1;
    let most = 0;
    // One request each second with 16 prefixes of its own: 4,800 live at once.
    for (let second = 0; second < 20_000; second += 1) {
      for (const block of prefixes.keys()) prefixes[block] = next++;
      cache.request(second * 1000, prefixes, 0, prefixes.length);
      most = Math.max(most, cache.bytes);
    }
    // Two tables of 8 bytes a slot, at least a fifth full.
    expect(most).toBeLessThanOrEqual(2 * 16_384 * 8);
  });
});
