import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { billingOracle, type PromptBill } from "../../packages/advisor/src/example/billing-oracle.ts";
import type { PromptSegment, TrueRequest } from "../../packages/advisor/src/example/true-request.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Each timeline is worked by hand: a prompt is `[prefix, tokens, lifetime]` per segment. */
type Segment = readonly [prefix: string, tokens: number, breakpoint?: "5m" | "1h"];

function sent(startedAt: number, segments: readonly Segment[], rest: Partial<TrueRequest> = {}): TrueRequest {
  return {
    model: "claude-opus-5-5",
    session: null,
    startedAt,
    firstTokenAt: startedAt + SECOND,
    completedAt: startedAt + 2 * SECOND,
    prompt: segments.map(([prefix, tokens, breakpoint]): PromptSegment => ({
      section: "messages",
      prefix,
      tokens,
      breakpoint: breakpoint ?? null,
    })),
    outputTokens: 10,
    thinkingTokens: 0,
    stopReason: "end_turn",
    ...rest,
  };
}

/** The bills as `[plain, written for 5m, written for 1h, read]`. */
function billed(...requests: readonly TrueRequest[]): number[][] {
  return requests.map(billingOracle()).map(inOrder);
}

function inOrder({ uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead }: PromptBill): number[] {
  return [uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead];
}

describe("an uncached prompt", () => {
  it("is plain input, even where the same prompt was cached before", () => {
    expect(billed(sent(0, [["a", 5_000, "5m"]]), sent(MINUTE, [["a", 5_000]]))).toEqual([
      [0, 5_000, 0, 0],
      [5_000, 0, 0, 0],
    ]);
  });
});

describe("a cached prefix", () => {
  it("is written, then read, with what follows the last breakpoint as plain input", () => {
    const question = (at: number, name: string): TrueRequest =>
      sent(at, [
        ["a", 5_000, "5m"],
        [`a/${name}`, 70],
      ]);
    expect(billed(question(0, "x"), question(MINUTE, "y"))).toEqual([
      [70, 5_000, 0, 0],
      [70, 0, 0, 5_000],
    ]);
  });

  it.each([
    ["5m", 5 * MINUTE, 1],
    ["1h", 60 * MINUTE, 2],
  ] as const)(
    "of %s is read until a millisecond before its lifetime ends and written again at its end",
    (ttl, ms, at) => {
      const prompt: readonly Segment[] = [["a", 5_000, ttl]];
      const written = [0, 0, 0, 0].with(at, 5_000);
      expect(billed(sent(0, prompt), sent(ms - 1, prompt))).toEqual([written, [0, 0, 0, 5_000]]);
      expect(billed(sent(0, prompt), sent(ms, prompt))).toEqual([written, written]);
    },
  );

  it("lives on from the start of every request that reads it", () => {
    const prompt: readonly Segment[] = [["a", 5_000, "5m"]];
    const [, second, third, fourth] = billed(
      sent(0, prompt),
      sent(4 * MINUTE, prompt),
      sent(8 * MINUTE, prompt),
      sent(13 * MINUTE, prompt),
    );
    expect([second, third, fourth]).toEqual([
      [0, 0, 0, 5_000],
      [0, 0, 0, 5_000],
      [0, 5_000, 0, 0],
    ]);
  });

  it("keeps the lifetime it was written with when a request that asks for another reads it", () => {
    const [, read, late] = billed(
      sent(0, [["a", 5_000, "5m"]]),
      sent(MINUTE, [["a", 5_000, "1h"]]),
      sent(6 * MINUTE, [["a", 5_000, "1h"]]),
    );
    expect(read).toEqual([0, 0, 0, 5_000]);
    expect(late).toEqual([0, 0, 5_000, 0]);
  });

  it("belongs to one model", () => {
    const prompt: readonly Segment[] = [["a", 5_000, "5m"]];
    expect(billed(sent(0, prompt), sent(MINUTE, prompt, { model: "claude-opus-5" }))).toEqual([
      [0, 5_000, 0, 0],
      [0, 5_000, 0, 0],
    ]);
  });

  it.each([
    ["claude-opus-5-5", 512],
    ["claude-opus-4-8", 1_024],
  ])("is silently not cached below the minimum of %s", (model, minimum) => {
    const pair = (tokens: number): number[][] => {
      const prompt: readonly Segment[] = [["a", tokens, "5m"]];
      return billed(sent(0, prompt, { model }), sent(MINUTE, prompt, { model }));
    };
    expect(pair(minimum - 1)).toEqual([
      [minimum - 1, 0, 0, 0],
      [minimum - 1, 0, 0, 0],
    ]);
    expect(pair(minimum)).toEqual([
      [0, minimum, 0, 0],
      [0, 0, 0, minimum],
    ]);
  });
});

describe("parallel cold requests", () => {
  const prompt: readonly Segment[] = [["a", 5_000, "5m"]];

  it("each write, until the first answer begins to stream", () => {
    expect(billed(sent(0, prompt), sent(1, prompt), sent(SECOND - 1, prompt), sent(SECOND, prompt))).toEqual([
      [0, 5_000, 0, 0],
      [0, 5_000, 0, 0],
      [0, 5_000, 0, 0],
      [0, 0, 0, 5_000],
    ]);
  });

  it("make an expired prefix unreadable again until it has been written anew", () => {
    const [, again, meanwhile] = billed(
      sent(0, prompt),
      sent(5 * MINUTE, prompt),
      sent(5 * MINUTE + SECOND - 1, prompt),
    );
    expect([again, meanwhile]).toEqual([
      [0, 5_000, 0, 0],
      [0, 5_000, 0, 0],
    ]);
  });
});

describe("a conversation", () => {
  const turn = (at: number, ...segments: Segment[]): TrueRequest => sent(at, [["system", 2_000, "5m"], ...segments]);

  it("reads what the turn before wrote and writes only what is new", () => {
    expect(
      billed(
        turn(0, ["s/1", 300, "5m"]),
        turn(MINUTE, ["s/1", 300], ["s/2", 450, "5m"]),
        turn(2 * MINUTE, ["s/2", 750], ["s/3", 100, "5m"]),
      ),
    ).toEqual([
      [0, 2_300, 0, 0],
      [0, 450, 0, 2_300],
      [0, 100, 0, 2_750],
    ]);
  });

  it("finds the system prompt kept alive by other conversations after its own messages have expired", () => {
    const [, , back] = billed(
      turn(0, ["s/1", 300, "5m"]),
      turn(4 * MINUTE, ["t/1", 900, "5m"]),
      turn(8 * MINUTE, ["s/1", 300], ["s/2", 450, "5m"]),
    );
    expect(back).toEqual([0, 750, 0, 2_000]);
  });

  it("keeps the system prompt alive by reading past it", () => {
    const [, , , other] = billed(
      turn(0, ["s/1", 300, "5m"]),
      turn(4 * MINUTE, ["s/1", 300], ["s/2", 450, "5m"]),
      turn(8 * MINUTE, ["s/2", 750], ["s/3", 100, "5m"]),
      turn(12 * MINUTE, ["t/1", 900, "5m"]),
    );
    expect(other).toEqual([0, 900, 0, 2_000]);
  });
});

describe("mixed lifetimes", () => {
  it("write up to the last one-hour breakpoint for one hour and the rest for five minutes", () => {
    const prompt: readonly Segment[] = [
      ["tools", 1_000, "1h"],
      ["system", 2_000, "1h"],
      ["s/1", 400, "5m"],
      ["s/q", 30],
    ];
    expect(billed(sent(0, prompt), sent(10 * MINUTE, prompt))).toEqual([
      [30, 400, 3_000, 0],
      [30, 400, 0, 3_000],
    ]);
  });
});

describe("the billing oracle", () => {
  const segment = fc.record({
    section: fc.constant("messages" as const),
    prefix: fc.constantFrom("a", "b", "c"),
    tokens: fc.nat({ max: 3_000 }),
    breakpoint: fc.constantFrom(null, "5m" as const, "1h" as const),
  });
  const timeline = fc
    .array(fc.tuple(fc.nat({ max: 8 * MINUTE }), fc.array(segment, { maxLength: 4 })), { maxLength: 12 })
    .map((steps) => {
      let at = 0;
      return steps.map(([pause, prompt]) => sent((at += pause), [], { prompt }));
    });

  it("bills every prompt token exactly once", () => {
    fc.assert(
      fc.property(timeline, (requests) => {
        const bill = billingOracle();
        for (const request of requests) {
          const buckets = inOrder(bill(request));
          expect(buckets.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
          expect(sumOf(buckets)).toBe(sumOf(request.prompt.map(({ tokens }) => tokens)));
        }
      }),
    );
  });

  it("refuses requests that are not in order of their start", () => {
    const bill = billingOracle();
    bill(sent(MINUTE, [["a", 5_000]]));
    expect(() => bill(sent(MINUTE - 1, [["a", 5_000]]))).toThrow(RangeError);
  });

  it("refuses to cache for a model whose minimum it does not know", () => {
    const bill = billingOracle();
    expect(() => bill(sent(0, [["a", 5_000, "5m"]], { model: "claude-haiku-9" }))).toThrow(/claude-haiku-9/);
  });
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
