import { describe, expect, it } from "vitest";
import { billingOracle, type PromptBill } from "./billing-oracle.ts";
import { answerTimes, tokensOf, type TrueBlock, type TrueBreakpoint, type TrueRequest } from "./true-request.ts";

const MINUTE = 60_000;
const SURE = { seed: 1, missRate: 0, batchHitShare: 1 };

function block(id: string, tokens: number, section: TrueBlock["section"] = "messages"): TrueBlock {
  const kind = section === "tools" ? "tool" : section === "system" ? "text" : "user.text";
  return { section, kind, id, tokens, estimatedTokens: tokens, role: "asked" };
}

const TOOL = block("tool", 1_000, "tools");
const SYSTEM = block("system", 4_000, "system");
const ASKED = block("asked", 500);

function at(minutes: number, changes: Partial<TrueRequest> = {}): TrueRequest {
  const blocks = changes.blocks ?? [TOOL, SYSTEM, ASKED];
  return {
    id: `request at ${String(minutes)}`,
    service: "service",
    session: null,
    workspace: "workspace",
    model: "claude-opus-5-5",
    speed: "standard",
    geo: "global",
    tier: "standard",
    ...answerTimes(minutes * MINUTE, tokensOf(blocks), 100),
    blocks,
    breakpoints: [{ block: blocks.length - 1, ttl: "5m" }],
    maxTokens: 1_000,
    thinking: null,
    effort: null,
    toolChoice: "auto",
    outputFormat: null,
    stream: true,
    outputTokens: 100,
    thinkingTokens: 0,
    stopReason: "end_turn",
    webSearches: 0,
    attempt: 0,
    completed: true,
    needless: null,
    burst: null,
    ...changes,
  };
}

/** What the last of some requests reads, writes for an hour, writes for five minutes, and has besides. */
function lastBill(...requests: readonly TrueRequest[]): readonly number[] {
  const oracle = billingOracle(SURE);
  const bills: readonly PromptBill[] = requests.map(oracle);
  const last = bills.at(-1);
  return last === undefined ? [] : [last.cacheRead, last.cacheWrite1h, last.cacheWrite5m, last.uncachedInput];
}

const marked = (ttl: TrueBreakpoint["ttl"], ...blocks: readonly number[]): TrueBreakpoint[] =>
  blocks.map((each) => ({ block: each, ttl }));

describe("the billing oracle", () => {
  // 1,000 + 4,000 + 500 tokens, all up to the breakpoint.
  it.each([
    ["writes what it never saw", [at(0)], [0, 0, 5_500, 0]],
    ["reads what it wrote", [at(0), at(1)], [5_500, 0, 0, 0]],
    ["has lost it after five minutes from the start of the request that wrote it", [at(0), at(5)], [0, 0, 5_500, 0]],
    ["counts five minutes from the last read", [at(0), at(4), at(8)], [5_500, 0, 0, 0]],
    ["keeps it for an hour where that was asked", [at(0, { breakpoints: marked("1h", 2) }), at(59)], [5_500, 0, 0, 0]],
    ["bills everything at the input price without a breakpoint", [at(0), at(1, { breakpoints: [] })], [0, 0, 0, 5_500]],
    [
      "has what is behind the last breakpoint at the input price",
      [at(0, { breakpoints: marked("5m", 1) })],
      [0, 0, 5_000, 500],
    ],
    ["finds nothing before the writer has begun to answer", [at(0), at(0.005)], [0, 0, 5_500, 0]],
    [
      "caches nothing below the minimum",
      [at(0, { model: "claude-opus-4-6", blocks: [block("short", 4_095)] })],
      [0, 0, 0, 4_095],
    ],
    [
      "caches from the minimum on",
      [at(0, { model: "claude-opus-4-6", blocks: [block("long", 4_096)] })],
      [0, 0, 4_096, 0],
    ],
    ["shares nothing across models", [at(0), at(1, { model: "claude-opus-5" })], [0, 0, 5_500, 0]],
    ["shares nothing across workspaces", [at(0), at(1, { workspace: "other" })], [0, 0, 5_500, 0]],
    ["shares nothing across speeds", [at(0), at(1, { speed: "fast" })], [0, 0, 5_500, 0]],
    ["shares nothing across forms of an answer", [at(0), at(1, { outputFormat: "form" })], [0, 0, 5_500, 0]],
  ] as const)("%s", (_, requests, bill) => {
    expect(lastBill(...requests)).toEqual(bill);
  });

  // Tools and system, 5,000 tokens, have a breakpoint of their own.
  const both = marked("5m", 1, 2);
  it.each([
    ["another tool choice", { toolChoice: "any" }],
    ["another effort", { effort: "low" }],
    ["thinking", { thinking: "adaptive" }],
  ] as const)("keeps tools and system, and not messages, with %s", (_, change) => {
    expect(lastBill(at(0, { breakpoints: both }), at(1, { breakpoints: both, ...change }))).toEqual([5_000, 0, 500, 0]);
  });

  it("keeps tools and system, and not messages, where an image is added", () => {
    const image = { ...block("image", 300), kind: "user.image" };
    // 500 of the message are written anew, and the 300 of the image.
    const bill = lastBill(
      at(0, { breakpoints: both }),
      at(1, { blocks: [TOOL, SYSTEM, ASKED, image], breakpoints: marked("5m", 1, 3) }),
    );
    expect(bill).toEqual([5_000, 0, 800, 0]);
  });

  it("loses everything behind another tool", () => {
    const other = [block("other tool", 1_000, "tools"), SYSTEM, ASKED];
    expect(lastBill(at(0, { breakpoints: both }), at(1, { blocks: other, breakpoints: both }))).toEqual([
      0, 0, 5_500, 0,
    ]);
  });

  it("bills a read, then what is for an hour, then what is for five minutes", () => {
    const next = [TOOL, SYSTEM, ASKED, block("more", 700), block("newest", 60)];
    const breakpoints = [...marked("1h", 3), ...marked("5m", 4)];
    expect(lastBill(at(0), at(1, { blocks: next, breakpoints }))).toEqual([5_500, 700, 60, 0]);
  });

  it("looks back twenty blocks, its own included", () => {
    const added = (count: number): TrueBlock[] =>
      Array.from({ length: count }, (_, index) => block(`added ${String(index)}`, 10));
    // With 19 more blocks the one that was written is the twentieth; with 20 more it is out of sight.
    expect(lastBill(at(0), at(1, { blocks: [TOOL, SYSTEM, ASKED, ...added(19)] }))).toEqual([5_500, 0, 190, 0]);
    expect(lastBill(at(0), at(1, { blocks: [TOOL, SYSTEM, ASKED, ...added(20)] }))).toEqual([0, 0, 5_700, 0]);
  });

  it("keeps alive, by a read, what is within it", () => {
    const short = at(0, { breakpoints: marked("5m", 1) });
    const long = at(1, { breakpoints: both });
    const again = at(5.5, { breakpoints: both });
    const shortAgain = at(9, { blocks: [TOOL, SYSTEM, block("another", 10)], breakpoints: marked("5m", 1) });
    expect(lastBill(short, long, again, shortAgain)).toEqual([5_000, 0, 0, 10]);
  });

  it("finds what it should in a batch only as often as it is told", () => {
    const oracle = billingOracle({ seed: 7, missRate: 0, batchHitShare: 0.6 });
    oracle(at(0));
    const hits = Array.from({ length: 1_000 }, (_, index) =>
      at(1 + index / 1_000, { id: `item ${String(index)}`, tier: "batch" }),
    )
      .map(oracle)
      .filter(({ cacheRead }) => cacheRead > 0);
    expect(hits.length / 1_000).toBeCloseTo(0.6, 1);
  });

  it.each([
    [
      "more than four breakpoints",
      { blocks: [1, 2, 3, 4, 5].map((n) => block(String(n), 600)), breakpoints: marked("5m", 0, 1, 2, 3, 4) },
    ],
    ["five minutes before an hour", { breakpoints: [...marked("5m", 1), ...marked("1h", 2)] }],
    ["messages before tools", { blocks: [ASKED, TOOL] }],
  ])("refuses %s, as the API does", (_, change) => {
    expect(() => billingOracle(SURE)(at(0, change))).toThrow(RangeError);
  });

  it("refuses requests out of order", () => {
    const oracle = billingOracle(SURE);
    oracle(at(1));
    expect(() => oracle(at(0))).toThrow(RangeError);
  });
});
