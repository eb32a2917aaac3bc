import type { RolledUpPart, UsageRolledUp } from "../events/event.ts";
import type { PriceBook, UnpricedReason } from "../pricing/price-book.ts";
import { priceIn } from "../pricing/price-schedule.ts";
import type { RowTerms } from "../rows/request-rows.ts";
import { addTokens, NO_TOKENS, TOKEN_BUCKETS, type TokenBuckets } from "../usage/usage.ts";
import { scheduleOf } from "./pass-schedule.ts";
import type { PriceClass } from "./price-classes.ts";

/** Tokens of requests that were rolled up, at one price. */
interface RolledUpPass {
  readonly tokens: TokenBuckets;
  readonly price: Pick<PriceClass, "rates" | "ratesThen">;
  /** The part of the usage; null for all of one that has no price. */
  readonly part: RolledUpPart | null;
}

/** What decides how requests that were rolled up are counted, and their price. */
export function termsOfRollup(rollup: UsageRolledUp): RowTerms {
  const { outcome, model, output, billedTo, cost, serviceTier, inferenceGeo, speed, notes, startEstimated } = rollup;
  const isFailure = outcome === "failure";
  return {
    kind: isFailure ? "failed" : "completed",
    servedModel: isFailure ? null : model,
    requestedModel: isFailure ? model : null,
    billedTo,
    output,
    finality: "complete",
    stopReason: null,
    serviceTier,
    inferenceGeo,
    speed,
    notes,
    part: { kind: "response", iteration: null, model: null },
    startedAtProvenance: startEstimated ? "estimated" : "reported",
    occurredAtProvenance: "reported",
    cost,
    hasConflicts: false,
  };
}

/** The passes over a model that the requests were billed for, each kind once; one for all where they have no price. */
export function passesOfRollup(
  { parts, occurredAt, notes }: UsageRolledUp,
  terms: RowTerms,
  counted: PriceClass["counted"],
  book: PriceBook,
): readonly RolledUpPass[] {
  const tokens = parts.reduce((total, part) => addTokens(total, part.tokens), NO_TOKENS);
  const whole = (rates: PriceClass["rates"]): readonly RolledUpPass[] => [
    { tokens, price: { rates, ratesThen: null }, part: null },
  ];
  if (counted !== "billed") return whole(null);
  const at = Date.parse(occurredAt);
  const passes = parts.map((part) => ({
    tokens: part.tokens,
    price: priceIn(scheduleOf(terms, part.model, book)(at), part.longestPrompt) ?? NO_PRICE,
    part,
  }));
  const reason = notes.includes("unknown-iteration-type") ? "unknown-iteration" : firstReason(passes);
  return reason === null ? passes : whole(reason);
}

const NO_PRICE = { rates: null, ratesThen: null };

function firstReason(passes: readonly RolledUpPass[]): UnpricedReason | null {
  for (const { tokens, price } of passes) {
    const { rates } = price;
    if (typeof rates === "string") return rates;
    if (rates !== null && TOKEN_BUCKETS.some((bucket) => tokens[bucket] > 0 && rates[bucket] === null)) {
      return "no-price-for-bucket";
    }
  }
  return null;
}
