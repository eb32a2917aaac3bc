import { replay, replayGap, reproducesBill, traceFromResponses, type Replayable } from "@farthing/advisor";
import { listPriceBook, type ResponseRecorded } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { cachingAdviceOn, usd } from "../support/advice.ts";
import { promptedCalls, type PromptedCall } from "../support/prompted-calls.ts";
import { aPrompt } from "../support/prompts.ts";

const HOUR_S = 3600;

function front(tokens: number, ttl: "5m" | "1h" = "5m"): PromptedCall["blocks"] {
  return aPrompt([{ text: "front", tokens, section: "system", ttl }]).blocks as PromptedCall["blocks"];
}

function byBlocks(responses: readonly ResponseRecorded[]): Replayable {
  const trace = traceFromResponses(responses, listPriceBook());
  return { trace, members: [...trace.requests.keys()], neighbours: [], knowledge: "blocks" };
}

describe("a replay block by block", () => {
  it("lets no prompt read what one under another key wrote", () => {
    const calls = ["key-1", "key-2"].map((key, place) => ({
      at: place * 60,
      blocks: front(10_000),
      cacheWrite5m: 10_000,
      key,
    }));
    const subject = byBlocks(promptedCalls(calls));
    const billed = subject.trace.requests.reduce((sum, { billed: { total } }) => sum + (total ?? 0n), 0n);
    expect(replay(subject, [], "expected", listPriceBook()).total).toBe(billed);
  });

  it("does not explain a bill whose steps are wrong in both directions, although they cancel out", () => {
    // In turns a prefix is missed after a minute, and read after six: a write for a read, and a read for a write.
    const calls = Array.from({ length: 60 }, (_, place) => ({
      at: Math.floor(place / 2) * 420 + (place % 2) * 60,
      blocks: front(2000),
      ...(place % 2 === 0 && place > 0 ? { cacheRead: 2000 } : { cacheWrite5m: 2000 }),
    }));
    const gap = replayGap(byBlocks(promptedCalls(calls)), "answers", listPriceBook());
    expect(Math.abs(gap.gap ?? 1)).toBeLessThan(0.05);
    expect(Number(gap.differences)).toBeGreaterThan(0.5 * Number(gap.billed));
    expect(reproducesBill(gap)).toBe(false);
  });
});

describe("advice that rests on a replay", () => {
  // Every ten minutes a prefix is written for five; once it was read although it had expired.
  const calls = (read: number | null): PromptedCall[] =>
    Array.from({ length: 40 }, (_, place) => ({
      at: place * 600,
      blocks: front(50_000),
      ...(place === read ? { cacheRead: 50_000 } : { cacheWrite5m: 50_000 }),
    }));
  const toAnHour = (read: number | null): { readonly expected: bigint; readonly low: bigint } | undefined =>
    cachingAdviceOn(promptedCalls(calls(read))).recommendations[0]?.share;

  it("is as unsure as the replay is wrong about the bill", () => {
    const [exact, wrong] = [toAnHour(null), toAnHour(20)];
    expect(exact?.low).toBe(exact?.expected);
    expect(wrong?.expected).toBe(exact?.expected);
    // The replay writes what was read: 50,000 x (5 - 0.2) dollars per million tokens.
    expect(Number(wrong?.expected) - Number(wrong?.low)).toBe(Number(usd("0.24")));
  });
});

describe("a cache that is shared with a service whose prompts are not all known", () => {
  const keeper = Array.from({ length: 30 }, (_, cycle) => ({
    at: cycle * 2 * HOUR_S,
    blocks: front(50_000, "1h"),
    cacheWrite1h: 50_000,
  }));
  const reader = keeper.flatMap(({ at }) =>
    [600, 1800].map((later) => ({ at: at + later, blocks: front(50_000, "1h"), cacheRead: 50_000 })),
  );
  const services = (fingerprinted: (place: number) => boolean): ResponseRecorded[] => [
    ...promptedCalls(keeper, { service: "keeper" }),
    ...promptedCalls(reader, { service: "reader" }).map((response, place) => {
      const { prompt, ...rest } = response;
      return fingerprinted(place) && prompt !== undefined ? response : rest;
    }),
  ];

  it("is not given up: what that would cost the other is not known", () => {
    for (const fingerprinted of [(): boolean => true, (place: number): boolean => place % 5 > 0]) {
      const { recommendations } = cachingAdviceOn(services(fingerprinted));
      expect(recommendations.filter(({ plan }) => plan.workload === "keeper")).toEqual([]);
    }
    const { abstained } = cachingAdviceOn(services((place) => place % 5 > 0));
    expect(abstained).toContainEqual(expect.objectContaining({ workload: "keeper", reason: "shared-prefixes" }));
  });
});
