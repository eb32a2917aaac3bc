import {
  costOf,
  type BoundedRange,
  type Instant,
  type Money,
  type PriceBook,
  type TokenBuckets,
  type UnpricedReason,
} from "@farthing/ledger";
import type { CacheSplit } from "./cache-split.ts";
import type { PromptRange } from "./prompt-range.ts";

/** What decides the price of a request besides its tokens. */
export interface PriceTerms {
  readonly model: string;
  readonly serviceTier: "standard" | "batch";
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  readonly at: Instant;
  readonly book: PriceBook;
}

/** What is to be priced. */
export interface EstimatedTokens {
  readonly prompt: PromptRange["tokens"];
  readonly output: BoundedRange<number>;
  readonly split: CacheSplit;
  /** Whether the prompt was counted, so that there is no more of it. */
  readonly isCounted: boolean;
}

export type PricedEstimate =
  | { readonly usd: BoundedRange<Money>; readonly reason: null }
  | { readonly usd: null; readonly reason: UnpricedReason };

/**
 * What a request costs between the cheapest and the dearest way in which its tokens are billed most of the time. A bound
 * there is only of a prompt that was counted, and without what server tools are billed for.
 */
export function priceRange({ prompt, output, split, isCounted }: EstimatedTokens, terms: PriceTerms): PricedEstimate {
  const low = price(split.read(prompt.low), output.low, terms);
  if (typeof low === "string") return { usd: null, reason: low };
  const priced = (tokens: TokenBuckets, outputTokens: number | null): Money | null => {
    const usd = outputTokens === null ? null : price(tokens, outputTokens, terms);
    return typeof usd === "string" ? null : usd;
  };
  const most = split.written(prompt.high);
  const expected = priced(split.expected(prompt.expected), output.expected);
  const bound = isCounted ? priced(most, output.bound) : null;
  return { usd: { low, expected, high: priced(most, output.high), bound }, reason: null };
}

function price(
  tokens: TokenBuckets,
  output: number,
  { model, at, book, ...terms }: PriceTerms,
): Money | UnpricedReason {
  const part = { kind: "response", iteration: null, model: null, tokens: { ...tokens, output } } as const;
  const { total, reason } = costOf({ ...terms, parts: [part], webSearchRequests: 0, notes: [] }, model, at, book);
  return total ?? reason ?? "unknown-model";
}
