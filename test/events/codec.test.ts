import {
  canonicalJson,
  decodeEvent,
  encodeEvent,
  InvalidEventError,
  upcast,
  type LedgerEvent,
  type Upcaster,
  type Upcasters,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { anUnknownEvent, aRequestCompleted } from "../support/builders.ts";

describe("encoding and decoding", () => {
  it("gives back any event, fields and types this release does not know included", () => {
    fc.assert(
      fc.property(events(eventIds), (event) => {
        expect(decodeEvent(encodeEvent(event))).toEqual(event);
      }),
    );
  });

  it("gives back any text", () => {
    fc.assert(
      fc.property(events(eventIds), (event) => {
        const text = encodeEvent(event);
        expect(encodeEvent(decodeEvent(text))).toBe(text);
      }),
    );
  });

  it("gives back a negative zero", () => {
    const event = anUnknownEvent({ strength: JSON.parse("-0") });
    expect(decodeEvent(encodeEvent(event))).toEqual(event);
  });

  it("writes one line, the same for equal events in whatever order their fields are", () => {
    fc.assert(
      fc.property(events(eventIds), (event) => {
        const backwards = Object.fromEntries(Object.entries(event).reverse()) as LedgerEvent;
        expect(encodeEvent(backwards)).toBe(encodeEvent(event));
        expect(encodeEvent(event)).not.toContain("\n");
      }),
    );
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "expected a JSON object"],
    ['{"type":"T","version":1,"occurredAt":"x"}', "event.id: "],
    ['{"id":"1","version":1,"occurredAt":"x"}', "event.type: "],
    ['{"id":"1","type":"T","version":0,"occurredAt":"x"}', "event.version: "],
    ['{"id":"1","type":"T","version":1}', "event.occurredAt: "],
  ])("refuses %s", (text, message) => {
    expect(() => decodeEvent(text)).toThrow(InvalidEventError);
    expect(() => decodeEvent(text)).toThrow(message);
  });
});

describe("canonical JSON", () => {
  it("sorts keys at every depth and has no white space", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: "ü\n", u: undefined })).toBe(
      '{"a":"ü\\n","b":[{"c":null,"d":1}]}',
    );
  });

  it("sorts objects of the same first key and number of keys each in its own way", () => {
    const texts = [
      { b: 1, c: 2, a: 3 },
      { b: 1, a: 2, d: 3 },
      { b: 1, c: 2, a: 3 },
      { b: 1, a: undefined, 'c"': 3 },
    ];
    expect(texts.map(canonicalJson)).toEqual([
      '{"a":3,"b":1,"c":2}',
      '{"a":2,"b":1,"d":3}',
      '{"a":3,"b":1,"c":2}',
      '{"b":1,"c\\"":3}',
    ]);
  });

  it("keeps a field called __proto__", () => {
    const text = '{"__proto__":{"x":1},"a":2}';
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });

  it.each([
    [1n],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [() => 1],
    [new Date(0)],
    [new Map()],
    [[undefined]],
    [Array(1)],
  ])("refuses %s, which JSON cannot hold, with its path", (value) => {
    expect(() => canonicalJson({ usage: { raw: value } })).toThrow(/event\.usage\.raw(\.0)?: JSON cannot hold/);
  });
});

describe("upcasting", () => {
  const upcasters: Upcasters = new Map<string, Upcaster>([
    ["TeapotBrewed@1", ({ cups, ...event }) => ({ ...event, version: 2, millilitres: Number(cups) * 250 })],
    ["TeapotBrewed@2", (event) => ({ ...event, version: 3, material: "iron" })],
  ]);

  it("raises an event through every version up to the newest", () => {
    const old = encodeEvent({
      id: "t",
      type: "TeapotBrewed",
      version: 1,
      occurredAt: "2026-10-01T10:00:00.000Z",
      cups: 2,
    });
    expect(decodeEvent(old, upcasters)).toEqual({
      id: "t",
      type: "TeapotBrewed",
      version: 3,
      occurredAt: "2026-10-01T10:00:00.000Z",
      millilitres: 500,
      material: "iron",
    });
  });

  it("leaves versions without an upcaster as they are", () => {
    const newer = anUnknownEvent({ version: 9 });
    expect(upcast(newer, upcasters)).toBe(newer);
    expect(decodeEvent(encodeEvent(aRequestCompleted()))).toEqual(aRequestCompleted());
  });

  it("refuses an upcaster that would run for ever", () => {
    const stuck: Upcasters = new Map([["TeapotBrewed@1", (event) => event]]);
    expect(() => upcast(anUnknownEvent(), stuck)).toThrow("does not raise the version");
  });
});
