import { isResponse, merge, totalTokens, type LedgerEvent, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { events } from "../support/arbitraries.ts";
import {
  anUnknownEvent,
  aPlaceholder,
  aRequestCompleted,
  aRequestFailed,
  aRequestInterrupted,
  aUsage,
} from "../support/builders.ts";

const sightings = events(fc.constant("msg:1"));

function mergeAll(...[first, ...rest]: [ResponseRecorded, ...LedgerEvent[]]): ResponseRecorded {
  const merged = rest.reduce<LedgerEvent>(merge, first);
  if (!isResponse(merged)) throw new Error("expected a response");
  return merged;
}

describe("merging sightings of one fact", () => {
  it("is commutative", () => {
    fc.assert(
      fc.property(sightings, sightings, (a, b) => {
        expect(merge(a, b)).toEqual(merge(b, a));
      }),
    );
  });

  it("is associative", () => {
    fc.assert(
      fc.property(sightings, sightings, sightings, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      }),
      { numRuns: 300 },
    );
  });

  it("is idempotent", () => {
    fc.assert(
      fc.property(sightings, sightings, (a, b) => {
        expect(merge(a, a)).toEqual(a);
        const both = merge(a, b);
        expect(merge(both, b)).toEqual(both);
        expect(merge(both, both)).toEqual(both);
      }),
    );
  });

  it("refuses events of two ids", () => {
    expect(() => merge(aRequestCompleted({ id: "msg:1" }), aRequestCompleted({ id: "msg:2" }))).toThrow("one id");
  });
});

describe("the snapshot that counts", () => {
  const placeholder = aPlaceholder({ usage: aUsage({ uncachedInput: 100, output: 900 }) });
  const interrupted = aRequestInterrupted({ usage: aUsage({ uncachedInput: 100, output: 500 }) });
  const complete = aRequestCompleted({ usage: aUsage({ uncachedInput: 100, output: 10 }) });

  it("is the complete one, then the interrupted one, then the placeholder, whatever their output", () => {
    expect(mergeAll(placeholder, complete, interrupted)).toMatchObject({ finality: "complete", usage: complete.usage });
    expect(mergeAll(placeholder, interrupted)).toMatchObject({ finality: "interrupted", usage: interrupted.usage });
  });

  it("is, of equally complete ones, the one with more output", () => {
    const grown = aPlaceholder({ usage: aUsage({ uncachedInput: 100, output: 901 }) });
    expect(mergeAll(placeholder, grown).usage).toEqual(grown.usage);
  });

  it("is a final count rather than a lower bound of a complete response", () => {
    const bound = aRequestCompleted({ output: "lower-bound", usage: aUsage({ uncachedInput: 100, output: 11 }) });
    expect(mergeAll(bound, complete)).toMatchObject({ output: "final", usage: complete.usage, conflicts: [] });
  });

  it("is taken whole, never mixed from several", () => {
    const other = aRequestCompleted({
      servedModel: "claude-haiku-4-5",
      usage: aUsage({ output: 11 }),
      stopReason: null,
    });
    const { servedModel, usage, stopReason } = mergeAll(complete, other);
    expect({ servedModel, usage, stopReason }).toEqual({
      servedModel: "claude-haiku-4-5",
      usage: other.usage,
      stopReason: null,
    });
  });
});

describe("of final snapshots with the same tokens", () => {
  const usage = { ...aUsage({ uncachedInput: 100, output: 10 }), serviceTier: null, inferenceGeo: null, speed: null };
  const silent = aRequestCompleted({ usage: { ...usage, raw: { input_tokens: 100 } } });

  it.each([
    { inferenceGeo: "us" },
    { serviceTier: "batch" },
    { speed: "fast" },
    { thinkingTokens: 4 },
    { webSearchRequests: 2 },
  ])("one that reports %j counts, not one that leaves it out", (reported) => {
    const telling = aRequestCompleted({ usage: { ...usage, ...reported, raw: { cache_creation: null } } });
    expect(mergeAll(silent, telling)).toMatchObject({ usage: reported, conflicts: [] });
    expect(mergeAll(telling, silent)).toMatchObject({ usage: reported, conflicts: [] });
  });
});

describe("final snapshots that disagree", () => {
  const small = aRequestCompleted({ usage: aUsage({ uncachedInput: 100, output: 10 }) });
  const middle = aRequestCompleted({ usage: aUsage({ uncachedInput: 100, output: 20 }) });
  const large = aRequestCompleted({ usage: aUsage({ uncachedInput: 100, output: 30 }) });

  it("are all kept, the one with most output counts", () => {
    const merged = mergeAll(small, large, middle, small);
    expect(totalTokens(merged.usage).output).toBe(30);
    expect(merged.conflicts.map(({ usage }) => totalTokens(usage).output).toSorted((a, b) => a - b)).toEqual([10, 20]);
  });

  it("disagree when their models differ, though their tokens do not", () => {
    const other = aRequestCompleted({ servedModel: "claude-haiku-4-5", usage: small.usage });
    expect(mergeAll(small, other).conflicts).toHaveLength(1);
  });

  it("agree when they bill the same and only tell it otherwise", () => {
    const retold = aRequestCompleted({ usage: { ...small.usage, thinkingTokens: 4, raw: { output_tokens: 10 } } });
    expect(mergeAll(small, retold).conflicts).toEqual([]);
  });

  it("do not disagree with a snapshot that was not final", () => {
    const interrupted = aRequestInterrupted({ usage: aUsage({ uncachedInput: 100, output: 9 }) });
    expect(mergeAll(interrupted, small).conflicts).toEqual([]);
  });
});

describe("evidence", () => {
  it("is united: sources as a set, labels by name, context, ids and shape by field, the larger value winning", () => {
    const transcript = aRequestCompleted({
      sources: ["claude-code"],
      labels: { team: "a", ticket: "1" },
      context: { session: "s-1", gitBranch: "main" },
      ids: { message: "msg_1", request: null },
      attempt: null,
    });
    const middleware = aRequestCompleted({
      sources: ["anthropic", "claude-code"],
      labels: { team: "b", run: "7" },
      context: { service: "rag", session: null },
      ids: { message: "msg_1", request: "req_1" },
      attempt: 2,
    });
    expect(mergeAll(transcript, middleware)).toMatchObject({
      sources: ["anthropic", "claude-code"],
      labels: { team: "b", ticket: "1", run: "7" },
      context: { session: "s-1", gitBranch: "main", service: "rag" },
      ids: { message: "msg_1", request: "req_1" },
      attempt: 2,
    });
  });

  it("has the earliest start and the latest end, each with the way it is known", () => {
    const early = aRequestCompleted({
      occurredAt: "2026-10-01T10:00:00.000Z",
      timing: {
        startedAt: "2026-10-01T09:00:00.000Z",
        startedAtProvenance: "estimated",
        occurredAtProvenance: "reported",
      },
    });
    const late = aRequestCompleted({
      occurredAt: "2026-10-01T10:00:01.000Z",
      timing: {
        startedAt: "2026-10-01T09:00:05.000Z",
        startedAtProvenance: "reported",
        occurredAtProvenance: "derived",
      },
    });
    expect(mergeAll(early, late)).toMatchObject({
      occurredAt: "2026-10-01T10:00:01.000Z",
      timing: {
        startedAt: "2026-10-01T09:00:00.000Z",
        startedAtProvenance: "estimated",
        occurredAtProvenance: "derived",
      },
    });
  });

  it("of a losing snapshot survives, the text seen of an interrupted one included", () => {
    const less = aRequestInterrupted({ observedCharacters: 400, usage: aUsage({ output: 1 }), labels: { team: "a" } });
    const more = aRequestInterrupted({ observedCharacters: 300, usage: aUsage({ output: 2 }) });
    expect(mergeAll(less, more)).toMatchObject({ usage: more.usage, observedCharacters: 400, labels: { team: "a" } });
    expect(mergeAll(less, aRequestCompleted())).toMatchObject({ type: "RequestCompleted", labels: { team: "a" } });
    expect(mergeAll(less, aRequestCompleted())).not.toHaveProperty("observedCharacters");
  });

  it("includes fields this release does not know", () => {
    const known = { ...aRequestCompleted(), colour: "red" };
    const also = { ...aRequestCompleted(), shape: { round: true } };
    expect(mergeAll(known, also)).toMatchObject({ colour: "red", shape: { round: true } });
  });
});

describe("kinds that cannot be joined", () => {
  it("leave a response before another known event, and that before an unknown one", () => {
    const failed = aRequestFailed({ id: "msg:msg_1" });
    const unknown = anUnknownEvent({ id: "msg:msg_1" });
    expect(merge(unknown, failed)).toEqual(failed);
    expect(merge(failed, aRequestCompleted())).toEqual(aRequestCompleted());
  });

  it("unite the sources of one known event seen twice", () => {
    const merged = merge(aRequestFailed({ sources: ["a"] }), aRequestFailed({ sources: ["b"] }));
    expect(merged).toEqual(aRequestFailed({ sources: ["a", "b"] }));
  });
});

describe("two sightings of a failed attempt", () => {
  const seen = aRequestFailed({ sources: ["one"], labels: { feature: "chat" }, context: { service: "web" } });
  const other = aRequestFailed({ sources: ["two"], attempt: null, requestedModel: null, context: { host: "host-1" } });

  it("are one, with what either tells", () => {
    const both = { ...seen, sources: ["one", "two"], context: { ...seen.context, host: "host-1" } };
    expect(merge(seen, other)).toEqual(both);
    expect(merge(other, seen)).toEqual(both);
  });
});
