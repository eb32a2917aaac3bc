import { listPriceBook, modelById, MODELS, rateCardToJson } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { MILLION, usd, write } from "./price.ts";

/** Input, 5m write, 1h write, read, output in USD per million tokens, on 2026-11-15. */
const TABLE: readonly (readonly [string, string, string, string, string, string])[] = [
  ["claude-fable-5-2", "8", "10", "16", "0.2", "40"],
  ["claude-mythos-5-2", "8", "10", "16", "0.2", "40"],
  ["claude-sonnet-5-5", "2", "2.5", "4", "0.1", "10"],
  ["claude-fable-5-1", "10", "12.5", "20", "0.25", "50"],
  ["claude-mythos-5-1", "10", "12.5", "20", "0.25", "50"],
  ["claude-opus-5-5", "4", "5", "8", "0.2", "20"],
  ["claude-sonnet-5", "2", "2.5", "4", "0.2", "10"],
  ["claude-fable-5", "10", "12.5", "20", "1", "50"],
  ["claude-mythos-5", "10", "12.5", "20", "1", "50"],
  ["claude-opus-5", "5", "6.25", "10", "0.5", "25"],
  ["claude-opus-4-8", "5", "6.25", "10", "0.5", "25"],
  ["claude-opus-4-7", "5", "6.25", "10", "0.5", "25"],
  ["claude-opus-4-6", "5", "6.25", "10", "0.5", "25"],
  ["claude-opus-4-5", "5", "6.25", "10", "0.5", "25"],
  ["claude-sonnet-4-6", "3", "3.75", "6", "0.3", "15"],
  ["claude-3-7-sonnet-20250219", "3", "3.75", "6", "0.3", "15"],
  ["claude-3-5-sonnet", "3", "3.75", "6", "0.3", "15"],
  ["claude-3-sonnet", "3", "3.75", "6", "0.3", "15"],
  ["claude-haiku-4-5", "1", "1.25", "2", "0.1", "5"],
  ["claude-opus-4-1", "15", "18.75", "30", "1.5", "75"],
  ["claude-opus-4-0", "15", "18.75", "30", "1.5", "75"],
  ["claude-3-opus", "15", "18.75", "30", "1.5", "75"],
  ["claude-3-5-haiku", "0.8", "1", "1.6", "0.08", "4"],
  ["claude-3-haiku", "0.25", "0.3", "0.5", "0.03", "1.25"],
];

function modelsWithout(flag: "usGeography" | "regionalPremium"): string[] {
  const without = listPriceBook().cards.filter((card) => card.rates !== null && !card[flag]);
  return [...new Set(without.map(({ model }) => model))].toSorted();
}

describe("list prices", () => {
  it.each(TABLE)("of %s are those published", (model, input, write5m, write1h, read, output) => {
    expect([
      usd(model, MILLION.input),
      usd(model, MILLION.write5m),
      usd(model, MILLION.write1h),
      usd(model, MILLION.read),
      usd(model, MILLION.output),
    ]).toEqual([input, write5m, write1h, read, output]);
  });

  it.each(["claude-sonnet-4-5", "claude-sonnet-4"])(
    "of %s double above 200,000 prompt tokens, output half as much again",
    (model) => {
      const rest = { output_tokens: 1_000 };
      expect(usd(model, { input_tokens: 200_000, ...rest })).toBe("0.615");
      expect(usd(model, { input_tokens: 200_001, ...rest })).toBe("1.222506");
      expect(usd(model, { ...write(100_000, 100_000), cache_read_input_tokens: 100_000, ...rest })).toBe("2.0325");
    },
  );

  it("of the 4.6 models depend on the prompt's length until 2026-03-13 only", () => {
    const long = { input_tokens: 200_001, output_tokens: 1_000 };
    expect(usd("claude-opus-4-6", long, "2026-03-12T23:59:59.999Z")).toBe("2.03751");
    expect(usd("claude-opus-4-6", long, "2026-03-13")).toBe("1.025005");
    expect(usd("claude-sonnet-4-6", long, "2026-03-12")).toBe("1.222506");
    expect(usd("claude-sonnet-4-6", long, "2026-03-13")).toBe("0.615003");
  });

  it("of Haiku 5.5 rise for the whole request above 100,000 prompt tokens, cached ones counted", () => {
    expect(usd("claude-haiku-5-5", { input_tokens: 100_000, output_tokens: 1_000 })).toBe("0.0105");
    expect(usd("claude-haiku-5-5", { input_tokens: 100_001, output_tokens: 1_000 })).toBe("0.0525005");
    expect(usd("claude-haiku-5-5", { input_tokens: 1, cache_read_input_tokens: 100_000 })).toBe("0.0050005");
    expect(usd("claude-haiku-5-5", { ...write(50_000, 50_000), output_tokens: 1 })).toBe("0.0162505");
  });

  it("of Sonnet 5.5 cache reads fell on 2026-10-07", () => {
    expect(usd("claude-sonnet-5-5", MILLION.read, "2026-10-06")).toBe("0.2");
    expect(usd("claude-sonnet-5-5", MILLION.read, "2026-10-06T23:59:59.999Z")).toBe("0.2");
    expect(usd("claude-sonnet-5-5", MILLION.read, "2026-10-07")).toBe("0.1");
  });

  it("of Haiku 3.5 fell a month after its launch", () => {
    expect(usd("claude-3-5-haiku-20241022", MILLION.input, "2024-12-02")).toBe("1");
    expect(usd("claude-3-5-haiku-20241022", MILLION.input, "2024-12-03")).toBe("0.8");
  });

  it("of Sonnet 5 did not rise on 2026-09-01", () => {
    expect(usd("claude-sonnet-5", MILLION.input, "2026-08-31")).toBe("2");
    expect(usd("claude-sonnet-5", MILLION.input, "2026-09-01")).toBe("2");
  });

  it("of the 1.x and 2.x models cover no cache", () => {
    for (const model of ["claude-2.1", "claude-2", "claude-v1"]) {
      expect(usd(model, { input_tokens: 1_000_000, output_tokens: 1_000_000 })).toBe("32");
      expect(usd(model, MILLION.read)).toBe("no-price-for-bucket");
      expect(usd(model, MILLION.write1h)).toBe("no-price-for-bucket");
    }
  });

  it("of Mythos Preview were never published", () => {
    expect(usd("claude-mythos-preview", MILLION.input)).toBe("no-published-price");
  });

  it("stay for retired models", () => {
    const retired = MODELS.filter(({ retiredAt }) => retiredAt !== null && retiredAt < Date.parse("2026-11-01"));
    const priced = retired.filter(({ id }) => usd(id, { input_tokens: 100 }).startsWith("0.0"));
    expect(retired.length).toBeGreaterThan(10);
    expect(retired.filter((model) => !priced.includes(model)).map(({ id }) => id)).toEqual(["claude-mythos-preview"]);
  });

  it("exist for every model of the catalogue and for no other", () => {
    const { cards } = listPriceBook();
    expect(new Set(cards.map(({ model }) => model))).toEqual(new Set(MODELS.map(({ id }) => id)));
    for (const { model } of cards) expect(modelById(model)).not.toBeNull();
  });

  it("name a source and the day it was read, and never start after the model's end", () => {
    for (const card of listPriceBook().cards) {
      expect(card.source).not.toBe("");
      expect(card.checkedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(card.knownFrom).toBe(card.effectiveFrom);
      expect(card.effectiveFrom).toBeLessThan(modelById(card.model)?.retiredAt ?? Infinity);
    }
  });

  it("have writes at 1.25 and 2 times input in every tier and fast mode, but for Haiku 3's rounded one", () => {
    const all = listPriceBook().cards.flatMap(({ model, rates, promptTiers, fast }) =>
      [
        rates,
        ...promptTiers.map((tier) => tier.rates),
        fast?.rates,
        ...(fast?.promptTiers ?? []).map((tier) => tier.rates),
      ]
        .flatMap((each) => each ?? [])
        .map((each) => ({ model, each })),
    );
    expect(all.length).toBeGreaterThan(40);
    const cached = all.filter(({ each }) => each.cacheWrite5m !== null);
    const exact = cached.filter(({ each }) => (each.cacheWrite5m ?? 0n) * 4n === each.uncachedInput * 5n);
    expect(cached.filter((each) => !exact.includes(each)).map(({ model }) => model)).toEqual(["claude-3-haiku"]);
    for (const { each } of cached) expect(each.cacheWrite1h).toBe(each.uncachedInput * 2n);
  });

  it("offer US-only inference from the 4.6 models on, and dearer regions from Sonnet 4.5 and Haiku 4.5 on", () => {
    const old = [
      "claude-2",
      "claude-2.1",
      "claude-3-5-haiku",
      "claude-3-5-sonnet",
      "claude-3-7-sonnet",
      "claude-3-haiku",
    ];
    const before45 = [
      ...old,
      "claude-3-opus",
      "claude-3-sonnet",
      "claude-opus-4",
      "claude-opus-4-1",
      "claude-sonnet-4",
      "claude-v1",
    ];
    expect(modelsWithout("regionalPremium")).toEqual(before45.toSorted());
    expect(modelsWithout("usGeography")).toEqual(
      [...before45, "claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-4-5"].toSorted(),
    );
  });

  it("are written back as published, without rounding", () => {
    const written = listPriceBook().cards.flatMap(
      (card) => JSON.stringify(rateCardToJson(card).rates).match(/[\d.]+"/g) ?? [],
    );
    const odd = written.filter((rate) => !/^\d+(\.\d{1,3})?"$/.test(rate));
    expect(written.length).toBeGreaterThan(150);
    expect(odd).toEqual([]);
  });
});
