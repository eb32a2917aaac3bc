import { parseInstant } from "../instant.ts";
import { money, parseUsd, type Money } from "../money/money.ts";
import type { FastMode, PromptTier, RateCard, TokenRates } from "./rate-card.ts";

/** US dollars per million tokens: input, 5m cache write, 1h cache write, cache read, output; null: none published. */
type Row = readonly [string, string | null, string | null, string | null, string];

interface Terms {
  readonly source: Source;
  /** The rates of the whole request once its prompt holds more tokens than this. */
  readonly above?: readonly [promptTokens: number, row: Row];
  readonly fast?: FastMode;
  readonly regions?: Regions;
}

type Regions = Pick<RateCard, "usGeography" | "regionalPremium">;
type Source = Pick<RateCard, "source" | "checkedOn">;

/** `inference_geo` came with the 4.6 models, dearer regional endpoints with Sonnet 4.5 and Haiku 4.5. */
const US_AND_REGIONAL: Regions = { usGeography: true, regionalPremium: true };
const REGIONAL: Regions = { usGeography: false, regionalPremium: true };
const NONE: Regions = { usGeography: false, regionalPremium: false };

const PRICING_PAGE: Source = {
  source: "platform.claude.com pricing page; genai-prices 0.1.8; pi-ai 1.5.2",
  checkedOn: "2026-11-10",
};
const RELEASE_NOTES: Source = { source: "platform.claude.com release notes; pi-ai 1.5.2", checkedOn: "2026-11-12" };
const MYTHOS_AS_FABLE: Source = {
  source: "platform.claude.com: Mythos shares the price of its Fable",
  checkedOn: "2026-11-12",
};
const CLAUDIT: Source = {
  source: "claudit 1.9.2 and PromptFuel 1.0.22, which read the price page; pi-ai 1.5.2",
  checkedOn: "2026-11-10",
};
const HAIKU_5_5: Source = {
  source: "Haiku 5.5 documentation, quoted by three pages; pi-ai 1.5.2; claudit 1.9.2",
  checkedOn: "2026-11-10",
};
const OLD_PRICES: Source = {
  source: "genai-prices 0.1.8; docs.anthropic.com pricing page of 2025",
  checkedOn: "2026-09-23",
};
const CLAUDE_2_1_NEWS: Source = {
  source: "anthropic.com/news/claude-2-1, which set these prices; genai-prices 0.1.8",
  checkedOn: "2026-09-23",
};
const HAIKU_3_5_LAUNCH: Source = {
  source: "Claude 3.5 Haiku launch and its price cut of 2024-12-03, reported by the press",
  checkedOn: "2026-11-22",
};
const NO_SOURCE: Source = { source: "none that can be trusted: four sources, four prices", checkedOn: "2026-11-22" };

const OPUS_4: Row = ["15", "18.75", "30", "1.50", "75"];
const OPUS: Row = ["5", "6.25", "10", "0.50", "25"];
const OPUS_LONG: Row = ["10", "12.50", "20", "1", "37.50"];
const OPUS_FAST: Row = ["10", "12.50", "20", "1", "50"];
const OPUS_FAST_2026_07: Row = ["30", "37.50", "60", "3", "150"];
const OPUS_LONG_FAST: Row = ["60", "75", "120", "6", "225"];
const SONNET: Row = ["3", "3.75", "6", "0.30", "15"];
const SONNET_LONG: Row = ["6", "7.50", "12", "0.60", "22.50"];
const FABLE_5_1: Row = ["10", "12.50", "20", "0.25", "50"];
const FABLE_5_2: Row = ["8", "10", "16", "0.20", "40"];
const CLAUDE_2: Row = ["8", null, null, null, "24"];

/**
 * Every published list price of the first-party API, one row per model and date.
 *
 * A date is the day of the public launch or of the price change, from midnight UTC. Sonnet 5's rise to 3 / 15
 * USD on 2026-09-01 was announced and cancelled, so it has no row. Usage before a first row is unpriced; the
 * 1.x and 2.x models cost more before 2023-11-21, when the API reported no usage yet.
 */
export const LIST_PRICES: readonly RateCard[] = [
  card("claude-fable-5-2", "2026-11-09", FABLE_5_2, {
    source: RELEASE_NOTES,
    fast: fast("2026-11-09", null, ["16", "20", "32", "0.40", "80"]),
  }),
  card("claude-fable-5-1", "2026-09-01", FABLE_5_1, { source: PRICING_PAGE }),
  card("claude-fable-5", "2026-06-09", ["10", "12.50", "20", "1", "50"], { source: PRICING_PAGE }),
  card("claude-mythos-5-2", "2026-11-09", FABLE_5_2, { source: MYTHOS_AS_FABLE }),
  card("claude-mythos-5-1", "2026-09-01", FABLE_5_1, { source: MYTHOS_AS_FABLE }),
  card("claude-mythos-5", "2026-06-09", ["10", "12.50", "20", "1", "50"], { source: MYTHOS_AS_FABLE }),
  card("claude-mythos-preview", "2026-04-07", null, { source: NO_SOURCE, regions: NONE }),

  card("claude-opus-5-5", "2026-09-22", ["4", "5", "8", "0.20", "20"], {
    source: PRICING_PAGE,
    fast: fast("2026-09-22", null, ["8", "10", "16", "0.40", "40"]),
  }),
  card("claude-opus-5", "2026-07-24", OPUS, { source: PRICING_PAGE, fast: fast("2026-07-24", null, OPUS_FAST) }),
  card("claude-opus-4-8", "2026-05-28", OPUS, {
    source: PRICING_PAGE,
    fast: fast("2026-05-28", "2026-11-30", OPUS_FAST),
  }),
  card("claude-opus-4-7", "2026-04-16", OPUS, {
    source: PRICING_PAGE,
    fast: fast("2026-04-16", "2026-07-24", OPUS_FAST_2026_07),
  }),
  card("claude-opus-4-6", "2026-02-05", OPUS, {
    source: PRICING_PAGE,
    above: [200_000, OPUS_LONG],
    fast: opus46Fast([{ promptTokensAbove: 200_000, rates: perToken(OPUS_LONG_FAST) }]),
  }),
  card("claude-opus-4-6", "2026-03-13", OPUS, { source: PRICING_PAGE, fast: opus46Fast([]) }),
  card("claude-opus-4-5", "2025-11-24", OPUS, { source: PRICING_PAGE, regions: REGIONAL }),
  card("claude-opus-4-1", "2025-08-05", OPUS_4, { source: OLD_PRICES, regions: NONE }),
  card("claude-opus-4", "2025-05-22", OPUS_4, { source: OLD_PRICES, regions: NONE }),
  card("claude-3-opus", "2024-03-04", OPUS_4, { source: OLD_PRICES, regions: NONE }),

  card("claude-sonnet-5-5", "2026-09-28", ["2", "2.50", "4", "0.20", "10"], { source: CLAUDIT }),
  card("claude-sonnet-5-5", "2026-10-07", ["2", "2.50", "4", "0.10", "10"], { source: CLAUDIT }),
  card("claude-sonnet-5", "2026-06-30", ["2", "2.50", "4", "0.20", "10"], { source: PRICING_PAGE }),
  card("claude-sonnet-4-6", "2026-02-17", SONNET, { source: PRICING_PAGE, above: [200_000, SONNET_LONG] }),
  card("claude-sonnet-4-6", "2026-03-13", SONNET, { source: PRICING_PAGE }),
  card("claude-sonnet-4-5", "2025-09-29", SONNET, {
    source: PRICING_PAGE,
    above: [200_000, SONNET_LONG],
    regions: REGIONAL,
  }),
  card("claude-sonnet-4", "2025-05-22", SONNET, { source: OLD_PRICES, above: [200_000, SONNET_LONG], regions: NONE }),
  card("claude-3-7-sonnet", "2025-02-24", SONNET, { source: OLD_PRICES, regions: NONE }),
  card("claude-3-5-sonnet", "2024-06-20", SONNET, { source: OLD_PRICES, regions: NONE }),
  card("claude-3-sonnet", "2024-03-04", SONNET, { source: OLD_PRICES, regions: NONE }),

  card("claude-haiku-5-5", "2026-10-07", ["0.10", "0.125", "0.20", "0.01", "0.50"], {
    source: HAIKU_5_5,
    above: [100_000, ["0.50", "0.625", "1", "0.05", "2.50"]],
  }),
  card("claude-haiku-4-5", "2025-10-15", ["1", "1.25", "2", "0.10", "5"], { source: PRICING_PAGE, regions: REGIONAL }),
  card("claude-3-5-haiku", "2024-11-04", ["1", "1.25", "2", "0.10", "5"], { source: HAIKU_3_5_LAUNCH, regions: NONE }),
  card("claude-3-5-haiku", "2024-12-03", ["0.80", "1", "1.60", "0.08", "4"], { source: OLD_PRICES, regions: NONE }),
  // Cache prices were published rounded: 0.30 is not 1.25 times 0.25.
  card("claude-3-haiku", "2024-03-13", ["0.25", "0.30", "0.50", "0.03", "1.25"], { source: OLD_PRICES, regions: NONE }),

  card("claude-2.1", "2023-11-21", CLAUDE_2, { source: CLAUDE_2_1_NEWS, regions: NONE }),
  card("claude-2", "2023-11-21", CLAUDE_2, { source: CLAUDE_2_1_NEWS, regions: NONE }),
  card("claude-v1", "2023-11-21", CLAUDE_2, { source: CLAUDE_2_1_NEWS, regions: NONE }),
];

function card(model: string, from: string, row: Row | null, terms: Terms): RateCard {
  const effectiveFrom = parseInstant(from);
  return {
    model,
    effectiveFrom,
    knownFrom: effectiveFrom,
    rates: row && perToken(row),
    promptTiers:
      terms.above === undefined ? [] : [{ promptTokensAbove: terms.above[0], rates: perToken(terms.above[1]) }],
    fast: terms.fast ?? null,
    ...(terms.regions ?? US_AND_REGIONAL),
    ...terms.source,
  };
}

function fast(from: string, until: string | null, row: Row): FastMode {
  return {
    rates: perToken(row),
    promptTiers: [],
    from: parseInstant(from),
    until: until === null ? null : parseInstant(until),
    afterwards: "unpriced",
  };
}

/** Since its fast mode ended, Opus 4.6 answers fast requests at standard speed and price. */
function opus46Fast(promptTiers: readonly PromptTier[]): FastMode {
  return { ...fast("2026-02-05", "2026-07-24", OPUS_FAST_2026_07), promptTiers, afterwards: "standard" };
}

function perToken([uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output]: Row): TokenRates {
  return {
    uncachedInput: picodollars(uncachedInput),
    cacheWrite5m: cacheWrite5m === null ? null : picodollars(cacheWrite5m),
    cacheWrite1h: cacheWrite1h === null ? null : picodollars(cacheWrite1h),
    cacheRead: cacheRead === null ? null : picodollars(cacheRead),
    output: picodollars(output),
  };
}

function picodollars(usdPerMillionTokens: string): Money {
  return money(parseUsd(usdPerMillionTokens) / 1_000_000n);
}
