import { canonicalJson, InvalidEventError, loadParseEvent, type PromptFingerprint, type Usage } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { aRequestCompleted, aRequestInterrupted, aUsage } from "../support/builders.ts";

const parseEvent = await loadParseEvent();

/** Values that some field of an event accepts, and others that none does. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    "",
    "text",
    "5m",
    "estimated",
    "2026-10-01T10:00:00.000Z",
    "2026-02-30T10:00:00.000Z",
  ),
  fc.constantFrom<unknown>(
    "2026-10-01T10:00:00Z",
    "0123456789abcdef",
    "omitted",
    "tools",
    -1,
    -0,
    0,
    0.5,
    NaN,
    2 ** 53,
    7n,
  ),
  fc.constantFrom<unknown>(
    true,
    [],
    {},
    ["b", "a"],
    ["a", "a"],
    [null],
    new Date(0),
    new Map(),
    JSON.parse('{"__proto__":{}}'),
  ),
);

/** An event with one value somewhere in it replaced, added or taken away. */
const altered = fc
  .record({
    event: events(eventIds),
    place: fc.nat(),
    value: values,
    name: fc.constantFrom("ttl", "extra", "prompt", "__proto__"),
  })
  .map(({ event, place, value, name }) => {
    const copy: unknown = structuredClone(event);
    const objects = objectsIn(copy);
    const object = objects[place % objects.length] ?? {};
    const names = [...Object.keys(object), name];
    const chosen = names[Math.floor(place / objects.length) % names.length] ?? name;
    Object.defineProperty(object, chosen, { value, enumerable: true, configurable: true, writable: true });
    return copy;
  });

describe("parsing a response that is in normal form", () => {
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

  it("says of every event what the schema says", () => {
    fc.assert(
      fc.property(altered, (event) => {
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

function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}
