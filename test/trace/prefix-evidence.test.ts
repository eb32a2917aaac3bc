import { traceFromResponses, type TraceRequest } from "@farthing/advisor";
import { listPriceBook } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aConversation, type ConversationOptions, type Step } from "../support/conversation.ts";

function traced(steps: readonly Step[], options: ConversationOptions = {}): readonly TraceRequest[] {
  return traceFromResponses(aConversation(steps, options), listPriceBook()).requests;
}

const FIRST = { at: 0, cacheWrite5m: 20_000 };

describe("what reads, writes and times prove about prefixes", () => {
  it("takes all that was cached as reusable where the next request read all of it", () => {
    const [, second] = traced([FIRST, { at: 60, cacheRead: 20_000, cacheWrite5m: 500 }]);
    expect(second?.prefix).toEqual({
      previous: 0,
      lifetime: "5m",
      cacheable: 20_500,
      reusable: 20_000,
      sharedRead: 0,
      miss: null,
    });
  });

  it("calls context written again after the lifetime expired", () => {
    const [, second] = traced([FIRST, { at: 301, cacheWrite5m: 20_500 }]);
    expect(second?.prefix.miss).toEqual({ tokens: 20_000, cause: "expired" });
    expect(second?.prefix.reusable).toBe(20_000);
  });

  it("knows no cause for context written again within the lifetime", () => {
    const [, second] = traced([FIRST, { at: 60, cacheRead: 5_000, cacheWrite5m: 16_000 }]);
    expect(second?.prefix.miss).toEqual({ tokens: 15_000, cause: "not-recorded" });
    expect(second?.prefix.reusable).toBe(5_000);
  });

  it("takes a prompt shorter than what was cached for replaced context", () => {
    const [, second] = traced([FIRST, { at: 60, cacheRead: 3_000, cacheWrite5m: 9_000 }]);
    expect(second?.prefix.miss).toEqual({ tokens: 9_000, cause: "context-replaced" });
  });

  it("believes the API where it said why", () => {
    const overrides = { cacheMissReason: "tools_changed" };
    const [, second] = traced([FIRST, { at: 60, cacheWrite5m: 21_000, overrides }]);
    expect(second?.prefix.miss).toEqual({ tokens: 20_000, cause: "diagnosed" });
  });

  it("blames a change of model before anything else it can see", () => {
    const overrides = { servedModel: "claude-opus-5-5" };
    const [, second] = traced([FIRST, { at: 60, cacheWrite5m: 21_000, overrides }]);
    expect(second?.prefix.miss?.cause).toBe("model-changed");
  });

  it("keeps the lifetime of the conversation where a request writes nothing", () => {
    const [, second] = traced([
      { at: 0, cacheWrite1h: 20_000 },
      { at: 1_000, cacheRead: 20_000 },
    ]);
    expect(second?.prefix.lifetime).toBe("1h");
  });

  it("calls tokens that the first request reads shared", () => {
    const [first] = traced([{ at: 0, cacheRead: 11_000, cacheWrite1h: 9_000 }]);
    expect(first?.prefix).toMatchObject({ previous: null, reusable: 0, sharedRead: 11_000, miss: null });
  });
});

describe("which request continues which", () => {
  it("follows the response that a request names, not the one before it", () => {
    const steps: Step[] = [
      FIRST,
      { at: 10, cacheWrite5m: 5_000, continues: -1 },
      { at: 20, cacheRead: 20_000, continues: 0 },
    ];
    expect(traced(steps).map(({ prefix }) => prefix.previous)).toEqual([null, null, 0]);
  });

  it("takes the request before it in the session where none names any", () => {
    const steps: Step[] = [FIRST, { at: 10, cacheRead: 20_000 }, { at: 20, cacheRead: 20_000 }];
    expect(traced(steps, { linked: false }).map(({ prefix }) => prefix.previous)).toEqual([null, 0, 1]);
  });

  it("does not guess within a session that names some", () => {
    const steps: Step[] = [FIRST, { at: 10, cacheRead: 20_000 }, { at: 20, cacheWrite5m: 7_000, continues: -1 }];
    expect(traced(steps).map(({ prefix }) => prefix.previous)).toEqual([null, 0, null]);
  });

  it("never ties requests of different sessions together", () => {
    const requests = traceFromResponses(
      [
        ...aConversation([FIRST], { name: "a", linked: false }),
        ...aConversation([FIRST], { name: "b", linked: false }),
      ],
      listPriceBook(),
    ).requests;
    expect(requests.map(({ prefix }) => prefix.previous)).toEqual([null, null]);
  });

  it("leaves out responses that somebody else pays for", () => {
    const [response] = aConversation([FIRST]);
    if (response === undefined) throw new Error("no response");
    expect(traceFromResponses([{ ...response, billedTo: "user-profile" }], listPriceBook()).requests).toEqual([]);
  });
});
