import { BATCH_HIT_SHARE, replay, replayGap, traceFromResponses, type Rewriter, type Trace } from "@farthing/advisor";
import { listPriceBook, totalCostOf, type ResponseRecorded, type TokenBuckets } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aUsage } from "../support/builders.ts";
import { promptedCalls, systemText, userText, type PromptedCall } from "../support/prompted-calls.ts";

const book = listPriceBook();
const AT = Date.parse("2026-10-10T10:00:00.000Z");
const SHARED = 5_000;
const OWN = 100;

/** Requests of one batch, a minute apart, that begin with the same system prompt. */
function aBatch(calls: readonly Partial<PromptedCall>[], ttl?: "1h"): Trace {
  const responses = promptedCalls(
    calls.map((call, place) => ({
      at: place * 60,
      blocks: [systemText("Classify.", SHARED, ttl), userText(`letter ${String(place)}`, OWN)],
      ...call,
    })),
  );
  return traceFromResponses(responses.map(inBatch), book);
}

function inBatch(event: ResponseRecorded): ResponseRecorded {
  return { ...event, usage: { ...event.usage, serviceTier: "batch" } };
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

function subjectOf(trace: Trace, knowledge: "blocks" | "recorded" = "blocks"): Parameters<typeof replay>[0] {
  return { trace, members: [...trace.requests.keys()], neighbours: [], knowledge };
}

function costOf(requests: readonly Partial<TokenBuckets>[]): bigint {
  return requests.reduce((sum, tokens) => {
    const usage = aUsage({ ...tokens, output: 10 }, { serviceTier: "batch" });
    return sum + (totalCostOf(usage, "claude-opus-5-5", AT, book) ?? 0n);
  }, 0n);
}

describe("batches that were cached", () => {
  // Nothing but chance says which of them found what the first had written.
  const trace = aBatch(
    [
      { cacheWrite1h: SHARED },
      { cacheRead: SHARED },
      { cacheWrite1h: SHARED },
      { cacheRead: SHARED },
      { cacheWrite1h: SHARED },
    ],
    "1h",
  );
  const billed = costOf([
    ...times(3, { cacheWrite1h: SHARED, uncachedInput: OWN }),
    ...times(2, { cacheRead: SHARED, uncachedInput: OWN }),
  ]);

  it.each(["blocks", "recorded"] as const)(
    "cost what was billed where nothing is changed, known by %s",
    (knowledge) => {
      for (const scenario of ["pessimistic", "expected", "optimistic"] as const) {
        expect(replay(subjectOf(trace, knowledge), [], scenario, book).total).toBe(billed);
      }
    },
  );

  it("are no steps that a rule could predict, nor misses that it could not", () => {
    expect(replayGap(subjectOf(trace), "answers", book)).toMatchObject({
      steps: 0,
      unexplainedSteps: 0,
      gap: null,
      predicted: billed,
    });
  });

  it("cost new input for all that they read or wrote where nothing is cached", () => {
    const uncached: Rewriter = {
      rewrite: (request) =>
        request.prompt.kind === "recorded" ? [{ ...request, prompt: { ...request.prompt, lifetime: null } }] : [],
    };
    expect(replay(subjectOf(trace), [uncached], "expected", book).total).toBe(
      costOf(times(5, { uncachedInput: SHARED + OWN })),
    );
  });
});

describe("batches that were not cached", () => {
  const trace = aBatch(times(4, {}));
  const cached: Rewriter = {
    rewrite: (request) =>
      request.prompt.kind === "blocks"
        ? [{ ...request, prompt: { ...request.prompt, breakpoints: [{ block: 0, ttl: "1h" }] } }]
        : [],
  };

  it.each(["pessimistic", "expected", "optimistic"] as const)(
    "find a share of what they start to cache, %s",
    (scenario) => {
      const read = Math.round(SHARED * BATCH_HIT_SHARE[scenario]);
      expect(replay(subjectOf(trace), [cached], scenario, book).total).toBe(
        costOf([
          { cacheWrite1h: SHARED, uncachedInput: OWN },
          ...times(3, { cacheRead: read, cacheWrite1h: SHARED - read, uncachedInput: OWN }),
        ]),
      );
    },
  );
});
