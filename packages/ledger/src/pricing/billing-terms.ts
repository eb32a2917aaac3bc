import type { PricedUsage } from "../usage/usage.ts";
import type { UnpricedReason } from "./price-book.ts";

/** What the whole response was billed under, besides its models and tokens. */
export interface BillingTerms {
  readonly tier: "standard" | "batch" | "priority";
  readonly fast: boolean;
  readonly usOnly: boolean;
}

/**
 * The terms a usage reports, or why it cannot be priced: a value of tomorrow may cost anything.
 *
 * Absent means standard: older responses had no such fields. `not_available` is the geography of models that
 * predate the choice.
 */
export function readBillingTerms({
  serviceTier,
  speed,
  inferenceGeo,
}: Pick<PricedUsage, "serviceTier" | "speed" | "inferenceGeo">): BillingTerms | UnpricedReason {
  // As nearly all are, and asked for each request.
  if (serviceTier === "standard" && speed === "standard" && inferenceGeo === "global") return STANDARD;
  const tier = serviceTier === null || serviceTier === "" ? "standard" : serviceTier;
  if (tier !== "standard" && tier !== "batch" && tier !== "priority") return "unknown-service-tier";
  if (!STANDARD_SPEEDS.includes(speed) && speed !== "fast") return "unknown-speed";
  if (!WORLDWIDE.includes(inferenceGeo) && inferenceGeo !== "us") return "unknown-geography";
  return { tier, fast: speed === "fast", usOnly: inferenceGeo === "us" };
}

const STANDARD: BillingTerms = { tier: "standard", fast: false, usOnly: false };
const STANDARD_SPEEDS: readonly (string | null)[] = [null, "", "standard"];
const WORLDWIDE: readonly (string | null)[] = [null, "", "global", "not_available"];
