import {
  costOf,
  NO_TOKENS,
  type Instant,
  type Money,
  type PriceBook,
  type TokenBucket,
  type UnpricedReason,
} from "@farthing/ledger";

/** What a bill tells of how usage was charged; null where it does not. */
export interface ChargedAs {
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
}

/** What is asked for the price of. */
interface Asked {
  readonly model: string;
  readonly item: TokenBucket | "webSearch";
  readonly at: Instant;
}

/**
 * What one unit costs of a model at a time, or why that is not known. What the bill does not tell of how it was charged
 * is taken as usual.
 *
 * @param promptTokens How long the prompt is, where the price depends on that.
 */
export function rateOf(
  book: PriceBook,
  { model, item, at }: Asked,
  charged: ChargedAs,
  promptTokens: number,
): Money | UnpricedReason {
  const prompt = { ...NO_TOKENS, uncachedInput: promptTokens };
  const tokens = item === "webSearch" ? NO_TOKENS : { ...prompt, [item]: Math.max(prompt[item], 1) };
  const { lines, reason } = costOf(
    {
      parts: [{ kind: "response", model: null, iteration: null, tokens }],
      webSearchRequests: item === "webSearch" ? 1 : 0,
      notes: [],
      ...charged,
    },
    model,
    at,
    book,
  );
  return lines.find((line) => line.item === item)?.perUnit ?? reason ?? "no-price-for-bucket";
}

/** Numbers the times between which no price changes: in two instants of one number everything costs the same. */
export function priceEras({ cards }: PriceBook): (at: Instant) => number {
  const changes = cards.flatMap(({ effectiveFrom, fast }) => [effectiveFrom, fast?.from ?? null, fast?.until ?? null]);
  const ordered = [...new Set(changes.filter((change) => change !== null))].sort((a, b) => a - b);
  return (at) => ordered.findLastIndex((change) => change <= at);
}

/** The shortest and the longest prompt there can be behind a row. */
export type PromptEnds = readonly [shortest: number, longest: number];

const LONG_TOKENS = 200_000;
const ANY_TOKENS = 1_000_000_000;

/**
 * By the values of `context_window` (Usage and Cost API; checked 2026-11-22), which knows one limit. Prices can have
 * another, so that even a short prompt may be one of two.
 */
export function promptEnds(contextWindow: string | null): PromptEnds {
  if (contextWindow === "0-200k") return [1, LONG_TOKENS];
  if (contextWindow === "200k-1M") return [LONG_TOKENS + 1, ANY_TOKENS];
  return [1, ANY_TOKENS];
}
