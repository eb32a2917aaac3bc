import { InvalidEventError, loadEventJsonSchema, loadParseEvent, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { anUnknownEvent, aRequestCompleted, NO_CONTEXT, NO_IDS } from "../support/builders.ts";

const parseEvent = await loadParseEvent();
const eventJsonSchema = await loadEventJsonSchema();

function withTokens(bucket: string, value: unknown): unknown {
  const tokens = { uncachedInput: 1, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0, [bucket]: value };
  return { ...aRequestCompleted(), usage: { parts: [{ kind: "response", tokens }] } };
}

describe("parsing an event from outside", () => {
  it("gives back every valid event as it was", () => {
    fc.assert(
      fc.property(events(eventIds), (event) => {
        expect(parseEvent(event)).toEqual(event);
      }),
    );
  });

  it("takes what may be absent for unknown", () => {
    const tokens = { uncachedInput: 12, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 3 };
    expect(
      parseEvent({
        type: "RequestCompleted",
        version: 1,
        id: "req:1",
        occurredAt: "2026-10-01T10:00:00Z",
        finality: "complete",
        output: "final",
        servedModel: "claude-opus-5",
        usage: { parts: [{ kind: "response", tokens }] },
      }),
    ).toEqual({
      type: "RequestCompleted",
      version: 1,
      id: "req:1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: [],
      finality: "complete",
      requestedModel: null,
      servedModel: "claude-opus-5",
      usage: {
        parts: [{ kind: "response", iteration: null, model: null, tokens }],
        thinkingTokens: null,
        webSearchRequests: 0,
        webFetchRequests: 0,
        serviceTier: null,
        inferenceGeo: null,
        speed: null,
        notes: [],
        raw: null,
      },
      stopReason: null,
      billedTo: "self",
      output: "final",
      ids: NO_IDS,
      timing: { startedAt: null, startedAtProvenance: "missing", occurredAtProvenance: "reported", firstTokenAt: null },
      attempt: null,
      request: null,
      context: NO_CONTEXT,
      labels: {},
      cacheMissReason: null,
      conflicts: [],
    });
  });

  it.each([
    ["2026-10-01T10:00:00Z", "2026-10-01T10:00:00.000Z"],
    ["2026-10-01T12:30:00.5+02:30", "2026-10-01T10:00:00.500Z"],
    ["2026-09-30t23:59:59.123456-00:01", "2026-10-01T00:00:59.123Z"],
  ])("reads the time %s as %s", (text, utc) => {
    expect(parseEvent(aRequestCompleted({ occurredAt: text })).occurredAt).toBe(utc);
  });

  it.each<[string, unknown, string]>([
    ["no object", [], "event: expected a JSON object"],
    ["no id", { ...aRequestCompleted(), id: "" }, "event.id: "],
    ["a day that does not exist", aRequestCompleted({ occurredAt: "2026-02-30T00:00:00Z" }), "event.occurredAt: "],
    ["a bare date", aRequestCompleted({ occurredAt: "2026-02-20" }), "event.occurredAt: "],
    ["an impossible start", aRequestCompleted({ timing: { startedAt: "25:00" } }), "event.timing.startedAt: "],
    ["negative tokens", withTokens("output", -1), "event.usage.parts.0.tokens.output: expected a whole number from 0"],
    ["fractional tokens", withTokens("cacheRead", 0.5), "event.usage.parts.0.tokens.cacheRead: "],
    ["tokens beyond 2^53", withTokens("uncachedInput", 2 ** 53), "event.usage.parts.0.tokens.uncachedInput: "],
    ["tokens that add up past 2^53", withTokens("output", 2 ** 53 - 1), "event.usage.parts: the tokens add up"],
    ["tokens in words", withTokens("output", "12"), "event.usage.parts.0.tokens.output: "],
    ["an unknown finality", { ...aRequestCompleted(), finality: "interrupted" }, "event.finality: "],
    ["no part", { ...aRequestCompleted(), usage: { parts: [] } }, "event.usage.parts: expected at least one part"],
    ["no usage", { ...aRequestCompleted(), usage: undefined }, "event.usage: "],
    ["a label that is no text", { ...aRequestCompleted(), labels: { team: 1 } }, "event.labels.team: "],
    [
      "a label called __proto__",
      JSON.parse(JSON.stringify(aRequestCompleted()).replace('"labels":{', '"labels":{"__proto__":"x"')),
      "event.labels.__proto__: cannot be used as a name",
    ],
    [
      "advice with a detail called __proto__",
      JSON.parse(
        '{"type":"AdviceIssued","version":1,"id":"a","occurredAt":"2026-10-01T10:00:00Z","advice":"a","detail":{"__proto__":1}}',
      ),
      "event.detail.__proto__: cannot be used as a name",
    ],
    [
      "a field called __proto__",
      JSON.parse(JSON.stringify(aRequestCompleted()).replace("{", '{"__proto__":{},')),
      "event.__proto__: cannot be used as a name",
    ],
  ])("refuses %s, naming the field", (_, json, message) => {
    expect(() => parseEvent(json)).toThrow(InvalidEventError);
    expect(() => parseEvent(json)).toThrow(message);
  });

  it("passes types and versions it does not know, and looks at nothing but their envelope", () => {
    const newer = { ...aRequestCompleted(), version: 2, usage: "reinvented" };
    for (const event of [anUnknownEvent(), newer]) expect(parseEvent(event)).toEqual(event);
    expect(() => parseEvent(anUnknownEvent({ occurredAt: "yesterday" }))).toThrow("event.occurredAt: ");
  });
});

describe("the JSON Schema of events", () => {
  it("has one form per type, and asks only for what cannot be absent", () => {
    const { anyOf } = eventJsonSchema() as {
      anyOf: { properties: { type: { const: LedgerEvent["type"] } }; required: string[] }[];
    };
    expect(new Set(anyOf.map(({ properties }) => properties.type.const)).size).toBe(anyOf.length);
    expect(anyOf).toHaveLength(27);
    const completed = anyOf.find(({ properties }) => properties.type.const === "RequestCompleted");
    expect(completed?.required.toSorted()).toEqual([
      "finality",
      "id",
      "occurredAt",
      "output",
      "servedModel",
      "type",
      "usage",
      "version",
    ]);
  });
});
