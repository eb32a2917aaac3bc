import {
  createPriceBook,
  listPriceBook,
  parseInstant,
  parseRateCard,
  type PriceBook,
  type RateCard,
} from "@farthing/ledger";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MILLION, usd } from "./price.ts";

function card(input: string, more: object = {}): RateCard {
  return parseRateCard(
    {
      model: "claude-opus-5",
      effectiveFrom: "2026-08-01",
      rates: { uncachedInput: input, cacheWrite5m: null, cacheWrite1h: null, cacheRead: null, output: "1" },
      usGeography: false,
      regionalPremium: false,
      source: "contract",
      checkedOn: "2026-11-01",
      ...more,
    },
    { knownFrom: parseInstant("2026-11-01") },
  );
}

function priceAt(book: PriceBook, at: string, model = "claude-opus-5"): string {
  return usd(model, MILLION.input, at, book);
}

describe("a price book", () => {
  it("answers with the newest card that has begun", () => {
    const book = createPriceBook([
      card("3", { effectiveFrom: "2026-10-01" }),
      card("2"),
      card("4", { effectiveFrom: "2026-12-01" }),
    ]);
    expect(priceAt(book, "2026-07-31")).toBe("before-first-price");
    expect(priceAt(book, "2026-08-01")).toBe("2");
    expect(priceAt(book, "2026-09-30T23:59:59.999Z")).toBe("2");
    expect(priceAt(book, "2026-10-01")).toBe("3");
    expect(priceAt(book, "2027-01-01")).toBe("4");
  });

  it("answers with the card learnt last where two begin together", () => {
    const early = card("2", { knownFrom: "2026-08-01" });
    const late = card("3", { knownFrom: "2026-09-01" });
    for (const cards of [
      [early, late],
      [late, early],
    ])
      expect(priceAt(createPriceBook(cards), "2026-09-02")).toBe("3");
  });

  it("puts the user's cards before shipped ones from their start on, later shipped ones included", () => {
    const own = card("0.1", { model: "claude-sonnet-5-5", effectiveFrom: "2026-10-01" });
    const book = listPriceBook().with([own]);
    expect(priceAt(book, "2026-09-30", "claude-sonnet-5-5")).toBe("2");
    expect(priceAt(book, "2026-10-01", "claude-sonnet-5-5")).toBe("0.1");
    expect(priceAt(book, "2026-11-15", "claude-sonnet-5-5")).toBe("0.1");
    expect(priceAt(listPriceBook(), "2026-11-15", "claude-sonnet-5-5")).toBe("2");
  });

  it("prices a model that only the user knows, exactly and with a date or a region, but no sibling of it", () => {
    const book = listPriceBook().with([card("6", { model: "claude-opus-9", regionalPremium: true })]);
    expect(priceAt(book, "2026-11-15", "claude-opus-9")).toBe("6");
    expect(priceAt(book, "2026-11-15", "claude-opus-9-20260801")).toBe("6");
    expect(priceAt(book, "2026-11-15", "us.anthropic.claude-opus-9-v1:0")).toBe("6.6");
    expect(priceAt(book, "2026-11-15", "claude-opus-9-5")).toBe("unknown-model");
  });

  it("can be asked for what was known at a time", () => {
    const known = listPriceBook().knownAt(parseInstant("2026-10-06"));
    expect(usd("claude-sonnet-5-5", MILLION.read, "2026-11-15", known)).toBe("0.2");
    expect(usd("claude-sonnet-5-5", MILLION.read, "2026-11-15")).toBe("0.1");
    const own = listPriceBook().with([card("0.1")]);
    expect(priceAt(own.knownAt(parseInstant("2026-10-31")), "2026-10-01")).toBe("5");
    expect(priceAt(own.knownAt(parseInstant("2026-11-01")), "2026-10-01")).toBe("0.1");
  });

  it("orders its cards by model, start and when they became known", () => {
    const { cards } = listPriceBook().with([card("1")]);
    const keys = cards.map(
      ({ model, effectiveFrom, knownFrom }) => `${model} ${String(effectiveFrom)} ${String(knownFrom)}`,
    );
    expect(keys).toEqual(keys.toSorted());
  });

  it("is the same object each time for list prices", () => {
    expect(listPriceBook()).toBe(listPriceBook());
  });

  it("knows no model by an inherited name", () => {
    for (const model of ["__proto__", "constructor", "toString"]) {
      expect(listPriceBook().rateCardAt(model, 0)).toEqual({ reason: "unknown-model" });
      expect(listPriceBook().has(model)).toBe(false);
    }
  });
});

describe("the hash of a price book", () => {
  it("is twelve hexadecimal digits", () => {
    expect(listPriceBook().hash).toMatch(/^[0-9a-f]{12}$/);
  });

  it("does not depend on the order of the cards, nor on setting one twice", () => {
    const { cards, hash } = listPriceBook();
    fc.assert(
      fc.property(fc.shuffledSubarray([...cards], { minLength: cards.length }), (shuffled) => {
        expect(createPriceBook(shuffled).hash).toBe(hash);
      }),
      { numRuns: 10 },
    );
    const once = listPriceBook().with([card("1"), card("2")]);
    expect(
      listPriceBook()
        .with([card("2")])
        .with([card("1"), card("2")]).hash,
    ).toBe(once.hash);
  });

  it("changes with any price, and with whose price it is", () => {
    const hashes = [
      createPriceBook([card("1")]),
      createPriceBook([card("2")]),
      createPriceBook([card("1", { checkedOn: "2026-11-02" })]),
      createPriceBook([]).with([card("1")]),
      createPriceBook([]),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
