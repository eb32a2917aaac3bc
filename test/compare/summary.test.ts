import { summaryOf } from "@farthing/advisor";
import type { ResponseRecorded, TokenBuckets } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { priceBooks, pricedRequests } from "../support/priced-requests.ts";
import { compareEvents } from "./compare-events.ts";

// Per million tokens, Haiku 4.5 is $1 for input and $5 for output, Opus 5 $5 and $25; no price of mystery-9 is known.
type Model = "claude-haiku-4-5" | "claude-opus-5" | "claude-mystery-9";

/** Requests of a workload, each of a million prompt tokens where nothing else is said. */
function calls(
  workload: string,
  count: number,
  servedModel: Model = "claude-haiku-4-5",
  tokens: Partial<TokenBuckets> = { uncachedInput: 1_000_000 },
): readonly ResponseRecorded[] {
  return Array.from({ length: count }, (_, index) =>
    aRequestCompleted({
      id: `msg:${workload}-${servedModel}-${String(index)}`,
      servedModel,
      usage: aUsage(tokens),
      labels: { workload },
    }),
  );
}

describe("a sentence on why a cost changed", () => {
  it("gives the sum of workloads that moved apart to none of them", () => {
    const { parts, ...comparison } = compareEvents(
      [...calls("chat", 10), ...calls("search", 4)],
      [...calls("chat", 5), ...calls("search", 7)],
    );
    expect(parts).toEqual([{ cause: "volume", usd: -2_000_000_000_000n }]);
    expect(summaryOf({ parts, ...comparison })).toBe(
      "$2.00 less: other numbers of requests in 2 workloads: chat -$5.00 and search +$3.00 (together -$2.00)",
    );
  });

  it("names the workload that nearly all comes from with its own amount", () => {
    // Of $10 that moved, $9 are of chat: more than the $8 that are left.
    const comparison = compareEvents(
      [...calls("chat", 10), ...calls("search", 1)],
      [...calls("chat", 1), ...calls("search", 2)],
    );
    expect(summaryOf(comparison)).toBe("$8.00 less: chat made 90 % fewer requests (-$9.00)");
  });

  it("names the two that moved most, each way, of many", () => {
    const counts = { a: [9, 2], b: [1, 6], c: [4, 5], d: [3, 2] } as const;
    const side = (index: 0 | 1): readonly ResponseRecorded[] =>
      Object.entries(counts).flatMap(([workload, pair]) => calls(workload, pair[index]));
    expect(summaryOf(compareEvents(side(0), side(1)))).toBe(
      "$2.00 less: other numbers of requests in 4 workloads, among them a -$7.00 and b +$5.00 (together -$2.00)",
    );
  });

  it("says what happened where it cancels out", () => {
    const comparison = compareEvents([...calls("a", 5), ...calls("b", 10)], [...calls("a", 10), ...calls("b", 5)]);
    expect(comparison.parts).toEqual([{ cause: "volume", usd: 0n }]);
    expect(summaryOf(comparison)).toBe(
      "No difference: $15.00 both times, although other numbers of requests in 2 workloads: " +
        "a +$5.00 and b -$5.00 (together $0.00)",
    );
  });

  it("has a part for everything that moved any workload", () => {
    fc.assert(
      fc.property(pricedRequests, pricedRequests, priceBooks, (before, after, book) => {
        const { parts, groups } = compareEvents(before, after, book);
        const moved = new Set(groups.flatMap((group) => group.parts.map(({ cause }) => cause)));
        expect(new Set(parts.map(({ cause }) => cause))).toEqual(moved);
      }),
    );
  });

  it("says nothing that is the opposite of the amount beside it, and nothing endless", () => {
    const size = fc.oneof(fc.constant(0), fc.nat(100_000));
    const tokens = fc.record({ uncachedInput: size, cacheRead: size, output: size });
    const side = fc
      .tuple(fc.integer({ min: 1, max: 3 }), tokens, fc.integer({ min: 1, max: 3 }), tokens)
      .map(([few, short, many, long]) => [
        ...calls("chat", few, "claude-haiku-4-5", short),
        ...calls("chat", many, "claude-opus-5", long),
      ]);
    fc.assert(
      fc.property(side, side, (before, after) => {
        const summary = summaryOf(compareEvents(before, after));
        expect(summary).not.toMatch(/Infinity|NaN/);
        expect(summary).not.toMatch(/(longer|times as long) (prompts|answers) \(-|shorter (prompts|answers) \(\+/);
        expect(summary).not.toMatch(/(more|times as many) requests \(-|fewer requests \(\+/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what a workload did", () => {
  it("is told by its models where its mean moved against the amount", () => {
    // Twenty short prompts of Haiku became longer and two long ones of Opus shorter: 2.4 million tokens at $10.40 became
    // 3.6 million at $10.
    const comparison = compareEvents(
      [...calls("chat", 20, "claude-haiku-4-5", { uncachedInput: 20_000 }), ...calls("chat", 2, "claude-opus-5")],
      [
        ...calls("chat", 20, "claude-haiku-4-5", { uncachedInput: 100_000 }),
        ...calls("chat", 2, "claude-opus-5", { uncachedInput: 800_000 }),
      ],
    );
    expect(summaryOf(comparison)).toBe("$0.40 less: chat sent prompts of other sizes between its models (-$0.40)");
  });

  it.each([
    [0, 1000, "got answers, none before (+<$0.01)"],
    [1000, 0, "got no answers any more (-<$0.01)"],
    [1000, 1500, "got 50 % longer answers (+<$0.01)"],
  ])("is told where answers of %i tokens became %i", (before, after, words) => {
    const [was, is] = [before, after].map((output) =>
      calls("warm", 1, "claude-haiku-4-5", { uncachedInput: 1, output }),
    );
    expect(summaryOf(compareEvents(was ?? [], is ?? []))).toContain(`warm ${words}`);
  });
});

describe("responses without a price", () => {
  const [haiku, mystery] = ["claude-haiku-4-5", "claude-mystery-9"] as const;

  it("cannot be compared where no other are there", () => {
    const comparison = compareEvents(calls("a", 3, mystery), calls("a", 9, mystery));
    expect(summaryOf(comparison)).toBe("Cannot be compared: no response has a price");
    expect(summaryOf(compareEvents([], calls("a", 9, mystery)))).toBe("Cannot be compared: no response has a price");
  });

  it("make one side unknown where it has no other", () => {
    const [unknown, known] = [calls("a", 2, mystery), calls("a", 2, haiku)];
    expect(summaryOf(compareEvents(unknown, known))).toBe(
      "Cannot be compared: no response before has a price; $2.00 after",
    );
    expect(summaryOf(compareEvents(known, unknown))).toBe(
      "Cannot be compared: no response after has a price; $2.00 before",
    );
  });

  it("are no volume where as many were made, of which more have a price", () => {
    const comparison = compareEvents([...calls("a", 1, haiku), ...calls("a", 39, mystery)], calls("a", 40, haiku));
    expect(comparison.parts).toEqual([{ cause: "unexplained", usd: 39_000_000_000_000n }]);
    expect(summaryOf(comparison)).toBe(
      "$39.00 more among responses with a price: " +
        "a has responses without a price, 39 before and none after (+$39.00)",
    );
  });

  it("leave volume as it is where as large a share has no price", () => {
    const comparison = compareEvents(
      [...calls("a", 4, haiku), ...calls("a", 2, mystery)],
      [...calls("a", 8, haiku), ...calls("a", 4, mystery)],
    );
    expect(comparison.parts).toEqual([{ cause: "volume", usd: 4_000_000_000_000n }]);
    expect(summaryOf(comparison)).toBe(
      "$4.00 more among responses with a price: a made 2 times as many requests (+$4.00)",
    );
  });

  it("share a difference with volume where both moved", () => {
    // 4 of 8 had a price, then 12 of 16. At $1 each, 8 more requests at the mean share of 5/8 are $5 of the $8, and a
    // quarter more of them with a price, of 12 on average, are $3.
    const comparison = compareEvents(
      [...calls("a", 4, haiku), ...calls("a", 4, mystery)],
      [...calls("a", 12, haiku), ...calls("a", 4, mystery)],
    );
    expect(comparison.parts).toEqual([
      { cause: "volume", usd: 5_000_000_000_000n },
      { cause: "unexplained", usd: 3_000_000_000_000n },
    ]);
  });
});
