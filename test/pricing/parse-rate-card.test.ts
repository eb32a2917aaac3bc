import { InvalidRateCardError, listPriceBook, parseRateCard, parseRateCards, rateCardToJson } from "@farthing/ledger";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const options = { knownFrom: 0 };
const rates = { uncachedInput: "4.5", cacheWrite5m: "5.625", cacheWrite1h: "9", cacheRead: "0.45", output: "22.5" };
const minimal = {
  model: "claude-opus-5",
  effectiveFrom: "2026-08-01",
  rates,
  usGeography: true,
  regionalPremium: true,
  source: "contract of 2026-07-30",
  checkedOn: "2026-07-30",
};

function complaint(value: unknown): string {
  try {
    parseRateCard(value, options);
  } catch (error) {
    if (error instanceof InvalidRateCardError) return error.message;
    throw error;
  }
  return "none";
}

/** A card with this price of a cache read, of a model sold with or without dearer regions. */
function withRead(cacheRead: string, premium: boolean): object {
  return { ...minimal, usGeography: premium, regionalPremium: premium, rates: { ...rates, cacheRead } };
}

describe("reading a rate card", () => {
  it.each(["claude-haiku-9@default", "claude-haiku-9[1m]", "us.anthropic.claude-haiku-9"])(
    "refuses %s, under which no usage would ever find it",
    (model) => {
      expect(complaint({ ...minimal, model })).toBe('model: use the canonical id "claude-haiku-9"');
    },
  );

  it("takes the id of a model of the user's own", () => {
    expect(complaint({ ...minimal, model: "claude-haiku-9" })).toBe("none");
    expect(complaint({ ...minimal, model: "in-house-model-20260101" })).toBe("none");
  });

  it("takes US dollars per million tokens to picodollars per token", () => {
    expect(parseRateCard(minimal, { knownFrom: 7 })).toEqual({
      model: "claude-opus-5",
      effectiveFrom: Date.UTC(2026, 7, 1),
      knownFrom: 7,
      rates: {
        uncachedInput: 4_500_000n,
        cacheWrite5m: 5_625_000n,
        cacheWrite1h: 9_000_000n,
        cacheRead: 450_000n,
        output: 22_500_000n,
      },
      promptTiers: [],
      fast: null,
      usGeography: true,
      regionalPremium: true,
      source: "contract of 2026-07-30",
      checkedOn: "2026-07-30",
    });
  });

  it("gives fast mode the card's start and no end where it has none of its own", () => {
    const { fast } = parseRateCard({ ...minimal, fast: { rates } }, options);
    expect(fast).toMatchObject({ from: Date.UTC(2026, 7, 1), until: null, afterwards: "unpriced", promptTiers: [] });
  });

  it("accepts a card without prices, which says that none is known", () => {
    expect(parseRateCard({ ...minimal, rates: null }, options).rates).toBeNull();
  });

  it("reads back every shipped card as it was written", () => {
    for (const card of listPriceBook().cards) {
      expect(parseRateCard(JSON.parse(JSON.stringify(rateCardToJson(card))), options)).toEqual(card);
    }
  });

  it.each<[string, unknown]>([
    ["card: expected an object", null],
    ["card: expected an object", [minimal]],
    ["model: expected text", { ...minimal, model: "" }],
    ['model: use the canonical id "claude-sonnet-4"', { ...minimal, model: "claude-sonnet-4-0" }],
    ['model: use the canonical id "claude-opus-5"', { ...minimal, model: "us.anthropic.claude-opus-5" }],
    ["effectiveFrom: ", { ...minimal, effectiveFrom: "2026-02-30" }],
    ["effectiveFrom: expected text", { ...minimal, effectiveFrom: 0 }],
    ["knownFrom: ", { ...minimal, knownFrom: "yesterday" }],
    ["rates: expected an object", { ...minimal, rates: undefined }],
    ["rates.output: expected US dollars", { ...minimal, rates: { ...rates, output: 22.5 } }],
    ["rates.output: expected US dollars", { ...minimal, rates: { ...rates, output: null } }],
    ["rates.cacheRead: expected US dollars", { ...minimal, rates: { ...rates, cacheRead: undefined } }],
    ["rates.cacheRead: ", { ...minimal, rates: { ...rates, cacheRead: "1e-3" } }],
    ["rates.cacheRead: a price cannot be negative", { ...minimal, rates: { ...rates, cacheRead: "-0.1" } }],
    ["rates.cachRead: unknown field", { ...minimal, rates: { ...rates, cachRead: "0.1" } }],
    ["discount: unknown field", { ...minimal, discount: "10%" }],
    ["__proto__: unknown field", JSON.parse('{"__proto__":{"model":"claude-opus-5"}}')],
    ["usGeography: expected true or false", { ...minimal, usGeography: undefined }],
    ["regionalPremium: expected true or false", { ...minimal, regionalPremium: "yes" }],
    ["source: expected text", { ...minimal, source: "" }],
    ["checkedOn: ", { ...minimal, checkedOn: "2026-13-01" }],
    ["checkedOn: expected a date", { ...minimal, checkedOn: "2026-11-01T00:00:00Z" }],
    ["promptTiers: expected a list", { ...minimal, promptTiers: {} }],
    ["promptTiers.0.promptTokensAbove: ", { ...minimal, promptTiers: [{ promptTokensAbove: 0, rates }] }],
    ["promptTiers.1.promptTokensAbove: expected a whole number above 9", tiers(9, 9)],
    ["promptTiers.0.rates: expected an object", { ...minimal, promptTiers: [{ promptTokensAbove: 5 }] }],
    ["fast: expected an object", { ...minimal, fast: true }],
    ["fast.rates: expected an object", { ...minimal, fast: {} }],
    ["fast.until: ", { ...minimal, fast: { rates, until: "soon" } }],
    ["fast.afterwards: ", { ...minimal, fast: { rates, afterwards: "free" } }],
  ])("complains %j", (message, value) => {
    expect(complaint(value)).toContain(message);
    expect(complaint(value).indexOf(message)).toBe(0);
  });

  it("refuses a price that its factors would make a fraction of a picodollar", () => {
    expect(complaint(withRead("0.00975", true))).toBe(
      "rates.cacheRead: cannot be halved or raised by a tenth exactly; give a multiple of 0.00002 USD per million tokens",
    );
    expect(complaint(withRead("0.00976", true))).toBe("none");
    expect(complaint(withRead("0.00975", false))).toBe("none");
    expect(complaint(withRead("0.000001", false))).toContain("a multiple of 0.000002 USD");
    expect(complaint(withRead("0.0000001", false))).toContain("a multiple of 0.000002 USD");
  });

  it("ends in a card or an InvalidRateCardError, whatever it is given", () => {
    const field = fc.oneof(fc.anything(), fc.constantFrom(...Object.values(minimal)));
    const value = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...Object.keys(minimal)), field));
    fc.assert(
      fc.property(value, (each) => {
        expect(typeof complaint(each)).toBe("string");
      }),
    );
  });

  function tiers(...limits: number[]): object {
    return { ...minimal, promptTiers: limits.map((promptTokensAbove) => ({ promptTokensAbove, rates })) };
  }
});

describe("reading a document of rate cards", () => {
  it("takes one card or a list", () => {
    expect(parseRateCards(minimal, options)).toHaveLength(1);
    expect(parseRateCards([minimal, minimal], options)).toHaveLength(2);
  });

  it("says which card is wrong", () => {
    expect(() => parseRateCards([minimal, { ...minimal, model: 5 }], options)).toThrow("card 2: model: expected text");
  });
});
