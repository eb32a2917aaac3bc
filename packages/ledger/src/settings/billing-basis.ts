import type { BillingBasis, LedgerSettings } from "./settings.ts";

/** Key in `LedgerSettings.billing` for every source that has no entry of its own. */
export const EVERY_SOURCE = "*";

/** How usage of these sources is paid for: unknown as soon as one of them is, `mixed` where they differ. */
export function billingBasisOf(billing: LedgerSettings["billing"], sources: readonly string[]): BillingBasis {
  const bases = new Set(sources.map((source) => basisOf(billing, source)));
  const [basis = "unknown"] = bases;
  if (bases.has("unknown")) return "unknown";
  return bases.size > 1 ? "mixed" : basis;
}

function basisOf(billing: LedgerSettings["billing"], source: string): BillingBasis {
  if (Object.hasOwn(billing, source)) return billing[source] ?? "unknown";
  return (Object.hasOwn(billing, EVERY_SOURCE) ? billing[EVERY_SOURCE] : undefined) ?? "unknown";
}
