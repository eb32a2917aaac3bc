import {
  costOf,
  type CostReported,
  formatUsd,
  type Money,
  NO_TOKENS,
  parseUsd,
  type PriceBook,
  type ReportedModelCost,
  subtract,
  TOKEN_BUCKETS,
} from "@farthing/ledger";

/** A client's figure beside the price of the same tokens. */
export interface ReportedDifference {
  /** Of the event. */
  readonly id: string;
  readonly model: string;
  /** As the client reckoned, in decimal US dollars. */
  readonly reportedUsd: string;
  /** What the same tokens cost at the ledger's prices; null where that is not known. */
  readonly usd: string | null;
  /** `usd` less `reportedUsd`. */
  readonly differenceUsd: string | null;
}

/** Less than that is how doubles round, in picodollars: a client reckons with those. */
export const PRICE_ROUNDING = 1_000n;

/** Where a client's figures and the price book differ, model by model. Empty where they agree. */
export function reportedDifferences(event: CostReported, book: PriceBook): readonly ReportedDifference[] {
  return event.models.flatMap((cost) => {
    if (cost.usd === null) return [];
    const reported = parseUsd(cost.usd);
    const own = priceOfReported(cost, Date.parse(event.occurredAt), book);
    const difference = own === null ? null : subtract(own, reported);
    if (difference !== null && difference < PRICE_ROUNDING && difference > -PRICE_ROUNDING) return [];
    return {
      id: event.id,
      model: cost.model,
      reportedUsd: cost.usd,
      usd: own === null ? null : formatUsd(own),
      differenceUsd: difference === null ? null : formatUsd(difference),
    };
  });
}

/**
 * What reported tokens cost. Null where a price is missing, or depends on how long each prompt was: sums of several do not
 * tell that.
 */
export function priceOfReported({ model, usage }: ReportedModelCost, at: number, book: PriceBook): Money | null {
  const { total, lines } = costOf(usage, model, at, book);
  if (total === null) return null;
  for (const part of usage.parts) {
    for (const bucket of TOKEN_BUCKETS) {
      if (part.tokens[bucket] === 0) continue;
      const one = { ...part, tokens: { ...NO_TOKENS, [bucket]: 1 } };
      const alone = costOf({ ...usage, webSearchRequests: 0, parts: [one] }, model, at, book);
      const inAll = lines.find(({ item, iteration }) => item === bucket && iteration === part.iteration);
      if (alone.total !== inAll?.perUnit) return null;
    }
  }
  return total;
}
