import {
  convertUsage,
  costOf,
  listPriceBook,
  parseInstant,
  sum,
  times,
  TOKEN_BUCKETS,
  totalCostOf,
  type Usage,
} from "@farthing/ledger";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const book = listPriceBook();
const models = [...new Set(book.cards.map(({ model }) => model))];

const decorated = fc
  .tuple(
    fc.constantFrom(...models, "claude-haiku-9"),
    fc.constantFrom("%", "us.anthropic.%", "global.anthropic.%", "%@default"),
  )
  .map(([model, form]) => form.replace("%", model));

const count = fc.oneof(fc.nat({ max: 300_000 }), fc.constant(0), fc.integer({ min: 99_990, max: 100_010 }));
const tokens = {
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
  cache_creation: fc.option(fc.record({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })),
};
const iteration = fc.record({
  ...tokens,
  type: fc.constantFrom("message", "compaction", "advisor_message", "fallback_message"),
  model: fc.option(decorated),
});
const usage = fc
  .record({
    ...tokens,
    iterations: fc.array(iteration, { maxLength: 3 }),
    server_tool_use: fc.record({ web_search_requests: fc.nat({ max: 20 }) }),
    service_tier: fc.constantFrom("standard", "batch", "priority", null),
    speed: fc.constantFrom("standard", "fast", null),
    inference_geo: fc.constantFrom("us", "global", "not_available", null),
  })
  .map((raw): Usage => convertUsage(raw).usage);
const at = fc
  .integer({ min: parseInstant("2023-11-21"), max: parseInstant("2027-01-01") })
  .filter(Number.isSafeInteger);

/** Rates of one input and one output token; null where unpriced. */
function perUnits(model: string, raw: object, when: number): bigint[] | null {
  const writes = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const cost = costOf(convertUsage({ ...writes, ...raw }).usage, model, when, book);
  return cost.reason === null ? cost.lines.flatMap(({ perUnit }) => perUnit ?? []) : null;
}

describe("any usage", () => {
  it("has the total of its lines, asked for alone, at any size", () => {
    const larger = fc.constantFrom(1, 1_000_000, 2 ** 33);
    fc.assert(
      fc.property(usage, decorated, at, larger, (used, model, when, times) => {
        const parts = used.parts.map((part) => {
          const { uncachedInput, output, ...rest } = part.tokens;
          return { ...part, tokens: { ...rest, uncachedInput: uncachedInput * times, output: output * times } };
        });
        const scaled = { ...used, parts };
        expect(totalCostOf(scaled, model, when, book)).toBe(costOf(scaled, model, when, book).total);
      }),
      { numRuns: 500 },
    );
  });

  it("costs exactly the sum of its lines, or has a reason and no total", () => {
    fc.assert(
      fc.property(usage, decorated, at, (each, model, when) => {
        const cost = costOf(each, model, when, book);
        for (const { quantity, perUnit, amount } of cost.lines) {
          expect(amount).toBe(perUnit === null ? null : times(perUnit, quantity));
          expect(quantity).toBeGreaterThan(0);
        }
        const known = cost.lines.flatMap(({ amount }) => amount ?? []);
        expect(cost.total).toBe(cost.reason === null ? sum(known) : null);
        expect(cost.reason !== null || known.length === cost.lines.length).toBe(true);
      }),
    );
  });

  it("has its tokens in its lines, priced or not", () => {
    fc.assert(
      fc.property(usage, decorated, at, (each, model, when) => {
        const { lines } = costOf(each, model, when, book);
        for (const bucket of TOKEN_BUCKETS) {
          const billed = each.parts.reduce((total, part) => total + part.tokens[bucket], 0);
          const shown = lines
            .filter(({ item }) => item === bucket)
            .reduce((total, { quantity }) => total + quantity, 0);
          expect(shown).toBe(billed);
        }
      }),
    );
  });
});

describe("every card under every combination of tier, speed, geography, region and prompt", () => {
  const tiers = ["standard", "batch", "priority"];
  const speeds = ["standard", "fast"];
  const geographies = ["us", "global"];
  const forms = ["%", "us.anthropic.%", "global.anthropic.%", "%@default"];
  const prompts = [1, 100_000, 100_001, 200_000, 200_001];

  it("has rates of whole picodollars, US and regional 1.1 times and batch half of the plain ones", () => {
    let priced = 0;
    for (const card of book.cards) {
      for (const input_tokens of prompts) {
        for (const speed of speeds) {
          const base = perUnits(card.model, { input_tokens, speed }, card.effectiveFrom);
          if (base === null) continue;
          for (const [tier, geo, form] of tiers.flatMap((t) =>
            geographies.flatMap((g) => forms.map((f) => [t, g, f] as const)),
          )) {
            const raw = { input_tokens, speed, service_tier: tier, inference_geo: geo };
            const scaled = perUnits(form.replace("%", card.model), raw, card.effectiveFrom);
            if (scaled === null) continue;
            const regional = form.startsWith("us.") && card.regionalPremium;
            const premium = geo === "us" || regional ? 11n : 10n;
            const half = tier === "batch" ? 2n : 1n;
            expect(scaled.map((rate) => rate * 10n * half)).toEqual(base.map((rate) => rate * premium));
            priced += 1;
          }
        }
      }
    }
    expect(priced).toBeGreaterThan(2_000);
  });
});
