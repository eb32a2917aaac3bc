import { canonicalJson, InvalidEventError, loadParseEvent, type PromptFingerprint, type Usage } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alteredEvents } from "../support/altered-events.ts";
import { aRequestCompleted, aRequestFailed, aRequestInterrupted, aUsage } from "../support/builders.ts";

const parseEvent = await loadParseEvent();

describe("parsing a response or failure that is in normal form", () => {
  it("gives back the same object", () => {
    const tokens = { uncachedInput: 1, cacheWrite5m: 2, cacheWrite1h: 3, cacheRead: 4, output: 5 };
    const passes: Usage = {
      ...aUsage({}, { notes: ["iterations-differ-from-total"] }),
      parts: [
        { kind: "message", iteration: 0, model: null, tokens },
        { kind: "advisor_message", iteration: 1, model: "claude-opus-5", tokens },
      ],
    };
    const prompt: PromptFingerprint = {
      key: "k",
      blocks: [
        { section: "system", kind: "text", hash: "0123456789abcdef", tokens: 7, ttl: "1h" },
        { kind: "omitted", hash: "fedcba9876543210", blocks: 3, tokens: 9 },
      ],
    };
    for (const event of [
      aRequestCompleted(),
      aRequestInterrupted(),
      aRequestFailed(),
      aRequestCompleted({ usage: passes }),
      { ...aRequestCompleted(), prompt },
      aRequestCompleted({ occurredAt: "2028-02-29T23:59:59.999Z" }),
    ]) {
      expect(parseEvent(event)).toBe(event);
    }
  });

  it("is not mistaken where a day, an hour or a sum of tokens cannot be", () => {
    const tooMuch = {
      uncachedInput: Number.MAX_SAFE_INTEGER,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      cacheRead: 0,
      output: 1,
    };
    const one = { ...tooMuch, uncachedInput: 0 };
    const part = { kind: "message", iteration: null, model: null } as const;
    const most = { ...tooMuch, output: 0 };
    for (const event of [
      aRequestCompleted({ occurredAt: "2026-02-29T10:00:00.000Z" }),
      aRequestCompleted({ occurredAt: "2026-04-31T10:00:00.000Z" }),
      aRequestCompleted({ occurredAt: "2026-13-01T10:00:00.000Z" }),
      aRequestCompleted({ occurredAt: "2026-01-00T10:00:00.000Z" }),
      aRequestCompleted({ occurredAt: "2026-01-01T24:00:00.000Z" }),
      aRequestCompleted({ occurredAt: "2026-01-01T23:60:00.000Z" }),
      aRequestCompleted({ usage: aUsage(tooMuch) }),
      aRequestCompleted({
        usage: {
          ...aUsage(),
          parts: [
            { ...part, tokens: most },
            { ...part, tokens: one },
          ],
        },
      }),
    ]) {
      expect(() => parseEvent(event)).toThrow(InvalidEventError);
    }
  });

  it("is not mistaken in a time that begins with the second of the one before", () => {
    const second = "2026-01-01T10:00:00.";
    for (const end of ["000Z", "999Z", "00aZ", "00/Z", "00:Z", "-01Z", "0000", "000z", "00Z", "0000Z", ".00Z"]) {
      const event = aRequestCompleted({ occurredAt: `${second}${end}` });
      parseEvent(aRequestCompleted({ occurredAt: `${second}123Z` }));

      expect(outcomeOf(event)).toEqual(outcomeOf(withoutPrototype(event)));
    }
  });

  it("says of every event what the schema says", () => {
    fc.assert(
      fc.property(alteredEvents, (event) => {
        expect(outcomeOf(event)).toEqual(outcomeOf(withoutPrototype(event)));
      }),
      { numRuns: 3_000 },
    );
  });
});

function outcomeOf(event: unknown): unknown {
  try {
    return { text: canonicalJson(parseEvent(event)) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : error };
  }
}

/** Only objects of the usual prototype are in normal form, so this one goes through the schema. */
function withoutPrototype(event: unknown): unknown {
  return Object.defineProperties(Object.create(null), Object.getOwnPropertyDescriptors(event as object));
}
